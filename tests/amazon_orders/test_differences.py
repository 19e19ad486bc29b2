"""What Amazon changed, named; nothing personal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from amazon_orders import differences
from amazon_orders.differences import Children, FieldChange
from amazon_orders.models import AmazonOrder, AmazonOrderItem, AmazonPackage

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def order(**fields: Any) -> AmazonOrder:
    return AmazonOrder(**{"total": Decimal("20.0000"), "currency": "USD", "latest_ship_at": NOW, **fields})


def item(key: str = "1", **fields: Any) -> AmazonOrderItem:
    return AmazonOrderItem(
        **{
            "order_item_id": key,
            "seller_sku": "MUG",
            "quantity_ordered": 2,
            "unit_price": Decimal(10),
            **fields,
        }
    )


def package(key: str, **fields: Any) -> AmazonPackage:
    return AmazonPackage(package_reference_id=key, **fields)


def changes(
    before: AmazonOrder, after: AmazonOrder, *, was: Children, now: Children, address: bool = False
) -> list[FieldChange]:
    return list(differences.between(before, after, was=was, now=now, is_address_changed=address))


def test_an_equal_order_differs_in_nothing() -> None:
    same = Children([item()], [package("1")])
    assert changes(order(), order(), was=same, now=Children([item()], [package("1")])) == []


def test_money_dates_address_items_and_parcels() -> None:
    later = NOW + timedelta(days=1)
    found = changes(
        order(),
        order(total=Decimal("30.5"), latest_ship_at=later, service_level="NEXT"),
        was=Children([item(), item("2", seller_sku="PAN")], [package("1", status="SHIPPED"), package("2")]),
        now=Children(
            [
                item(quantity_ordered=3, quantity_shipped=1, unit_price=Decimal("9.995")),
                item("3", seller_sku=""),
            ],
            [package("1", status="DELIVERED"), package("3", carrier="UPS")],
        ),
        address=True,
    )
    assert found == [
        FieldChange("total", "", "20.00 USD", "30.50 USD"),
        FieldChange("ship_by", "", "2026-11-20T12:00:00+00:00", "2026-11-21T12:00:00+00:00"),
        FieldChange("service", "", "", "NEXT"),
        FieldChange("address"),
        FieldChange("item_ordered", "MUG", "2", "3"),
        FieldChange("item_shipped", "MUG", "0", "1"),
        FieldChange("item_price", "MUG", "10.00", "9.995"),
        FieldChange("item_added", "", after="2"),
        FieldChange("item_removed", "PAN"),
        FieldChange("package_status", "1", "SHIPPED", "DELIVERED"),
        FieldChange("package_added", "3", after="UPS"),
        FieldChange("package_removed", "2"),
    ]


def test_parcels_that_were_not_asked_for_are_not_gone() -> None:
    was = Children([item()], [package("1")])
    assert changes(order(), order(), was=was, now=Children([item()], None)) == []


def test_a_very_long_order_is_told_by_its_first_changes() -> None:
    was = Children([item(str(number)) for number in range(50)], None)
    now = Children([item(str(number), quantity_ordered=9) for number in range(50)], None)
    assert len(changes(order(), order(), was=was, now=now)) == differences.AT_MOST
