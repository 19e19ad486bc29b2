"""The files of the front-end packages that pages use: these, and no others."""

import pytest
from django.contrib.staticfiles import finders

from config.static_files import PACKAGES


@pytest.mark.parametrize(
    "path", [f"{prefix}/{name}" for prefix, (_, names) in PACKAGES.items() for name in names]
)
def test_a_listed_file_is_found(path: str) -> None:
    assert finders.find(path)


@pytest.mark.parametrize(
    "path", ["tabler/libs/apexcharts/dist/apexcharts.min.js", "tabler/css/tabler.css", "chart"]
)
def test_nothing_else_of_a_package_is_served(path: str) -> None:
    assert finders.find(path) is None


def test_htmx_and_the_api_page_come_from_our_own_origin() -> None:
    assert finders.find("django_htmx/htmx-2.min.js")
    assert finders.find("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
