"""Browser tests: pytest-playwright on the Chromium of this machine, or one line that says why not."""

import os
import shutil
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
# No sandbox: it needs rights that root and containers do not have. The rest keeps Chromium off the network.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FIXTURES = {"page", "context", "browser", "new_context"}


def chromium() -> str | None:
    """The path of a Chromium: CHROMIUM in the environment, else the first known name on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def needs_browser(item: pytest.Item) -> bool:
    return bool(FIXTURES & set(getattr(item, "fixturenames", ())))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    found = chromium()
    for item in filter(needs_browser, items):
        item.add_marker(pytest.mark.browser)
        if found is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.getreports("skipped") if "no Chromium" in str(report.longrepr)
    ]
    if skipped:
        reason = f"no Chromium on the path ({', '.join(NAMES)}), and CHROMIUM names none"
        terminalreporter.write_line(f"{len(skipped)} browser tests were skipped: {reason}.")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": SWITCHES}


@pytest.fixture(autouse=True)
def orm_beside_event_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in the test's thread, which Django takes for asynchronous code."""
    if needs_browser(request.node):
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
