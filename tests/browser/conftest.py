"""A person at a browser, before a whole shop."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright
from pytest_django.live_server_helper import LiveServer

from integration.models import Role
from tests.factories import people

Visit = Callable[[str], Page]
# To be looked at: how each flow ended.
SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots" / "flows"


@pytest.fixture(scope="session")
def base_url() -> None:
    """In place of the plugin's own, whose form pytest 9 warns of; each test knows its live server."""


@pytest.fixture(scope="session")
def playwright(django_db_setup: None, playwright: Playwright) -> Iterator[Playwright]:
    """Playwright's event loop stays in this thread until the end of the run, and Django takes every later
    test, and the cleaning up, for asynchronous code. The database is made before it starts.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield playwright


@pytest.fixture
def person(
    page: Page, live_server: LiveServer, transactional_db: None, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """An admin who has signed in; call it with a path to go there. A script that breaks fails the test."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    user = people.user(Role.ADMIN)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Login").fill(user.username)
    page.get_by_label("Password", exact=True).fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")

    def visit(path: str) -> Page:
        assert broken == []
        page.goto(f"{live_server.url}{path}")
        assert broken == []
        return page

    yield visit
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = "".join(sign if sign.isalnum() else "-" for sign in request.node.name)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
