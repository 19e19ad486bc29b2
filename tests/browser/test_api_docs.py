"""The page that explains the REST interface works under the strict policy."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.fixtures_shop import Shop


def test_the_operations_are_listed_and_no_script_is_forbidden(shop: Shop, person: Visit) -> None:
    page = person("/api/docs/")
    expect(page.get_by_text("/api/v1/stores/", exact=True).first).to_be_visible()
    assert person("/").get_by_role("heading", name="Stores").is_visible()
