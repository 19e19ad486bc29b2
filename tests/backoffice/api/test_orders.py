"""amazon-orders/: the list, one order, and what a program does about it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration.models import OrderImport, Role, TimelineEvent
from tests.backoffice.api.conftest import ClientOf
from tests.factories import amazon

pytestmark = pytest.mark.django_db


def test_a_row_says_everything_of_the_contract(as_role: ClientOf) -> None:
    shop = amazon.store("Mugs UK", marketplace="UK")
    order = amazon.order(shop, state="BLOCKED", skus=("MUG",), personal={"buyer_name": "Jane Invented"})
    amazon.blocker(order, "PRODUCT_MISSING", "MUG", details={"has_sku": True})
    answer = as_role(Role.MERCHANT, shop).get("amazon-orders/")
    assert answer.status_code == 200
    number = order.amazon_order_id
    assert answer.json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "amazon_order_id": number,
                "store": shop.pk,
                "store_name": "Mugs UK",
                "status": "UNSHIPPED",
                "fulfillment": "MERCHANT",
                "state": "BLOCKED",
                "reason": "",
                "blockers": [
                    {
                        "code": "PRODUCT_MISSING",
                        "seller_sku": "MUG",
                        "order_item_id": order.items.get().order_item_id,
                        "message": 'Product "MUG" is not in the catalog',
                        "remedy": 'Create the product "MUG", or match the SKU to a product of the catalog.',
                    }
                ],
                "commerce_order": None,
                "buyer_name": "Jane Invented",
                "total": {"amount": "24.98", "currency": "GBP"},
                "purchased_at": "2026-11-19T12:00:00Z",
                "latest_ship_at": "2026-11-21T12:00:00Z",
                "is_prime": False,
                "is_business": False,
                "is_cancel_requested": False,
                "note": 'Product "MUG" is not in the catalog',
                "links": {
                    "self": f"http://testserver/api/v1/amazon-orders/{number}/",
                    "commerce": None,
                    "seller_central": f"https://sellercentral.amazon.co.uk/orders-v3/order/{number}",
                },
            }
        ],
    }


def test_an_imported_order_links_its_commerce_order(as_role: ClientOf) -> None:
    order = amazon.order(amazon.store(), state="IMPORTED", total=None, latest_ship_at=None)
    [row] = as_role(Role.ADMIN).get("amazon-orders/").json()["results"]
    assert order.order_import.commerce_order is not None
    number = order.order_import.commerce_order.number
    assert row["commerce_order"] == number
    assert row["links"]["commerce"] == f"http://testserver/api/v1/commerce-orders/{number}/"
    assert (row["total"], row["latest_ship_at"], row["buyer_name"]) == (None, None, None)


def test_pages_hold_fifty_and_link_their_neighbors(as_role: ClientOf) -> None:
    shop = amazon.store()
    made = [
        amazon.order(shop, purchased_at=amazon.NOW - timedelta(minutes=number)).amazon_order_id
        for number in range(52)
    ]
    api = as_role(Role.ADMIN)
    first = api.get("amazon-orders/").json()
    assert [row["amazon_order_id"] for row in first["results"]] == made[:50]
    assert first["previous"] is None
    second = api.client.get(first["next"]).json()
    assert [row["amazon_order_id"] for row in second["results"]] == made[50:]
    assert second["next"] is None
    back = api.client.get(second["previous"]).json()
    assert [row["amazon_order_id"] for row in back["results"]] == made[:50]


def test_filters_are_passed_on(as_role: ClientOf) -> None:
    shop, other = amazon.store(), amazon.store()
    first = amazon.order(shop, state="BLOCKED", status="UNSHIPPED", total=Decimal("10.00"))
    amazon.blocker(first, "OUT_OF_STOCK", "SKU-1")
    second = amazon.order(other, status="SHIPPED", total=Decimal("99.99"), purchased_at=amazon.NOW)
    api = as_role(Role.ADMIN)

    def found(**parameters: Any) -> list[str]:
        return [row["amazon_order_id"] for row in api.get("amazon-orders/", **parameters).json()["results"]]

    one, two = [first.amazon_order_id], [second.amazon_order_id]
    assert found(store=shop.pk) == one
    assert found(status="SHIPPED") == two
    assert found(status="SHIPPED,UNSHIPPED", ordering="total") == one + two
    assert found(ordering="-total") == two + one
    assert found(state="blocked") == one
    assert found(blocker="OUT_OF_STOCK") == one
    assert found(purchased_after="2026-11-20") == two
    assert found(purchased_before="2026-11-20T00:00:00+00:00") == one
    assert found(total_min="10.01") == two
    assert found(total_max="10") == one
    assert found(q=second.amazon_order_id) == two
    assert found(q="SKU-1", state="", status="") == two + one


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("store", "mugs"),
        ("state", "PAID"),
        ("blocker", "NO_MONEY"),
        ("fulfillment", "UPS"),
        ("purchased_after", "yesterday"),
        ("purchased_before", "2026-13-01"),
        ("total_min", "ten"),
        ("total_max", "NaN"),
        ("q", "a\x00b"),
        ("is_prime", "perhaps"),
        ("ordering", "buyer_name"),
        ("cursor", "abc"),
    ],
)
def test_a_bad_parameter_is_refused_by_its_name(as_role: ClientOf, parameter: str, value: str) -> None:
    answer = as_role(Role.ADMIN).get("amazon-orders/", **{parameter: value})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    assert list(problem["errors"]) == [parameter]


def test_an_order_is_shown_whole(as_role: ClientOf) -> None:
    shop = amazon.store(marketplace="JP")
    personal = {"buyer_name": "Jane Invented", "address": {"name": "Jane", "line1": "1 Way", "city": "Ueno"}}
    order = amazon.order(shop, skus=(), personal=personal, total=Decimal(1200), proceeds={"total": "1200"})
    proceeds = {
        "total": "1200",
        "parts": [{"type": "ITEM", "amount": "1100"}, {"type": "TAX", "amount": "100"}],
    }
    amazon.item(order, "TEA", unit_price=Decimal(1100), proceeds=proceeds)
    amazon.package(order, items=[{"order_item_id": order.items.get().order_item_id, "quantity": 1}])
    amazon.event(order, "RECEIVED", status="PENDING")
    amazon.event(order, "STATUS_CHANGED", before="PENDING", after="UNSHIPPED")
    shown = as_role(Role.MERCHANT, shop).get(f"amazon-orders/{order.amazon_order_id}/").json()
    assert shown["total"] == {"amount": "1200", "currency": "JPY"}
    [item] = shown["items"]
    assert item["unit_price"] == {"amount": "1100", "currency": "JPY"}
    assert item["amounts"]["tax"] == {"amount": "100", "currency": "JPY"}
    assert item["amounts"]["shipping"] == {"amount": "0", "currency": "JPY"}
    assert shown["amounts_add_up"] is True
    [parcel] = shown["packages"]
    assert (parcel["carrier"], parcel["shipped_at"]) == ("UPS", "2026-11-20T12:00:00Z")
    assert parcel["items"] == [{"order_item_id": item["order_item_id"], "quantity": 1}]
    assert (shown["shipping_address"]["line1"], shown["shipping_address"]["phone"]) == ("1 Way", "")
    assert [event["text"] for event in shown["timeline"]] == [
        "Amazon changed the status from PENDING to UNSHIPPED.",
        "Received from Amazon as PENDING.",
    ]


def test_an_operator_sees_orders_without_their_people(as_role: ClientOf) -> None:
    shop = amazon.store()
    personal = {"buyer_name": "Jane Invented", "address": {"name": "Jane"}, "gift_messages": {"1": "Love"}}
    order = amazon.order(shop, personal=personal)
    answer = as_role(Role.OPERATOR, shop).get(f"amazon-orders/{order.amazon_order_id}/")
    assert answer.status_code == 200
    assert (answer.json()["buyer_name"], answer.json()["shipping_address"]) == (None, None)
    assert "Jane" not in answer.content.decode()
    assert as_role(Role.OPERATOR, shop).get("amazon-orders/", buyer="jane").status_code == 403


ACTIONS = ["retry", "refresh", "import", "skip"]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_order_of_another_store_does_not_exist(as_role: ClientOf, action: str) -> None:
    mine, other = amazon.store(), amazon.store()
    order = amazon.order(other, state="BLOCKED")
    api = as_role(Role.MERCHANT, mine)
    assert api.get("amazon-orders/").json()["results"] == []
    assert api.get("amazon-orders/", store=other.pk).status_code == 404
    assert api.get("amazon-orders/", q=order.amazon_order_id).json()["results"] == []
    assert api.get(f"amazon-orders/{order.amazon_order_id}/").status_code == 404
    answer = api.send("post", f"amazon-orders/{order.amazon_order_id}/{action}/", {"reason": "x"})
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such order.",
    }
    assert OrderImport.objects.get(pk=order.pk).version == 1


def test_a_retry_answers_with_what_came_of_it(as_role: ClientOf) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    answer = as_role(Role.OPERATOR, order.store).send("post", f"amazon-orders/{order.amazon_order_id}/retry/")
    assert (answer.status_code, answer.json()["state"]) == (202, "BLOCKED")
    assert answer.json()["note"] == 'Product "SKU-1" is not in the catalog'
    judged = OrderImport.objects.get(pk=order.pk)
    assert (judged.version, judged.judged_version) == (2, 2)


def test_a_refresh_waits_for_the_pipeline(as_role: ClientOf, mounted: list[str]) -> None:
    order = amazon.order(amazon.store(), state="IMPORTED")
    answer = as_role(Role.ADMIN).send("post", f"amazon-orders/{order.amazon_order_id}/refresh/")
    assert answer.status_code == 202
    assert answer.json()["refresh_requested_at"] is not None
    assert "wake_refresh" in mounted


def test_what_cannot_be_done_is_a_conflict_that_says_why(as_role: ClientOf) -> None:
    shop = amazon.store()
    imported, waiting = amazon.order(shop, state="IMPORTED"), amazon.order(shop)
    api = as_role(Role.ADMIN)
    answer = api.send("post", f"amazon-orders/{imported.amazon_order_id}/skip/", {"reason": "no"})
    assert imported.order_import.commerce_order is not None
    number = imported.order_import.commerce_order.number
    assert answer.status_code == 409
    assert answer.json()["detail"] == f"The order is imported already, as Commerce order {number}."
    assert api.send("post", f"amazon-orders/{waiting.amazon_order_id}/import/").status_code == 409
    assert TimelineEvent.objects.count() == 0


def test_a_view_only_order_is_imported_on_request(as_role: ClientOf) -> None:
    order = amazon.order(amazon.store(), state="VIEW_ONLY")
    api = as_role(Role.MERCHANT, order.store)
    assert api.send("post", f"amazon-orders/{order.amazon_order_id}/import/").status_code == 202
    assert OrderImport.objects.get(pk=order.pk).is_import_requested is True


def test_a_skip_needs_a_reason_and_an_end_in_the_future(as_role: ClientOf) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    api = as_role(Role.MERCHANT, order.store)
    path = f"amazon-orders/{order.amazon_order_id}/skip/"
    assert list(api.send("post", path, {}).json()["errors"]) == ["reason"]
    assert list(api.send("post", path, {"reason": " "}).json()["errors"]) == ["reason"]
    past = {"reason": "Sold out", "until": "2020-01-01T00:00:00Z"}
    assert list(api.send("post", path, past).json()["errors"]) == ["until"]
    answer = api.send("post", path, {"reason": "Sold out", "until": "2999-01-01"})
    assert answer.status_code == 202
    assert answer.json()["skip"]["until"] == "2999-01-01T00:00:00Z"
    assert answer.json()["note"] == "Skipped: Sold out"


@pytest.mark.parametrize("action", ["import", "skip"])
def test_an_operator_retries_but_does_not_decide(as_role: ClientOf, action: str) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    answer = as_role(Role.OPERATOR, order.store).send(
        "post", f"amazon-orders/{order.amazon_order_id}/{action}/", {"reason": "no"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_costs_the_same_statements_for_one_order_and_for_fifty(as_role: ClientOf, count: int) -> None:
    shop = amazon.store()
    for number in range(count):
        order = amazon.order(
            shop, state="IMPORTED" if number % 2 else "WAITING", personal={"buyer_name": "J I"}
        )
        amazon.event(order, "RECEIVED", status="UNSHIPPED")
    api = as_role(Role.MERCHANT, shop)
    api.get("stores/")
    with CaptureQueriesContext(connection) as asked:
        api.get("amazon-orders/")
    # Token, its stores, its user's stores; then the page itself.
    assert len(asked) == 3 + 4
