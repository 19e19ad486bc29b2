"""A file of products: chosen, looked at, taken over while the person is elsewhere, and looked at again."""

from django.utils import timezone
from playwright.sync_api import expect

from commerce.catalog import uploads
from commerce.models import Product
from integration.catalog import product_files
from tests.browser.conftest import Visit
from tests.fixtures_shop import Shop, state_of

FILE = (
    "sku,name,price,currency,source,on_hand\n"
    "PAN-1,Cast iron pan,34.90,USD,main,5\n"
    "SKU-1,Blue mug,,,main,8\n"
    "CUP-1,Cup,abc,USD,,\n"
)


def test_a_file_is_previewed_imported_and_frees_the_order_that_waited(shop: Shop, person: Visit) -> None:
    order_id = shop.sell(("PAN-1", 2, "34.90"))
    shop.sync()
    assert state_of(order_id) == "BLOCKED"
    page = person("/products/")
    page.get_by_role("link", name="Import by CSV").click()
    page.get_by_label("CSV file").set_input_files(
        {"name": "spring.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("row", name="PAN-1")).to_contain_text("New")
    expect(page.get_by_role("row", name="SKU-1")).to_contain_text("Blue mug")
    expect(page.get_by_text("price 'abc' is not a number")).to_be_visible()
    assert not Product.objects.filter(sku="PAN-1").exists()

    page.get_by_role("button", name="Import 2 products").click()
    expect(page.get_by_role("heading", name="In progress")).to_be_visible()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.goto(page.url.split("/catalogue/")[0] + "/products/")
    assert product_files.serve(now=timezone.now()) == 2
    page.get_by_role("link", name="Import by CSV").click()
    expect(page.get_by_text("3 of 3")).to_be_visible()
    page.get_by_role("link", name="spring.csv").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    page.get_by_role("link", name="Left out 1").click()
    expect(page.get_by_role("row", name="price 'abc' is not a number")).to_be_visible()
    expect(page.get_by_role("row", name="PAN-1")).to_have_count(0)

    shop.judge()
    assert state_of(order_id) == "IMPORTED"


def test_the_progress_moves_by_itself(shop: Shop, person: Visit) -> None:
    found = uploads.upload(FILE.encode(), file_name="spring.csv", token="t", by="maria", now=timezone.now())
    product_files.start(found, by="maria", now=timezone.now())
    page = person(f"/catalogue/imports/{found.pk}/")
    expect(page.get_by_role("heading", name="In progress")).to_be_visible()
    product_files.serve(now=timezone.now())
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
