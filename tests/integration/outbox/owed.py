"""Amazon orders with their Commerce orders, ready to be shipped, canceled, refunded."""

from typing import Any

import pytest

from amazon_orders.models import Store
from commerce.models import Order, Product, Shipment
from commerce.shipping.ship import CannotShip, LineToShip, OrderToShip, ParcelToShip
from integration.models import ImportState, OrderImport, ShipmentConfirmation
from integration.outbox import ship
from tests.factories import amazon, commerce

NOW = commerce.NOW


def imported(
    sku: str,
    *,
    quantity: int = 1,
    units: int = 1,
    channel: str = "AMAZON",
    of: Store | None = None,
    status: str = "UNSHIPPED",
) -> Order:
    """A Commerce order of one line, and the Amazon order that it stands for."""
    product = Product.objects.filter(sku=sku).first() or commerce.product(sku, manage_stock=False)
    if channel != "AMAZON":
        order = commerce.order(channel=channel, fully_shipped_at=None)
        commerce.line(order, product, quantity=quantity)
        return order
    mirrored = amazon.order(of or amazon.store(), state=ImportState.WAITING, skus=(sku,), status=status)
    item = mirrored.items.get()
    mirrored.items.update(quantity_ordered=quantity)
    order = commerce.order(channel_reference=mirrored.amazon_order_id)
    commerce.line(
        order,
        product,
        quantity=quantity * units,
        units_per_item=units,
        line_reference=item.order_item_id,
        row_total=order.grand_total,
    )
    OrderImport.objects.filter(pk=mirrored.pk).update(state=ImportState.IMPORTED, commerce_order=order)
    return order


def parcel(order: Order, **details: Any) -> ParcelToShip:
    """All that is left of an order in one parcel."""
    lines = [
        LineToShip(line_id=line.pk, quantity=line.quantity - line.quantity_shipped)
        for line in order.lines.all()
    ]
    return ParcelToShip(lines=lines, **{"carrier_code": "UPS", "tracking_number": "1Z999", **details})


def shipped(order: Order, **details: Any) -> Shipment:
    ship.ship_orders(
        orders=[OrderToShip(order_id=order.pk, parcels=[parcel(order, **details)], completes=True)],
        by="maria",
        now=NOW,
    )
    return Shipment.objects.get(order=order)


def refusals(order: Order, **details: Any) -> list[str]:
    with pytest.raises(CannotShip) as refused:
        shipped(order, **details)
    assert not Shipment.objects.exists()
    assert not ShipmentConfirmation.objects.exists()
    return [each.code for each in refused.value.refusals]
