"""products/ and their stock."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.models import Product, StockItem
from integration.models import Role
from tests.backoffice.api.conftest import ClientOf
from tests.factories import commerce

pytestmark = pytest.mark.django_db


def test_put_makes_a_product_and_changes_it_afterward(as_role: ClientOf, mounted: list[str]) -> None:
    api = as_role(Role.MERCHANT)
    body: dict[str, Any] = {"name": "Mug", "price": {"amount": "12.5", "currency": "USD"}}
    made = api.send("put", "products/MUG-1/", body)
    assert made.status_code == 201
    assert made.json() == {
        "sku": "MUG-1",
        "name": "Mug",
        "enabled": True,
        "manage_stock": True,
        "price": {"amount": "12.50", "currency": "USD"},
        "stock": [],
        "salable": 0,
    }
    changed = api.send("put", "products/MUG-1/", {"enabled": False})
    assert (changed.status_code, changed.json()["enabled"], changed.json()["name"]) == (200, False, "Mug")
    assert mounted == ["wake", "wake"]


def test_patch_changes_what_is_named(as_role: ClientOf) -> None:
    commerce.product("MUG-1", is_enabled=False)
    answer = as_role(Role.MERCHANT).send("patch", "products/MUG-1/", {"enabled": True, "manage_stock": False})
    assert (answer.status_code, answer.json()["salable"]) == (200, None)
    assert Product.objects.get().is_enabled is True


def test_a_count_is_taken_over_and_an_unknown_source_is_made(as_role: ClientOf, mounted: list[str]) -> None:
    commerce.product("MUG-1")
    answer = as_role(Role.MERCHANT).send("put", "products/MUG-1/stock/berlin/", {"on_hand": 5})
    assert answer.status_code == 200
    assert answer.json()["stock"] == [
        {"source": "berlin", "on_hand": 5, "reserved": 0, "salable": 5, "shortfall": 0}
    ]
    assert mounted == ["wake"]


def test_a_count_below_what_is_reserved_is_a_conflict(as_role: ClientOf) -> None:
    commerce.product("MUG-1", stock={"main": 5})
    StockItem.objects.update(reserved=3)
    api = as_role(Role.MERCHANT)
    answer = api.send("put", "products/MUG-1/stock/main/", {"on_hand": 2})
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("2 on hand is below the 3 reserved")
    accepted = api.send("put", "products/MUG-1/stock/main/", {"on_hand": 2, "accept_shortfall": True})
    assert accepted.json()["stock"][0]["shortfall"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"price": {"amount": "-1", "currency": "USD"}}, "price"),
        ({"price": {"amount": "1", "currency": "dollars"}}, "price"),
        ({"price": "12.50"}, "price"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"name": ""}, "name"),
        ({"sku": "OTHER"}, "sku"),
    ],
)
def test_a_bad_body_is_refused_by_its_field(as_role: ClientOf, body: dict[str, Any], field: str) -> None:
    answer = as_role(Role.ADMIN).send("put", "products/MUG-1/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert Product.objects.count() == 0


@pytest.mark.parametrize("count", [-1, 2**31, "many", None])
def test_a_bad_count_is_refused(as_role: ClientOf, count: Any) -> None:
    commerce.product("MUG-1")
    answer = as_role(Role.ADMIN).send("put", "products/MUG-1/stock/main/", {"on_hand": count})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["on_hand"])


ODD = {
    "A/B": "A%2FB",
    "A?B#C": "A%3FB%23C",
    "blue mug 50%": "blue%20mug%2050%25",
    "/x/": "%2Fx%2F",
    "Tasse grün": "Tasse%20gr%C3%BCn",
    "stock": "stock",
}


@pytest.mark.parametrize("sku", list(ODD))
def test_a_sku_may_hold_whatever_an_address_may_not(as_role: ClientOf, sku: str) -> None:
    api = as_role(Role.ADMIN)
    assert api.send("put", f"products/{ODD[sku]}/", {"name": "Odd"}).status_code == 201
    assert api.get(f"products/{ODD[sku]}/").json()["sku"] == sku
    assert api.send("put", f"products/{ODD[sku]}/stock/a%2Fb/", {"on_hand": 2}).json()["stock"] == [
        {"source": "a/b", "on_hand": 2, "reserved": 0, "salable": 2, "shortfall": 0}
    ]


def test_a_sku_that_looks_like_a_stock_address_is_told_apart_by_the_address_as_it_came(
    as_role: ClientOf,
) -> None:
    commerce.product("A/stock/B")
    api = as_role(Role.ADMIN)
    path = "/api/v1/products/A%2Fstock%2FB/"
    assert api.client.get(path, RAW_URI=path).json()["sku"] == "A/stock/B"


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_of_products_costs_the_same_for_one_and_fifty(as_role: ClientOf, count: int) -> None:
    for number in range(count):
        commerce.product(f"SKU-{number:03}", stock={"main": 1, "berlin": 2})
    api = as_role(Role.ADMIN)
    api.get("stores/")
    with CaptureQueriesContext(connection) as asked:
        rows = api.get("products/").json()["results"]
    assert (len(rows), len(asked)) == (count, 2 + 2)


def test_products_are_paged_by_sku_and_found_by_text(as_role: ClientOf) -> None:
    for number in range(52):
        commerce.product(f"SKU-{number:03}", is_enabled=number != 7)
    api = as_role(Role.ADMIN)
    first = api.get("products/").json()
    second = api.client.get(first["next"]).json()
    assert [row["sku"] for row in second["results"]] == ["SKU-050", "SKU-051"]
    back = api.client.get(second["previous"]).json()
    assert back["results"] == first["results"]
    assert [row["sku"] for row in api.get("products/", q="sku-01").json()["results"]][0] == "SKU-010"
    assert [row["sku"] for row in api.get("products/", enabled="false").json()["results"]] == ["SKU-007"]
    for cursor in ("x", "W10", "eyJhZnRlciI6IDF9", "eyJ4IjogMX0"):
        assert list(api.get("products/", cursor=cursor).json()["errors"]) == ["cursor"]


@pytest.mark.parametrize(
    ("price", "field"),
    [
        ({"amount": "1.5", "currency": "JPY"}, "amount"),
        ({"amount": "1.234", "currency": "BRL"}, "amount"),
        ({"amount": "1.00", "currency": "ZZZ"}, "currency"),
    ],
)
def test_a_price_has_its_currencys_own_digits(as_role: ClientOf, price: dict[str, str], field: str) -> None:
    answer = as_role(Role.ADMIN).send("put", "products/PX/", {"price": price})
    assert answer.status_code == 400
    assert field in str(answer.json()["errors"])
