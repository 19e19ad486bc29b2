"""commerce-orders/: the list and one of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.models import Order, OrderLine, OrderPersonalData, Shipment, ShipmentLine
from commerce.orders import personal_data
from integration.models import OrderImport, Role
from tests.backoffice.api.conftest import ClientOf
from tests.factories import amazon, commerce

pytestmark = pytest.mark.django_db
# A parcel that Amazon need not be told of, and an order that nothing has happened to.
UNTOLD: dict[str, object] = {"carrier_code": "", "service": "", "is_ours": False, "amazon": None}
NO_PAPERS: dict[str, object] = {
    "fully_shipped_at": None,
    "invoice": None,
    "credit_memos": [],
    "cancellation": None,
    "cash_on_delivery": None,
    "history": [],
}


def imported() -> tuple[OrderImport, Order]:
    link = amazon.order(amazon.store(), state="IMPORTED").order_import
    assert link.commerce_order is not None
    return link, link.commerce_order


def with_buyer(order: Order) -> None:
    sealed = personal_data.seal_for(
        channel=order.channel,
        channel_reference=order.channel_reference,
        personal={"buyer_name": "Jane Invented", "buyer_email": "jane@example.invalid"},
    )
    OrderPersonalData.objects.create(order=order, sealed=sealed)


def taken_over(line: OrderLine, *, units: int) -> Shipment:
    parcel = Shipment.objects.create(
        order=line.order, carrier="UPS", tracking_number="1Z9", shipped_at=amazon.NOW, created_at=amazon.NOW
    )
    ShipmentLine.objects.create(shipment=parcel, order_line=line, quantity=units)
    return parcel


def test_an_order_is_shown_whole(as_role: ClientOf) -> None:
    link, order = imported()
    with_buyer(order)
    line = commerce.line(order, commerce.product("MUG"), quantity=3, quantity_shipped=2, tax=Decimal("1.5"))
    parcel = taken_over(line, units=2)
    shown = as_role(Role.MERCHANT, link.amazon_order.store).get(f"commerce-orders/{order.number}/").json()
    unknown = dict.fromkeys(("shipping", "gift_wrap", "discount", "tax", "other"))
    assert shown == {
        "number": order.number,
        "channel": "AMAZON",
        "channel_reference": link.amazon_order.amazon_order_id,
        "commerce_store": "Default Store",
        "status": "PROCESSING",
        "custom_status": "",
        "currency": "USD",
        "customer": {"name": "Jane Invented", "email": "jane@example.invalid", "is_guest": True},
        "lines": [
            {
                "id": line.pk,
                "sku": "MUG",
                "name": "Product MUG",
                "quantity": 3,
                "unit_price": {"amount": "24.98", "currency": "USD"},
                "tax": {"amount": "1.50", "currency": "USD"},
                "tax_included": False,
                "shipped": 2,
                "canceled": 0,
                "refunded": 0,
            }
        ],
        "totals": {
            "items": {"amount": "24.98", "currency": "USD"},
            "grand_total": {"amount": "24.98", "currency": "USD"},
            "tax_included": False,
            **unknown,
        },
        "shipments": [
            {
                "id": parcel.pk,
                "carrier": "UPS",
                "tracking_number": "1Z9",
                "shipped_at": "2026-11-20T12:00:00Z",
                "lines": [{"id": line.pk, "sku": "MUG", "quantity": 2}],
                **UNTOLD,
            }
        ],
        **NO_PAPERS,
        "purchased_at": "2026-11-19T12:00:00Z",
        "ship_by": None,
        "created_at": "2026-11-20T12:00:00Z",
        "links": {
            "self": f"http://testserver/api/v1/commerce-orders/{order.number}/",
            "amazon_order": f"http://testserver/api/v1/amazon-orders/{order.channel_reference}/",
        },
    }


def test_an_operator_is_not_shown_who_bought_it(as_role: ClientOf) -> None:
    link, order = imported()
    with_buyer(order)
    operator = as_role(Role.OPERATOR, link.amazon_order.store)
    assert operator.get(f"commerce-orders/{order.number}/").json()["customer"] is None


def test_an_order_is_seen_through_an_amazon_order_of_the_tokens_stores(as_role: ClientOf) -> None:
    link, mine = imported()
    _, other = imported()
    orphan = commerce.order()
    api = as_role(Role.MERCHANT, link.amazon_order.store)
    assert [row["number"] for row in api.get("commerce-orders/").json()["results"]] == [mine.number]
    assert api.get(f"commerce-orders/{other.number}/").status_code == 404
    assert api.get(f"commerce-orders/{orphan.number}/").status_code == 404
    everything = as_role(Role.ADMIN).get("commerce-orders/").json()["results"]
    assert {row["number"] for row in everything} == {mine.number, other.number, orphan.number}
    [row] = as_role(Role.ADMIN).get("commerce-orders/", number=orphan.number).json()["results"]
    assert row["links"]["amazon_order"] is None


def test_the_list_is_filtered_and_paged(as_role: ClientOf) -> None:
    made = [
        commerce.order(
            purchased_at=amazon.NOW - timedelta(minutes=number), status=("COMPLETE", "CLOSED")[number % 2]
        )
        for number in range(52)
    ]
    api = as_role(Role.ADMIN)
    first = api.get("commerce-orders/").json()
    second = api.client.get(first["next"]).json()
    assert [row["number"] for row in second["results"]] == [order.number for order in made[50:]]
    assert api.client.get(second["previous"]).json()["results"] == first["results"]
    assert len(api.get("commerce-orders/", status="closed").json()["results"]) == 26
    after = api.get("commerce-orders/", purchased_after="2026-11-20T11:59:00Z").json()["results"]
    assert [row["number"] for row in after] == [made[0].number, made[1].number]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "PAID"),
        ("purchased_after", "soon"),
        ("cursor", "x"),
        ("cursor", "eyJhZnRlciI6IDV9"),
        ("cursor", "W10"),
    ],
)
def test_a_bad_parameter_is_refused_by_its_name(as_role: ClientOf, name: str, value: str) -> None:
    answer = as_role(Role.ADMIN).get("commerce-orders/", **{name: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_costs_the_same_for_one_and_fifty(as_role: ClientOf, count: int) -> None:
    product = commerce.product("MUG")
    shop = amazon.store()
    for _ in range(count):
        order = amazon.order(shop, state="IMPORTED").order_import.commerce_order
        assert order is not None
        with_buyer(order)
        line = commerce.line(order, product)
        parcel = Shipment.objects.create(order=order, shipped_at=amazon.NOW, created_at=amazon.NOW)
        ShipmentLine.objects.create(shipment=parcel, order_line=line, quantity=1)
    api = as_role(Role.MERCHANT, shop)
    api.get("stores/")
    with CaptureQueriesContext(connection) as asked:
        assert len(api.get("commerce-orders/").json()["results"]) == count
    assert len(asked) <= 3 + 6
