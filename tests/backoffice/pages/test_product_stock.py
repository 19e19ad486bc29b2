"""Who can have a product now, and every movement of its stock."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from integration.models import Role
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import read
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def test_what_is_short_is_said_order_by_order(sign_in: SignIn) -> None:
    store, pan = amazon.store(), workshop.product("PAN-1", on_hand=5)
    held = workshop.place(store, (pan, 2))
    small, large = (
        amazon.order(store, state="BLOCKED", skus=("PAN-1",), latest_ship_at=amazon.NOW + timedelta(days=day))
        for day in (2, 1)
    )
    amazon.blocker(small, "OUT_OF_STOCK", "PAN-1", product=pan, details={"needed": 3, "salable": 3})
    amazon.blocker(large, "OUT_OF_STOCK", "PAN-1", product=pan, details={"needed": 6, "salable": 3})
    page = read(sign_in(Role.MERCHANT, store).get("/catalogue/stock/?sku=PAN-1").content)
    demand = page.one("section", id="demand")
    assert "6 units missing" in demand.words
    rows = {row.all("a")[0].words: row.all("td")[-1].words for row in demand.one("tbody").all("tr")}
    assert rows == {
        held.number: "Can be filled",
        large.amazon_order_id: "3 missing",
        small.amazon_order_id: "Can be filled",
    }


def test_orders_of_other_stores_are_counted_and_not_named(sign_in: SignIn) -> None:
    store, pan = amazon.store(), workshop.product("PAN-1", on_hand=5)
    other = workshop.place(store, (pan, 2))
    page = read(sign_in(Role.MERCHANT, amazon.store()).get("/catalogue/stock/?sku=PAN-1").content).one("main")
    assert other.number not in page.words
    assert other.channel_reference not in page.words
    assert "An order of another store" in page.words


def test_movements_are_listed_with_their_reasons(sign_in: SignIn) -> None:
    store, pan = amazon.store(), workshop.product("PAN-1", on_hand=100)
    order = workshop.place(store, (pan, 2))
    for _ in range(51):
        workshop.place(store, (pan, 1))
    client = sign_in(Role.MERCHANT, store)
    first = read(client.get("/catalogue/stock/?sku=PAN-1").content).one("section", id="movements")
    (older,) = [link for link in first.all("a") if link.words == "Older movements"]
    rest = read(client.get(older.attributes["href"]).content).one("section", id="movements")
    words = [row.words for row in rest.one("tbody").all("tr")]
    assert [row for row in words if "Physical count" in row and "+100" in row]
    assert [row for row in words if "Reserved" in row and order.channel_reference in row and "+2" in row]


def test_an_unknown_product_has_no_stock(sign_in: SignIn) -> None:
    assert sign_in(Role.ADMIN).get("/catalogue/stock/?sku=NOPE").status_code == 404
