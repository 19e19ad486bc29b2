"""Static files out of node_modules: only the few that the pages use are served and collected."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

# Folder under /static/ -> folder of the package and its files. The source maps are named in the files.
PACKAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tabler": (
        "@tabler/core/dist",
        (
            "css/tabler.min.css",
            "css/tabler.min.css.map",
            "js/tabler.min.js",
            "js/tabler.min.js.map",
            "js/tabler-theme.min.js",
            "js/tabler-theme.min.js.map",
        ),
    ),
    "chart": ("chart.js/dist", ("chart.umd.min.js", "chart.umd.min.js.map")),
}


class PackageStorage(FileSystemStorage):
    """A package's folder, read under a prefix of its own."""

    def __init__(self, prefix: str, folder: Path) -> None:
        super().__init__(location=folder)
        self.prefix = prefix


class NodePackagesFinder(BaseFinder):
    """Finds the listed files of the front-end packages."""

    def __init__(self, app_names: Collection[str] | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storages = {
            prefix: PackageStorage(prefix, settings.NODE_MODULES / folder)
            for prefix, (folder, _) in PACKAGES.items()
        }

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        prefix, _, name = path.partition("/")
        if (
            prefix not in PACKAGES
            or name not in PACKAGES[prefix][1]
            or not self.storages[prefix].exists(name)
        ):
            return []
        found = self.storages[prefix].path(name)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        for prefix, (_, names) in PACKAGES.items():
            for name in names:
                yield name, self.storages[prefix]
