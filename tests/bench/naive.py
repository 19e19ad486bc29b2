"""The same work as one would first write it: an order at a time, a row at a time, a transaction per order.

What is pure (reading the JSON, amounts, encryption) is shared with the pipeline, so that the comparison is
about how rows are written. It checks less than the pipeline does: every order here can be imported.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from amazon_orders import amounts, normalize, receive
from amazon_orders.models import AmazonOrder, AmazonOrderItem, BuyerNameWord, PersonalData, Store
from amazon_orders.records import ItemRecord, OrderRecord
from amazon_orders.rows import data_sets_key
from commerce.models import (
    CommerceStore,
    Invoice,
    InvoiceLine,
    Order,
    OrderLine,
    OrderPersonalData,
    Product,
    Reservation,
    StockItem,
    StockMovement,
)
from commerce.orders import personal_data as commerce_personal_data
from integration import timeline
from integration.models import ImportState, OrderImport, StoreSettings
from integration.timeline import EventCode
from sealing import seal

CHANNEL = "AMAZON"


def import_order(payload: Any, *, store: Store, now: datetime) -> None:
    """From JSON to a Commerce order with reserved stock."""
    record = normalize.normalize(payload, data_sets=normalize.DATA_SETS)
    with transaction.atomic():
        order, is_new = AmazonOrder.objects.get_or_create(
            amazon_order_id=record.amazon_order_id, defaults=_order_fields(record, store, now)
        )
        if not is_new:
            return
        _keep_items(order, record)
        _keep_personal_data(order, record)
        imported, _ = OrderImport.objects.get_or_create(amazon_order=order)
        timeline.event(order.pk, EventCode.RECEIVED, now=now, status=order.status).save()
        placed = _place(order, record, now)
        imported.state = ImportState.IMPORTED
        imported.judged_version, imported.judged_at = imported.version, now
        imported.commerce_order, imported.imported_at = placed, now
        imported.save()
        timeline.event(order.pk, EventCode.IMPORTED, now=now, number=placed.number).save()


def _order_fields(record: OrderRecord, store: Store, now: datetime) -> dict[str, Any]:
    return {
        "store": store,
        "status": record.status,
        "fulfilled_by": record.fulfilled_by,
        "channel_name": record.channel_name,
        "purchased_at": record.purchased_at,
        "last_updated_at": record.last_updated_at,
        "total": record.total,
        "currency": record.currency,
        "proceeds": record.proceeds,
        "service_level": record.service_level,
        "earliest_ship_at": record.earliest_ship_at,
        "latest_ship_at": record.latest_ship_at,
        "earliest_deliver_at": record.earliest_deliver_at,
        "latest_deliver_at": record.latest_deliver_at,
        "programs": list(record.programs),
        "address_gaps": record.address_gaps,
        "content_hashes": {data_sets_key(record.data_sets): record.digest},
        "asked_at": now,
        "received_at": now,
        "changed_at": now,
    }


def _keep_items(order: AmazonOrder, record: OrderRecord) -> None:
    for item in record.items:
        AmazonOrderItem.objects.get_or_create(
            order=order,
            order_item_id=item.order_item_id,
            defaults={
                "position": item.position,
                "asin": item.asin,
                "seller_sku": item.seller_sku,
                "title": item.title,
                "quantity_ordered": item.quantity_ordered,
                "quantity_shipped": item.quantity_shipped,
                "quantity_canceled": item.quantity_canceled,
                "unit_price": item.unit_price,
                "currency": item.currency,
                "proceeds": item.proceeds,
                "details": item.details,
            },
        )


def _keep_personal_data(order: AmazonOrder, record: OrderRecord) -> None:
    sealed = seal.seal_json(
        record.personal, associated_data=receive.personal_associated_data(order.amazon_order_id)
    )
    PersonalData.objects.get_or_create(order=order, defaults={"sealed": sealed})
    for word_hash in receive.name_hashes(record.personal):
        BuyerNameWord.objects.get_or_create(order=order, word_hash=word_hash)


def _place(order: AmazonOrder, record: OrderRecord, now: datetime) -> Order:
    settings = StoreSettings.objects.get(store_id=order.store_id)
    lines = [amounts.Line(item.proceeds, item.unit_price, item.quantity_ordered) for item in record.items]
    total, per_line = amounts.of_order(record.proceeds, lines)
    placed, _ = Order.objects.get_or_create(
        channel=CHANNEL,
        channel_reference=order.amazon_order_id,
        defaults={
            "number": _take_number(settings.commerce_store_id),
            "commerce_store_id": settings.commerce_store_id,
            "status": "PROCESSING",
            "currency": record.currency,
            "items_total": total.items,
            "shipping_total": total.shipping,
            "discount_total": total.discount,
            "tax_total": total.tax,
            "grand_total": total.total,
            "purchased_at": record.purchased_at,
            "ship_by": record.latest_ship_at,
            "created_at": now,
        },
    )
    sealed = commerce_personal_data.seal_for(
        channel=CHANNEL, channel_reference=order.amazon_order_id, personal=record.personal
    )
    OrderPersonalData.objects.get_or_create(order=placed, defaults={"sealed": sealed})
    invoice = _invoice(placed, now)
    for item, money in zip(record.items, per_line, strict=True):
        line = _place_line(placed, item, money)
        InvoiceLine.objects.create(
            invoice=invoice,
            order_line=line,
            position=line.position,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            row_total=line.row_total,
            tax=line.tax,
        )
        _reserve(placed, line, now)
    return placed


def _invoice(placed: Order, now: datetime) -> Invoice:
    shop = CommerceStore.objects.select_for_update().get(pk=placed.commerce_store_id)
    number = f"{shop.pk}{shop.next_invoice_number:09d}"
    shop.next_invoice_number += 1
    shop.save()
    return Invoice.objects.create(
        order=placed,
        commerce_store=shop,
        number=number,
        issued_at=now,
        currency=placed.currency,
        items_total=placed.items_total,
        tax_total=placed.tax_total,
        grand_total=placed.grand_total,
    )


def _take_number(commerce_store_id: int) -> str:
    shop = CommerceStore.objects.select_for_update().get(pk=commerce_store_id)
    number = f"{shop.pk}{shop.next_order_number:09d}"
    shop.next_order_number += 1
    shop.save()
    return number


def _place_line(placed: Order, item: ItemRecord, money: amounts.Amounts) -> OrderLine:
    product = Product.objects.get(sku=item.seller_sku, is_enabled=True)
    return OrderLine.objects.create(
        order=placed,
        product=product,
        line_reference=item.order_item_id,
        position=item.position,
        sku=product.sku,
        name=item.title,
        quantity=item.quantity_ordered,
        unit_price=item.unit_price,
        row_total=money.items,
        tax=money.tax,
    )


def _reserve(placed: Order, line: OrderLine, now: datetime) -> None:
    item = StockItem.objects.select_for_update().get(product_id=line.product_id)
    if item.on_hand - item.reserved < line.quantity:
        raise ValueError(f"{line.sku} is out of stock")
    item.reserved += line.quantity
    item.save()
    StockMovement.objects.create(
        stock_item=item,
        reason="RESERVE",
        on_hand=0,
        reserved=line.quantity,
        channel=CHANNEL,
        channel_reference=placed.channel_reference,
        line_reference=line.line_reference,
        at=now,
    )
    Reservation.objects.create(
        stock_item=item,
        source_id=item.source_id,
        channel=CHANNEL,
        channel_reference=placed.channel_reference,
        line_reference=line.line_reference,
        quantity=line.quantity,
        order_line=line,
    )
