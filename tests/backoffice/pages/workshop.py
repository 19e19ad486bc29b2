"""Commerce orders to work on: placed with stock, invoiced, behind them an order of Amazon's."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from amazon_orders.models import AmazonOrder, Store
from commerce import placement
from commerce.models import Order, Product
from commerce.orders import personal_data
from commerce.orders.drafts import LineDraft, OrderDraft
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from integration.models import ImportState, OrderImport
from integration.models.imports import CHANNEL
from integration.outbox.ship import ship_orders
from tests.factories import amazon, commerce

ADDRESS = {
    "name": "Ada Byron",
    "line1": "1 Mill Lane",
    "city": "Ashford",
    "postal_code": "97520",
    "country": "US",
}


def product(sku: str = "MUG-1", on_hand: int = 20, **fields: Any) -> Product:
    return commerce.product(sku, name=f"Stoneware {sku}", stock={"main": on_hand}, **fields)


def place(
    store: Store, *wanted: tuple[Product, int], is_paid: bool = True, units_per_item: int = 1, **fields: Any
) -> Order:
    """A paid order of Amazon's that has become a Commerce order: 12.50 and 1.03 tax a unit, 4.99 shipping."""
    mirrored = amazon.order(store, skus=[each.sku for each, _ in wanted], **_of_amazon(fields))
    items = list(mirrored.items.order_by("position"))
    lines = [
        _line(item.order_item_id, each, quantity, place, units_per_item)
        for place, (item, (each, quantity)) in enumerate(zip(items, wanted, strict=True))
    ]
    draft = _draft(mirrored, lines, is_paid=is_paid, **fields)
    with transaction.atomic():
        placed = placement.place(channel=CHANNEL, drafts=[draft], now=amazon.NOW)
    assert not placed.short
    order = Order.objects.get(channel=CHANNEL, channel_reference=mirrored.amazon_order_id)
    OrderImport.objects.filter(pk=mirrored.pk).update(
        state=ImportState.IMPORTED, commerce_order=order, imported_at=amazon.NOW
    )
    return order


def _of_amazon(fields: dict[str, Any]) -> dict[str, Any]:
    names = ("status", "is_cancel_requested", "is_prime", "amazon_order_id", "fulfilled_by")
    return {name: fields.pop(name) for name in names if name in fields}


def _line(reference: str, of: Product, quantity: int, position: int, units_per_item: int) -> LineDraft:
    return LineDraft(
        line_reference=reference,
        product_id=of.pk,
        position=position,
        sku=of.sku,
        name=of.name,
        quantity=quantity,
        units_per_item=units_per_item,
        unit_price=Decimal("12.50"),
        row_total=Decimal("12.50") * quantity,
        shipping=Decimal(0),
        gift_wrap=Decimal(0),
        discount=Decimal(0),
        tax=Decimal("1.03") * quantity,
        other=Decimal(0),
    )


def _draft(mirrored: AmazonOrder, lines: list[LineDraft], **fields: Any) -> OrderDraft:
    items = sum((line.row_total or Decimal(0) for line in lines), Decimal(0))
    tax = sum((line.tax or Decimal(0) for line in lines), Decimal(0))
    number = str(fields.pop("number", f"C{mirrored.pk:06d}"))
    personal = {
        "buyer_name": "Ada Byron",
        "address": ADDRESS,
        "gift_messages": {lines[0].line_reference: "Happy birthday, Grace!"},
    }
    sealed = personal_data.seal_for(
        channel=CHANNEL, channel_reference=mirrored.amazon_order_id, personal=personal
    )
    return OrderDraft(
        channel_reference=mirrored.amazon_order_id,
        commerce_store_id=commerce.commerce_store().pk,
        number=number,
        currency="USD",
        purchased_at=mirrored.purchased_at,
        ship_by=fields.pop("ship_by", mirrored.latest_ship_at),
        lines=tuple(lines),
        items_total=items,
        shipping_total=Decimal("4.99"),
        gift_wrap_total=Decimal(0),
        discount_total=Decimal(0),
        tax_total=tax,
        other_total=Decimal(0),
        grand_total=items + tax + Decimal("4.99"),
        sealed_personal=sealed,
        **fields,
    )


def ship(order: Order, units: int) -> int:
    """A parcel of the order's first line; gives its shipment."""
    line = order.lines.order_by("position")[0]
    parcel = ParcelToShip(
        lines=[LineToShip(line_id=line.pk, quantity=units)], carrier_code="UPS", tracking_number="1Z999"
    )
    wanted = OrderToShip(order_id=order.pk, parcels=[parcel], completes=False)
    shipped = ship_orders(orders=[wanted], by="maria", now=amazon.NOW)
    return shipped.shipments[order.pk][0]
