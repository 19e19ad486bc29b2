"""What the documents name is there: files and folders from the root, modules and models by dotted name."""

import functools
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

from tests.architecture import sources

ROOTS = (*sources.PACKAGES, "docs", "requirements", "static", "templates", "tests")
# Wherever it stands: in prose, in a table, in a command.
FROM_ROOT = re.compile(rf"(?<![\w./-])(?:{'|'.join(ROOTS)})/[\w./-]*")
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w./-]+\.(?:py|md|sh|toml|yml)")
# Half a path (an address of REST ends with a slash; what lies under var/ is made by the machine).
PART = re.compile(r"(?!var/)[a-z_]+(?:/[a-z_.]+)+")
DOTTED = re.compile(r"[a-z_]+(?:\.\w+)+")
IMPORT = re.compile(r"\bfrom ([\w.]+) import (\w+)")
LINK = re.compile(r"\]\((?!\w+:)([^)#]+)")
DOCS = sources.ROOT / "docs"


@functools.cache
def kept() -> frozenset[Path]:
    """Files of the repository and their folders; an empty folder that a checkout left behind is none."""
    return frozenset(path for each in sources.files() for path in (each, *each.parents))


def documents() -> list[Path]:
    """The README and the docs; a record that another one has replaced may name what is gone."""
    found = [sources.ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    return [each for each in found if "\n**Superseded by" not in each.read_text(encoding="utf-8")]


def missing_paths(text: str) -> list[str]:
    """What reads as a file or a folder of ours and is none."""
    found = {path.rstrip(".") for path in FROM_ROOT.findall(text)}
    for span in SPAN.findall(text):
        found.update(word for word in span.split() if FILE.fullmatch(word))
        if PART.fullmatch(span):
            found.add(span)
    return sorted(path for path in found if sources.ROOT / path not in kept())


def missing_names(text: str) -> list[str]:
    """What reads as a module of ours, or as something in one, and is none."""
    spans = {span.removesuffix("()") for span in SPAN.findall(text)}
    found = {span for span in spans if DOTTED.fullmatch(span) and not FILE.fullmatch(span)}
    found.update(f"{module}.{name}" for module, name in IMPORT.findall(text))
    return sorted(name for name in found if not resolves(name))


def resolves(name: str) -> bool:
    """A module, something in one, or a model as Django writes it (`commerce.Order`)."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return is_model(name)
    return True


def is_model(name: str) -> bool:
    try:
        apps.get_model(name)
    except (LookupError, ValueError):
        return False
    return True


@pytest.mark.parametrize("document", documents(), ids=sources.name)
def test_a_document_names_what_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert missing_paths(text) == []
    assert missing_names(text) == []
    assert [link for link in LINK.findall(text) if not (document.parent / link).exists()] == []


def test_what_is_gone_is_noticed() -> None:
    text = (
        "`docs/testing.md`, `docs/gone.md`, `gone.py`, `sync/serve`, config/gone/it, `GET sync-runs/`, "
        "`commerce.Order`, `commerce.Gone`, `integration.sync.lease`, `lease.gone()`, from config import gone"
    )
    assert missing_paths(text) == ["config/gone/it", "docs/gone.md", "gone.py", "sync/serve"]
    assert missing_names(text) == ["commerce.Gone", "config.gone", "lease.gone"]


def test_every_record_stands_in_the_index() -> None:
    index = LINK.findall((DOCS / "adr" / "README.md").read_text(encoding="utf-8"))
    assert sorted(index) == sorted(path.name for path in (DOCS / "adr").glob("0*.md"))


@pytest.mark.parametrize("package", ["backoffice", "integration", "commerce"])
def test_the_picture_of_the_floors_is_the_contract(package: str) -> None:
    settings = tomllib.loads((sources.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {each["id"]: each for each in settings["tool"]["importlinter"]["contracts"]}
    picture = (DOCS / "architecture.md").read_text(encoding="utf-8")
    floors = re.search(rf"^{package}\n((?: +.+\n)+)", picture, re.MULTILINE)
    assert floors is not None
    assert [floor.strip() for floor in floors[1].splitlines()] == contracts[package]["layers"]
