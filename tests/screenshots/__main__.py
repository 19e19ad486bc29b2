"""`python -m tests.screenshots`: a demo shop an hour's work old, photographed."""

import argparse
import contextlib
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import fixtures_browser
from tests.screenshots import demo_run, tour

EVERYTHING = demo_run.ROOT / "var" / "screenshots"
README = demo_run.ROOT / "docs" / "pictures"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
MODES = ("light", "dark")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--only-readme", action="store_true", help="the pictures of the README alone")
    options = parser.parse_args()
    executable = fixtures_browser.chromium()
    if executable is None:
        raise SystemExit("no Chromium on the path, and CHROMIUM names none")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amazon-orders-pictures-")))
        demo = stack.enter_context(demo_run.running(folder))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=fixtures_browser.SWITCHES)
        first = signed_in(browser, demo, "desk", "light")
        paths = tour.prepare(first)
        take_readme(browser, demo, paths)
        if not options.only_readme:
            take_everything(browser, demo, paths)


def signed_in(browser: Browser, demo: demo_run.Demo, size: str, mode: str) -> Page:
    """A page of somebody who has signed in, in a window of this size and mode."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=demo.address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if mode == "dark" else "light",
        locale="en-US",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Login").fill(demo.user)
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    return page


def take_readme(browser: Browser, demo: demo_run.Demo, paths: dict[str, str]) -> None:
    """What the README shows: one screenful each."""
    README.mkdir(parents=True, exist_ok=True)
    for picture in tour.README:
        page = signed_in(browser, demo, picture.size, picture.mode)
        page.goto(paths[picture.page])
        page.wait_for_load_state("networkidle")
        page.screenshot(path=README / f"{picture.file}.png", scale="css")
        page.context.close()


def take_everything(browser: Browser, demo: demo_run.Demo, paths: dict[str, str]) -> None:
    """Each page, whole, in both sizes and modes."""
    for size in SIZES:
        for mode in MODES:
            folder = EVERYTHING / f"{size}-{mode}"
            folder.mkdir(parents=True, exist_ok=True)
            page = signed_in(browser, demo, size, mode)
            for name, path in paths.items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / f"{name.replace(' ', '-')}.png", full_page=True, scale="css")
            page.context.close()


if __name__ == "__main__":
    main()
