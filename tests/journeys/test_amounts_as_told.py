"""Amounts as Amazon tells them: a tax inside the prices, prices that come late, a replacement without any."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commerce.models import Invoice, Order, OrderEvent, OrderLine
from commerce.refunds.refund import LineRefund
from integration.models import Adjustment
from integration.outbox.refund import CannotRefund
from tests.fixtures_shop import SELLER, Shop, commerce_order_of, events_of, state_of
from tests.journeys.workshop import confirm, feed, give_back, later, paid, ship_here, sold

pytestmark = pytest.mark.django_db(transaction=True)
CASES = Path(__file__).parents[3] / "shared" / "cases"
Json = dict[str, Any]


def told(total: str, *parts: tuple[str, str, dict[str, str]], currency: str = "JPY") -> Json:
    """An item's proceeds."""

    def money(amount: str) -> Json:
        return {"amount": amount, "currencyCode": currency}

    return {
        "proceedsTotal": money(total),
        "breakdowns": [
            {
                "type": kind,
                "subtotal": money(amount),
                "detailedBreakdowns": [{"subtype": of, "value": money(each)} for of, each in split.items()],
            }
            for kind, amount, split in parts
        ],
    }


def amounts(*found: Decimal | None) -> list[int]:
    """Yen, which are whole."""
    return [int(str(amount).removesuffix(".0000")) for amount in found]


INCLUDED = told(
    "2398",
    ("ITEM", "2198", {}),
    ("SHIPPING", "200", {}),
    ("TAX", "217", {"ITEM": "199", "SHIPPING": "18"}),
)


def with_tax_inside(document: Json) -> None:
    document["proceeds"] = {"grandTotal": {"amount": "2398", "currencyCode": "JPY"}}
    item = document["orderItems"][0]
    item["proceeds"] = INCLUDED
    item["product"]["price"] = {"unitPrice": {"amount": "1099", "currencyCode": "JPY"}}


def shipped_with_tax_inside(shop: Shop) -> str:
    number = sold(shop, ("SKU-1", 2, "10.00"), edit=with_tax_inside)
    ship_here(number)
    confirm(shop)
    later(shop)
    shop.sync()
    return number


def test_a_tax_inside_the_prices_is_never_added(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"), edit=with_tax_inside)
    order, line, invoice = commerce_order_of(number), OrderLine.objects.get(), Invoice.objects.get()
    for row in (order, invoice):
        assert amounts(row.grand_total, row.tax_total, row.included_tax_total) == [2398, 0, 217]
    assert amounts(line.row_total, line.tax, line.included_tax, line.shipping_tax) == [2198, 0, 217, 18]


def test_a_tax_inside_the_prices_is_given_back_with_them(shop: Shop) -> None:
    number = shipped_with_tax_inside(shop)
    line = OrderLine.objects.get().pk
    first = give_back(number, lines=[LineRefund(line_id=line, units=1)])
    rest = give_back(number, is_full=True)
    feed(shop)
    assert amounts(first.total, first.tax, first.included_tax) == [1099, 0, 100]
    assert amounts(rest.total, rest.tax, rest.included_tax) == [1299, 0, 117]
    assert Adjustment.objects.filter(state="DONE").count() == 2
    asked = [item["components"] for row in Adjustment.objects.order_by("pk") for item in row.items]
    assert asked == [{"Principal": "1099"}, {"Principal": "1099", "Shipping": "200"}]
    assert commerce_order_of(number).status == "CLOSED"


def without_prices(document: Json) -> None:
    document.pop("proceeds", None)
    for item in document["orderItems"]:
        item.pop("proceeds", None)
        item["product"].pop("price", None)


def test_amounts_that_come_late_reach_order_and_invoice(shop: Shop) -> None:
    number = shop.sell(("SKU-1", 2, "10.00"), edit=without_prices)
    shop.ship_at_amazon(number, 2)
    shop.sync()
    assert state_of(number) == "IMPORTED"
    assert (commerce_order_of(number).grand_total, Invoice.objects.get().grand_total) == (None, None)
    with pytest.raises(CannotRefund, match="has not told yet what was paid"):
        give_back(number, is_full=True)

    shop.edit(number, with_tax_inside)
    shop.sync()

    order, invoice = commerce_order_of(number), Invoice.objects.get()
    assert amounts(order.grand_total, order.items_total, order.included_tax_total) == [2398, 2198, 217]
    assert (order.currency, invoice.currency) == ("JPY", "JPY")
    assert amounts(invoice.grand_total, invoice.lines.get().row_total) == [2398, 2198]
    assert OrderLine.objects.get().unit_price == 1099
    assert "AMOUNTS_TOLD" in events_of(number)
    assert OrderEvent.objects.filter(code="AMOUNTS_TOLD").count() == 1
    assert give_back(number, is_full=True).total == 2398


def test_amounts_that_were_told_stay_as_they_were_charged(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    before = Invoice.objects.values().get()
    shop.edit(number, with_tax_inside)
    shop.sync()
    assert Invoice.objects.values().get() == before


def test_a_replacement_without_prices_costs_nothing(shop: Shop) -> None:
    replaced = {"associatedOrders": [{"orderId": "111-1", "associationType": "REPLACEMENT_ORIGINAL_ID"}]}
    number = shop.sell(edit=without_prices, patch=replaced)
    blocked = shop.sell(edit=without_prices)
    shop.sync()
    assert (state_of(number), state_of(blocked)) == ("IMPORTED", "BLOCKED")
    order = commerce_order_of(number)
    assert amounts(order.grand_total, order.items_total, order.lines.get().row_total) == [0, 0, 0]
    ship_here(number)
    with pytest.raises(CannotRefund, match="nothing is left"):
        give_back(number, is_full=True)


@pytest.mark.skipif(not CASES.exists(), reason="the cases of ../shared/cases are not here")
@pytest.mark.parametrize(
    ("case", "units", "components"),
    [
        ("W2_refund_gap_tax_included_JP", None, {"Principal": "1099"}),
        ("W2_refund_gap_positive_US", None, {"Principal": "20.00"}),
        ("W3a_refund_shipping_tax", 1, {"Principal": "100.00", "Tax": "10.00"}),
        ("W3b_refund_free_shipping_promotion", 1, {"Principal": "20.00"}),
    ],
)
def test_what_amazon_is_asked_to_pay_is_the_credit_memo(
    shop: Shop, case: str, units: int | None, components: dict[str, str]
) -> None:
    document = json.loads((CASES / f"{case}.json").read_text(encoding="utf-8"))["order"]
    document["salesChannel"]["marketplaceId"] = shop.store.marketplace_id
    document["orderItems"][0]["product"]["sellerSku"] = "SKU-1"
    at = shop.moment().isoformat().replace("+00:00", "Z")
    document |= {"createdTime": at, "lastUpdatedTime": at}
    shop.amazon.world.put_order(SELLER, document)
    number = document["orderId"]
    shop.sync()
    ship_here(number)
    confirm(shop)
    later(shop)
    shop.sync()
    line = Order.objects.get().lines.get()
    wish: Json = {"lines": [LineRefund(line_id=line.pk, units=units)]} if units else {"is_full": True}
    memo = give_back(number, **wish)
    feed(shop)
    [item] = Adjustment.objects.get().items
    assert item["components"] == components
    assert memo.total == sum(map(Decimal, components.values())) == sum(paid(shop).values())
    assert Adjustment.objects.get().state == "DONE", Adjustment.objects.get().refusal
