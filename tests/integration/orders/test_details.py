"""One order, whole: lines with product and blockers, money that adds up or says by how much not, timeline."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration.models import ProductMatch
from integration.orders import actions, details
from integration.orders.details import MatchedProduct, UnknownOrder
from tests.factories import amazon, commerce, people

pytestmark = pytest.mark.django_db


def test_each_line_has_its_product_and_its_own_blockers() -> None:
    shop = amazon.store()
    order = amazon.order(shop, state="BLOCKED", skus=("MUG", "2-PACK", "GONE", ""))
    mug = commerce.product("MUG", is_enabled=False)
    same_name = commerce.product("2-PACK")
    ProductMatch.objects.create(
        account=shop.account, seller_sku="2-PACK", product=mug, units=2, matched_at=amazon.NOW
    )
    amazon.blocker(order, "PRODUCT_DISABLED", "MUG", details={"sku": "MUG"})
    amazon.blocker(order, "PRODUCT_MISSING", "GONE")
    amazon.blocker(order, "ADDRESS_INCOMPLETE", details={"gaps": ["street", "city"]})
    shown = details.find_order(viewer=people.merchant(shop), amazon_order_id=order.amazon_order_id)
    first, second, third, fourth = shown.items
    assert first.product == MatchedProduct(mug.pk, "MUG", "Product MUG", 1, False, False)
    assert second.product == MatchedProduct(mug.pk, "MUG", "Product MUG", 2, False, True)
    assert (third.product, fourth.product, fourth.sku_or_asin) == (None, None, "B000000001")
    assert [[reason.code for reason in item.blockers] for item in shown.items] == [
        ["PRODUCT_DISABLED"],
        [],
        ["PRODUCT_MISSING"],
        [],
    ]
    assert [reason.code for reason in shown.row.blockers] == [
        "PRODUCT_MISSING",
        "PRODUCT_DISABLED",
        "ADDRESS_INCOMPLETE",
    ]
    assert shown.row.note.endswith("The delivery address has no street and no city")
    assert same_name.pk not in {item.product.id for item in shown.items if item.product}


@pytest.mark.parametrize(("total", "gap"), [("24.98", "0.00"), ("24.99", "0.01")])
def test_a_cent_between_the_parts_and_the_total_is_said(total: str, gap: str) -> None:
    order = amazon.order(amazon.store(), proceeds={"total": total})
    money = details.find_order(viewer=people.admin(), amazon_order_id=order.amazon_order_id).money
    assert (money.gap, money.adds_up) == (Decimal(gap), gap == "0.00")


def test_the_newest_event_comes_first_with_its_actor_and_a_skip_is_told() -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    amazon.event(order, "RECEIVED", status="UNSHIPPED")
    actions.skip(
        order_ids=[order.pk],
        reason="Sold out",
        until=amazon.NOW + timedelta(days=1),
        by="maria",
        now=amazon.NOW,
    )
    shown = details.find_order(viewer=people.admin(), amazon_order_id=order.amazon_order_id)
    assert [(entry.code, entry.text, entry.actor) for entry in shown.timeline] == [
        ("SKIPPED", "Skipped: Sold out", "maria"),
        ("RECEIVED", "Received from Amazon as UNSHIPPED.", ""),
    ]
    assert shown.skip == details.Skip("Sold out", "maria", amazon.NOW, amazon.NOW + timedelta(days=1))


def test_an_order_of_another_store_is_unknown() -> None:
    order = amazon.order(amazon.store())
    with pytest.raises(UnknownOrder):
        details.find_order(viewer=people.merchant(amazon.store()), amazon_order_id=order.amazon_order_id)


@pytest.mark.parametrize("lines", [1, 30])
def test_an_order_costs_seven_statements_however_many_lines_it_has(lines: int) -> None:
    shop = amazon.store()
    skus = [f"SKU-{number}" for number in range(lines)]
    order = amazon.order(shop, state="BLOCKED", skus=skus, personal={"buyer_name": "Jane Invented"})
    for sku in skus:
        commerce.product(sku)
        amazon.blocker(order, "OUT_OF_STOCK", sku)
    with CaptureQueriesContext(connection) as asked:
        shown = details.find_order(viewer=people.merchant(shop), amazon_order_id=order.amazon_order_id)
    assert (len(asked), len(shown.items), shown.row.buyer_name) == (7, lines, "Jane Invented")
