"""stores/, their settings, matches, system-messages/."""

from typing import Any

import pytest
from django.utils import timezone

from integration.installation import read_only
from integration.models import AccountSync, OrderImport, ProductMatch, Role, StoreSettings
from tests.backoffice.api.conftest import ClientOf
from tests.factories import amazon, commerce

pytestmark = pytest.mark.django_db


def test_the_stores_of_the_token_are_listed(as_role: ClientOf) -> None:
    mine, other = amazon.store("Mugs UK", marketplace="UK"), amazon.store("Other")
    rows = as_role(Role.MERCHANT, mine).get("stores/").json()["results"]
    assert rows == [
        {
            "id": mine.pk,
            "name": "Mugs UK",
            "marketplace": "UK",
            "marketplace_id": "A1F83G8C2ARO7P",
            "seller_id": mine.account.seller_id,
            "is_active": True,
            "connected_at": "2026-10-21T12:00:00Z",
            "last_synced_at": "2026-11-20T11:59:00Z",
        }
    ]
    assert [row["name"] for row in as_role(Role.ADMIN).get("stores/").json()["results"]] == [
        "Mugs UK",
        other.name,
    ]


DEFAULTS = {
    "import_amazon_orders": True,
    "commerce_store": "Default Store",
    "customer_creation": "guest",
    "order_number_source": "commerce",
    "order_status": "default",
    "reserve_pending": True,
}


def test_settings_are_read_and_changed_one_by_one(as_role: ClientOf, mounted: list[str]) -> None:
    shop, second = amazon.store(), commerce.commerce_store("Second Store")
    waiting = amazon.order(shop)
    api, path = as_role(Role.ADMIN), f"stores/{shop.pk}/import-settings/"
    assert api.get(path).json() == DEFAULTS
    changes: dict[str, Any] = {
        "import_amazon_orders": False,
        "commerce_store": second.name,
        "customer_creation": "create",
        "order_number_source": "AMAZON",
        "order_status": "From Amazon",
        "reserve_pending": False,
    }
    for name, value in changes.items():
        answer = api.send("patch", path, {name: value})
        assert answer.status_code == 200
        expected = value.lower() if name == "order_number_source" else value
        assert answer.json()[name] == expected
    assert OrderImport.objects.get(pk=waiting.pk).version == 3
    assert api.send("patch", path, {"order_status": None}).json()["order_status"] == "default"
    assert set(mounted) == {"wake"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("import_amazon_orders", "yes"),
        ("commerce_store", "Nowhere"),
        ("customer_creation", "sometimes"),
        ("order_number_source", 5),
        ("order_status", "Complete"),
        ("order_status", "x" * 65),
        ("colour", "red"),
    ],
)
def test_a_bad_setting_is_refused_by_its_name(as_role: ClientOf, name: str, value: Any) -> None:
    shop = amazon.store()
    body = {"reserve_pending": False, name: value}
    answer = as_role(Role.ADMIN).send("patch", f"stores/{shop.pk}/import-settings/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    assert StoreSettings.objects.get(pk=shop.pk).reserve_pending is True


@pytest.mark.parametrize(("method", "path"), [("get", "import-settings/"), ("put", "matches/SKU/")])
def test_another_store_does_not_exist(as_role: ClientOf, method: str, path: str) -> None:
    mine, other = amazon.store(), amazon.store()
    commerce.product("MUG")
    api = as_role(Role.MERCHANT, mine)
    assert api.send(method, f"stores/{other.pk}/{path}", {"sku": "MUG"}).status_code == 404
    assert api.send(method, f"stores/{other.pk + 99}/{path}", {"sku": "MUG"}).status_code == 404
    assert ProductMatch.objects.count() == 0


def test_a_match_with_an_odd_seller_sku_makes_its_orders_due(as_role: ClientOf) -> None:
    shop = amazon.store()
    order = amazon.order(shop, state="BLOCKED", skus=("a/b #1?",))
    commerce.product("MUG")
    api, path = as_role(Role.MERCHANT, shop), f"stores/{shop.pk}/matches/a%2Fb%20%231%3F/"
    answer = api.send("put", path, {"sku": "MUG", "units": 2})
    assert (answer.status_code, answer.json()) == (
        200,
        {"seller_sku": "a/b #1?", "sku": "MUG", "units": 2, "orders_due": 1},
    )
    assert OrderImport.objects.get(pk=order.pk).version == 2
    assert api.send("delete", path).status_code == 204
    assert api.send("delete", path).status_code == 404
    assert OrderImport.objects.get(pk=order.pk).version == 3


@pytest.mark.parametrize(
    ("body", "field"), [({}, "sku"), ({"sku": "NO"}, "sku"), ({"sku": "MUG", "units": 0}, "units")]
)
def test_a_bad_match_is_refused_by_its_field(as_role: ClientOf, body: dict[str, Any], field: str) -> None:
    shop = amazon.store()
    commerce.product("MUG")
    answer = as_role(Role.ADMIN).send("put", f"stores/{shop.pk}/matches/X/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_the_banner_is_a_message_about_the_tokens_stores_alone(as_role: ClientOf) -> None:
    mine, second, other = amazon.store("Alpha"), amazon.store("Beta"), amazon.store("Gamma")
    for shop in (second, mine, other):
        amazon.blocker(amazon.order(shop, state="BLOCKED", latest_ship_at=None), "PRODUCT_MISSING", "SKU-1")
    AccountSync.objects.update(synced_until=timezone.now())
    [message] = as_role(Role.MERCHANT, mine, second).get("system-messages/").json()["results"]
    assert message == {
        "code": "ORDERS_BLOCKED",
        "severity": "CRITICAL",
        "text": "Your Amazon store(s) has orders that cannot be imported into Commerce. "
        "See Recent Orders in the store dashboard(s): Alpha, Beta",
        "stores": [{"id": mine.pk, "name": "Alpha"}, {"id": second.pk, "name": "Beta"}],
        "since": "2026-11-20T12:00:00Z",
    }


def test_programs_read_that_read_only_mode_is_on_and_settings_still_change(as_role: ClientOf) -> None:
    store = amazon.store("Mugs")
    read_only.switch_on(by="kim", now=amazon.NOW)
    [message] = as_role(Role.MERCHANT, store).get("system-messages/").json()["results"]
    assert (message["code"], message["severity"], message["stores"], message["since"]) == (
        "READ_ONLY",
        "WARNING",
        [],
        "2026-11-20T12:00:00Z",
    )
    changed = as_role(Role.ADMIN).send(
        "patch", f"stores/{store.pk}/import-settings/", {"reserve_pending": False}
    )
    assert (changed.status_code, changed.json()["reserve_pending"]) == (200, False)
