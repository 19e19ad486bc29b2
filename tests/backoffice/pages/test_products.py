from collections.abc import Callable

import pytest
from django.test import Client

from commerce.models import Product, StockItem
from integration.models import OrderImport, ProductMatch, Role
from tests.backoffice.pages.reading import read
from tests.factories import amazon, commerce

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr("integration.tasks.wake", lambda: calls.append("wake"))
    return calls


def test_the_list_finds_by_sku_and_name_and_shows_what_is_salable(sign_in: SignIn) -> None:
    commerce.product("MUG-1", name="Stoneware mug", stock={"main": 3, "east": 2})
    commerce.product("PAN-1", name="Cast iron pan", is_enabled=False)
    client = sign_in()
    for address in ("/products/?q=stone", "/products/?q=mug-"):
        (row,) = read(client.get(address).content).one("tbody").all("tr")
        assert [cell.words for cell in row.all("td")] == [
            "MUG-1", "Stoneware mug", "Enabled", "$24.98", "5", "0", "5", "",
        ]  # fmt: skip
    (disabled,) = read(client.get("/products/?show=disabled").content).one("tbody").all("tr")
    assert disabled.all("a")[0].attributes["href"] == "/products/PAN-1/"


def test_the_list_says_how_many_of_the_viewers_orders_wait_for_a_product(sign_in: SignIn) -> None:
    mine, pan = amazon.store(), commerce.product("PAN-1")
    for store in (mine, mine, amazon.store()):
        order = amazon.order(store, state="BLOCKED", skus=("PAN-1",))
        amazon.blocker(order, "OUT_OF_STOCK", "PAN-1", product=pan)
        amazon.blocker(order, "PRODUCT_DISABLED", "PAN-1", product=pan)
    for role, stores, waiting in ((Role.ADMIN, (), "3"), (Role.MERCHANT, (mine,), "2")):
        (row,) = read(sign_in(role, *stores).get("/products/").content).one("tbody").all("tr")
        assert row.all("td")[-1].words == waiting


def test_units_kept_back_are_set_on_the_products_page(sign_in: SignIn) -> None:
    commerce.product("SKU-1", stock={"main": 5})
    client = sign_in()
    sent = {
        "sku": "SKU-1",
        "name": "N",
        "is_enabled": "on",
        "manage_stock": "on",
        "out_of_stock_threshold": "2",
    }
    assert client.post("/catalogue/change/", sent).status_code == 303
    assert Product.objects.get(sku="SKU-1").out_of_stock_threshold == 2
    assert "3 salable" in client.get("/products/SKU-1/").content.decode()


def test_a_sku_with_a_slash_has_a_page(sign_in: SignIn) -> None:
    commerce.product("MUG/1 a?b#c")
    client = sign_in()
    (link,) = read(client.get("/products/").content).one("tbody").all("a")
    assert client.get(link.attributes["href"]).status_code == 200


def test_a_product_is_changed(sign_in: SignIn, woken: list[str]) -> None:
    commerce.product("SKU-1")
    client = sign_in()
    sent = {"sku": "SKU-1", "name": "New name", "price": "12.50", "currency": "eur", "manage_stock": "on"}
    assert client.post("/catalogue/change/", sent).headers["Location"] == "/products/SKU-1/"
    product = Product.objects.get(sku="SKU-1")
    assert (product.name, str(product.price), product.currency) == ("New name", "12.5000", "EUR")
    assert (product.is_enabled, product.manage_stock) == (False, True)
    assert woken == ["wake"]


def test_a_wrong_price_says_so_beside_the_field_and_changes_nothing(sign_in: SignIn) -> None:
    commerce.product("SKU-1")
    answer = sign_in().post("/catalogue/change/", {"sku": "SKU-1", "name": "Other", "price": "-1"})
    assert answer.status_code == 422
    assert "greater than or equal to 0" in answer.content.decode()
    assert Product.objects.get(sku="SKU-1").name == "Product SKU-1"


def test_a_quantity_is_counted_and_the_way_leads_back(sign_in: SignIn, woken: list[str]) -> None:
    commerce.product("SKU-1", stock={"main": 1})
    sent = {"sku": "SKU-1", "source": "main", "on_hand": "7", "next": "/orders/113-1/"}
    answer = sign_in().post("/catalogue/count/", sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/orders/113-1/")
    assert StockItem.objects.get().on_hand == 7
    assert woken == ["wake"]


def test_a_way_back_to_another_site_is_not_taken(sign_in: SignIn) -> None:
    commerce.product("SKU-1", stock={"main": 1})
    sent = {"sku": "SKU-1", "source": "main", "on_hand": "7", "next": "https://elsewhere.example/"}
    assert sign_in().post("/catalogue/count/", sent).headers["Location"] == "/products/SKU-1/"


def test_a_count_below_what_is_reserved_names_the_holders_and_can_be_insisted_on(sign_in: SignIn) -> None:
    product = commerce.product("SKU-1", stock={"main": 5})
    StockItem.objects.update(reserved=4)
    item = StockItem.objects.get()
    item.reservations.create(
        source=item.source, channel="AMAZON", channel_reference="113-7", line_reference="1", quantity=4
    )
    client = sign_in()
    refused = client.post("/catalogue/count/", {"sku": "SKU-1", "source": "main", "on_hand": "1"})
    assert refused.status_code == 422
    assert "4 for order 113-7" in refused.content.decode()
    assert StockItem.objects.get().on_hand == 5
    client.post(
        "/catalogue/count/", {"sku": "SKU-1", "source": "main", "on_hand": "1", "accept_shortfall": "on"}
    )
    assert (StockItem.objects.get().on_hand, StockItem.objects.get().shortfall) == (1, 3)
    assert "3 short" in client.get(f"/products/{product.sku}/").content.decode()


def test_a_seller_sku_is_matched_and_its_orders_are_due(sign_in: SignIn, woken: list[str]) -> None:
    store = amazon.store()
    commerce.product("MUG-1")
    order = amazon.order(store, state="BLOCKED", skus=("MUG-2PACK",))
    client = sign_in(Role.MERCHANT, store)
    sent = {"store": store.pk, "seller_sku": "MUG-2PACK", "sku": "MUG-1", "units": "2", "next": "/orders/"}
    answer = client.post("/catalogue/match/", sent, follow=True)
    assert "MUG-2PACK is matched to 2 × MUG-1. 1 order is checked again." in read(answer.content).words
    assert OrderImport.objects.get(pk=order.pk).version == 2
    assert woken == ["wake"]
    page = read(client.get("/products/MUG-1/").content)
    assert "MUG-2PACK = 2 × MUG-1" in page.words
    client.post("/catalogue/unmatch/", {"store": store.pk, "seller_sku": "MUG-2PACK"})
    assert not ProductMatch.objects.exists()


def test_a_match_in_another_merchants_store_is_refused(sign_in: SignIn) -> None:
    mine, other = amazon.store(), amazon.store()
    commerce.product("MUG-1")
    client = sign_in(Role.MERCHANT, mine)
    client.post("/catalogue/match/", {"store": other.pk, "seller_sku": "X", "sku": "MUG-1", "units": "1"})
    assert not ProductMatch.objects.exists()


def test_a_match_to_a_product_that_is_not_there_is_said(sign_in: SignIn) -> None:
    store = amazon.store()
    sent = {"store": store.pk, "seller_sku": "X", "sku": "NOPE", "units": "1"}
    answer = sign_in().post("/catalogue/match/", sent, follow=True)
    assert "There is no product" in answer.content.decode()


def test_a_product_is_made_of_an_orders_line(sign_in: SignIn) -> None:
    sent = {"sku": "NEW-1", "name": "Thing", "source": "main", "on_hand": "3", "next": "/orders/113-1/"}
    assert sign_in().post("/catalogue/create/", sent).headers["Location"] == "/orders/113-1/"
    assert StockItem.objects.get(product__sku="NEW-1", source__code="main").on_hand == 3


def test_the_page_shows_who_waits_for_the_product_the_first_to_ship_first(sign_in: SignIn) -> None:
    store = amazon.store()
    product = commerce.product("SKU-1", stock={"main": 0})
    later = amazon.order(store, state="BLOCKED", latest_ship_at=amazon.NOW.replace(day=25))
    sooner = amazon.order(store, state="BLOCKED", latest_ship_at=amazon.NOW.replace(day=22))
    for order in (later, sooner):
        amazon.blocker(order, "OUT_OF_STOCK", "SKU-1", product=product, details={"needed": 2})
    page = read(sign_in().get("/products/SKU-1/").content)
    links = [link.text for link in page.all("a", **{"class": "order-number"})]
    assert links == [sooner.amazon_order_id, later.amazon_order_id]


def test_typing_a_part_of_a_name_offers_products(sign_in: SignIn) -> None:
    commerce.product("MUG-1", name="Stoneware mug")
    page = read(sign_in().get("/catalogue/options/?sku=ware").content)
    assert [option.attributes["value"] for option in page.all("option")] == ["MUG-1"]


def test_a_small_form_restocks_from_an_orders_page(sign_in: SignIn) -> None:
    commerce.product("SKU-1", stock={"main": 2, "east": 0})
    page = read(sign_in().get("/catalogue/restock/?sku=SKU-1&next=/orders/113-1/").content)
    sources = [field.attributes["value"] for field in page.all("input", name="source")]
    assert sources == ["east", "main"]


@pytest.mark.parametrize("path", ["/catalogue/restock/?sku=%00", "/products/a%00b/"])
def test_a_sku_that_no_database_takes_is_not_there(path: str, sign_in: SignIn) -> None:
    assert sign_in().get(path).status_code == 404
