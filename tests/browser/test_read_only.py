"""Read-only mode at a browser: switched on after a question, off after a tick; its banner fits everywhere."""

import pytest
from playwright.sync_api import Page, expect

from integration.installation import read_only
from tests.browser.conftest import Visit
from tests.browser.page_checks import AXE, CHECKS, SIZES
from tests.fixtures_shop import Shop


@pytest.mark.usefixtures("shop")
def test_an_admin_switches_it_on_and_off(person: Visit, page: Page) -> None:
    person("/messages/").get_by_role("link", name="Read-only mode").click()
    page.get_by_role("button", name="Switch read-only mode on").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch on").click()
    banner = page.locator('[data-system-message="READ_ONLY"]')
    expect(banner).to_contain_text("nothing is said to Amazon")
    assert read_only.is_on()

    page.get_by_label("Yes, this installation is to speak to Amazon").check()
    page.get_by_role("button", name="Switch read-only mode off").click()

    expect(banner).to_have_count(0)
    assert not read_only.is_on()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_its_banner_and_its_page_fit_while_it_is_on(
    size: str, mode: str, shop: Shop, person: Visit, page: Page
) -> None:
    read_only.switch_on(by="kim", now=shop.opened_at)
    page.set_viewport_size(SIZES[size])
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    person("/read-only/")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    if AXE.is_file():
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(CHECKS) == []
