"""Everything by keys: to a page, to the search, through the rows; and never while somebody types."""

import re

from playwright.sync_api import expect

from backoffice.pages.frame.shell import _ENTRIES
from tests.browser.conftest import Visit
from tests.fixtures_shop import Shop


def test_each_page_of_the_navigation_has_a_key_of_its_own() -> None:
    keys = [key for _, _, _, key, _ in _ENTRIES if key]
    assert len(keys) == len(set(keys))


def test_g_and_a_letter_goes_there_and_slash_searches(shop: Shop, person: Visit) -> None:
    shop.sell()
    shop.sync()
    page = person("/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile("/orders/$"))
    page.keyboard.press("j")
    expect(page.locator("tr.row-current")).to_have_count(1)
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("/products/$"))
    page.keyboard.press("/")
    expect(page.get_by_label("SKU or name")).to_be_focused()
    page.keyboard.type("go?/jk")
    expect(page.get_by_label("SKU or name")).to_have_value("go?/jk")
    expect(page).to_have_url(re.compile("/products/$"))
    page.goto(page.url.replace("/products/", "/messages/"))
    page.keyboard.press("/")
    expect(page.get_by_label("Search orders by number")).to_be_focused()


def test_the_help_names_the_keys_and_can_switch_them_off(shop: Shop, person: Visit) -> None:
    page = person("/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_contain_text("All Orders")
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).not_to_have_url(re.compile("/orders/"))
    dialog.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.goto(page.url)
    page.get_by_role("button", name="Keyboard").click()
    dialog.get_by_label("Use these keys").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Stores")).to_be_visible()


def test_tab_comes_first_to_the_skip_link(shop: Shop, person: Visit) -> None:
    page = person("/orders/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
