"""From records to rows: what each column takes, and what a row keeps of its former self."""

from collections.abc import Iterable
from datetime import datetime

from amazon_orders import normalize
from amazon_orders.models import AmazonOrder, AmazonOrderItem, AmazonPackage
from amazon_orders.records import ItemRecord, OrderRecord, PackageRecord

# What an address lacks of which nothing is known yet.
EVERY_GAP = "street,city,country"
# What an order's row takes from a data set alone.
_FIELDS_OF = {
    "FULFILLMENT": (
        *("status", "fulfilled_by", "service_level"),
        *("earliest_ship_at", "latest_ship_at", "earliest_deliver_at", "latest_deliver_at"),
    ),
    "PAYMENT": ("cash_on_delivery",),
    "PROCEEDS": ("total", "currency", "proceeds"),
}


def data_sets_key(data_sets: Iterable[str]) -> str:
    """The name of a combination of data sets in `content_hashes`."""
    return ",".join(sorted(data_sets))


def order_row(
    record: OrderRecord, known: AmazonOrder | None, *, store_id: int, asked_at: datetime, now: datetime
) -> AmazonOrder:
    """The row of an order: new, or `known` in its next version."""
    row = AmazonOrder(
        pk=known.pk if known else None,
        store_id=known.store_id if known else store_id,
        amazon_order_id=record.amazon_order_id,
        status=record.status,
        fulfilled_by=record.fulfilled_by,
        channel_name=record.channel_name,
        purchased_at=record.purchased_at,
        last_updated_at=record.last_updated_at,
        total=record.total,
        currency=_currencies(record),
        proceeds=record.proceeds,
        service_level=record.service_level,
        cash_on_delivery=record.cash_on_delivery,
        earliest_ship_at=record.earliest_ship_at,
        latest_ship_at=record.latest_ship_at,
        earliest_deliver_at=record.earliest_deliver_at,
        latest_deliver_at=record.latest_deliver_at,
        programs=list(record.programs),
        is_prime="PRIME" in record.programs,
        is_business="AMAZON_BUSINESS" in record.programs,
        is_cancel_requested=_is_cancel_requested(record, known),
        seller_order_id=record.seller_order_id,
        replaces_order_id=record.replaces_order_id,
        address_gaps=_address_gaps(record, known),
        content_hashes={data_sets_key(record.data_sets): record.digest},
        untold=_untold(record, known),
        oddities=list(record.oddities),
        asked_at=asked_at,
        received_at=known.received_at if known else now,
        changed_at=now,
        version=known.version + 1 if known else 1,
        personal_data_purged_at=known.personal_data_purged_at if known else None,
    )
    if known is not None:
        _keep_what_was_not_told(row, record, known)
    return row


def _keep_what_was_not_told(row: AmazonOrder, record: OrderRecord, known: AmazonOrder) -> None:
    for data_set, fields in _FIELDS_OF.items():
        if data_set not in record.data_sets:
            for name in fields:
                setattr(row, name, getattr(known, name))


def _untold(record: OrderRecord, known: AmazonOrder | None) -> list[str]:
    """What Amazon has never told of the order; once told it is known, if perhaps not the newest."""
    before = normalize.DATA_SETS if known is None else known.untold
    return [data_set for data_set in before if data_set not in record.data_sets]


def _currencies(record: OrderRecord) -> str:
    """The order's currency and, where they differ, those of its lines."""
    codes = [record.currency, *(item.currency for item in record.items)]
    return ",".join(dict.fromkeys(code for codes_ in codes for code in codes_.split(",") if code))[:32]


def _is_cancel_requested(record: OrderRecord, known: AmazonOrder | None) -> bool:
    if known is not None and "CANCELLATION" not in record.data_sets:
        return known.is_cancel_requested
    return record.is_cancel_requested


def _address_gaps(record: OrderRecord, known: AmazonOrder | None) -> str:
    """An address that Amazon withholds later was not lost: the one we have still counts."""
    if record.personal.get("address"):
        return record.address_gaps
    if known is not None and (getattr(known, "personal_data", None) or known.personal_data_purged_at):
        return known.address_gaps
    return record.address_gaps if "RECIPIENT" in record.data_sets else EVERY_GAP


def item_row(order: AmazonOrder, item: ItemRecord) -> AmazonOrderItem:
    """The row of a line."""
    return AmazonOrderItem(
        order_id=order.pk,
        order_item_id=item.order_item_id,
        position=item.position,
        asin=item.asin,
        seller_sku=item.seller_sku,
        title=item.title,
        quantity_ordered=item.quantity_ordered,
        quantity_shipped=item.quantity_shipped,
        quantity_canceled=item.quantity_canceled,
        unit_price=item.unit_price,
        currency=item.currency,
        proceeds=item.proceeds,
        details=item.details,
    )


def package_row(order: AmazonOrder, package: PackageRecord) -> AmazonPackage:
    """The row of a parcel."""
    return AmazonPackage(
        order_id=order.pk,
        package_reference_id=package.package_reference_id,
        carrier=package.carrier,
        shipping_service=package.shipping_service,
        tracking_number=package.tracking_number,
        shipped_at=package.shipped_at,
        status=package.status,
        detailed_status=package.detailed_status,
        items=list(package.items),
    )
