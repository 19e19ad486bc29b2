"""Amazon's JSON (Orders 2026-01-01) into our own records. Pure; Amazon's keys occur here and nowhere else.

Only `orderId, createdTime, lastUpdatedTime, salesChannel, orderItems` and, per item, `orderItemId,
quantityOrdered, product` are promised; everything else may be missing, and empty strings occur.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from amazon_orders import cash_on_delivery, marketplaces, parcels, personal, reading
from amazon_orders.reading import MalformedPayload
from amazon_orders.records import ItemRecord, OrderRecord, Proceeds

# What our pages and the Commerce order need. FULFILLMENT brings the status, PROCEEDS the money.
DATA_SETS = (
    "BUYER",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "PAYMENT",
    "PROCEEDS",
    "PROMOTION",
    "RECIPIENT",
    "TAX",
)
# Asked for when Amazon fails on a combination of data sets, as it did in August 2026 (models#5365).
FEWER_DATA_SETS = ("BUYER", "FULFILLMENT", "PROCEEDS", "RECIPIENT")
FEWEST_DATA_SETS = ("FULFILLMENT", "PROCEEDS")

# The one key, beside the order id, of what stands for an order whose text is not JSON.
NOT_JSON = "notJson"

# A bound against a broken payload, far above any cart: each item becomes a row in the page's
# transaction.
ITEMS_AT_MOST = 1_000


def normalize(payload: Any, *, data_sets: Iterable[str]) -> OrderRecord:
    """The record of one order, without what is odd in it and not vital. Raises MalformedPayload."""
    if isinstance(payload, Mapping) and NOT_JSON in payload:
        raise MalformedPayload("Amazon's text of the order is not JSON")
    with reading.oddities() as odd:
        record = _normalize(reading.obj(payload, "order"), frozenset(data_sets))
    return dataclasses.replace(record, oddities=tuple(odd))


def _normalize(order: Mapping[str, Any], asked: frozenset[str]) -> OrderRecord:
    channel = _promised_block(order, "salesChannel")
    fulfillment = reading.optional_obj(order.get("fulfillment"), "fulfillment")
    told = asked
    # The status stands in there: without it nothing is known of how far the order is, and it waits until
    # Amazon tells.
    if "FULFILLMENT" in asked and not fulfillment:
        reading.note(MalformedPayload("fulfillment was asked for and is not there"))
        told = asked - {"FULFILLMENT"}
    ship_by = reading.optional_obj(fulfillment.get("shipByWindow"), "shipByWindow")
    deliver_by = reading.optional_obj(fulfillment.get("deliverByWindow"), "deliverByWindow")
    money = reading.Money()
    proceeds = _order_proceeds(order, money)
    raw_items = [
        reading.obj(raw, "orderItems")
        for raw in reading.promised_array(reading.required(order, "orderItems", "orderItems"), "orderItems")
    ]
    items = _items(
        raw_items, status=reading.text(fulfillment.get("fulfillmentStatus"), "fulfillmentStatus", 64)
    )
    words = (reading.text(word, "programs", 64) for word in reading.array(order.get("programs"), "programs"))
    return OrderRecord(
        amazon_order_id=reading.identifier(order, "orderId"),
        marketplace_id=_marketplace_id(channel),
        # An empty one is taken for Amazon's own: only what is named otherwise was sold elsewhere and is
        # only looked at.
        channel_name=reading.text(channel.get("channelName"), "channelName", 32) or "AMAZON",
        purchased_at=_promised_time(order, "createdTime"),
        last_updated_at=_promised_time(order, "lastUpdatedTime"),
        status=reading.text(fulfillment.get("fulfillmentStatus"), "fulfillmentStatus", 64),
        fulfilled_by=reading.text(fulfillment.get("fulfilledBy"), "fulfilledBy", 32),
        total=reading.decimal_or_none(proceeds.get("total")),
        currency=money.currencies,
        proceeds=proceeds,
        cash_on_delivery=cash_on_delivery.of_order(
            order, raw_items, total=reading.decimal_or_none(proceeds.get("total"))
        ),
        service_level=reading.text(fulfillment.get("fulfillmentServiceLevel"), "fulfillmentServiceLevel", 64),
        earliest_ship_at=reading.optional_time(ship_by.get("earliestDateTime"), "shipByWindow"),
        latest_ship_at=reading.optional_time(ship_by.get("latestDateTime"), "shipByWindow"),
        earliest_deliver_at=reading.optional_time(deliver_by.get("earliestDateTime"), "deliverByWindow"),
        latest_deliver_at=reading.optional_time(deliver_by.get("latestDateTime"), "deliverByWindow"),
        programs=tuple(word for word in words if word),
        is_cancel_requested=any(_cancel_is_requested(item) for item in raw_items),
        seller_order_id=_alias(order),
        replaces_order_id=_replaced_order(order),
        address_gaps=personal.address_gaps(order) if "RECIPIENT" in told else "",
        items=items,
        packages=parcels.of_order(order),
        personal=personal.of_order(order, raw_items),
        data_sets=told,
        digest=digest(order),
    )


def _promised_block(container: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A block that Amazon promises and an order can be without."""
    return reading.side({}, lambda: reading.obj(reading.required(container, key, key), key))


def _promised_time(order: Mapping[str, Any], key: str) -> datetime:
    return reading.promised_time(reading.required(order, key, key), key)


def _marketplace_id(channel: Mapping[str, Any]) -> str:
    """Amazon promises neither the id nor the name; either tells the marketplace."""
    name = reading.text(channel.get("marketplaceName"), "marketplaceName", 64)
    given = reading.text(channel.get("marketplaceId"), "marketplaceId", 64)
    return given or marketplaces.id_of_name(name)


def digest(payload: Any) -> str:
    """A digest of the content, so that an equal answer writes nothing. The update time is not content."""
    # Amazon moves that time without changing anything we read: with it in the digest every such order
    # would be written and judged again.
    content = {key: value for key, value in payload.items() if key != "lastUpdatedTime"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def readable_order_id(payload: Any) -> str:
    """The order id of a payload that is otherwise unreadable, or nothing."""
    order_id = payload.get("orderId") if isinstance(payload, Mapping) else None
    if not isinstance(order_id, str):
        return ""
    return order_id.replace("\x00", "").encode("utf-8", "replace").decode()[:64]


def _order_proceeds(order: Mapping[str, Any], money: reading.Money) -> Proceeds:
    stated = reading.optional_obj(order.get("proceeds"), "proceeds")
    return _proceeds(stated, "grandTotal", money, where="proceeds")


def _proceeds(stated: Mapping[str, Any], total_key: str, money: reading.Money, *, where: str) -> Proceeds:
    """Amazon's amounts in a short form of ours, every amount as Amazon wrote it."""
    proceeds: Proceeds = {}
    total = money.read(stated.get(total_key), f"{where}.{total_key}")
    if total is not None:
        proceeds["total"] = total
    parts = [
        part
        for breakdown in reading.array(stated.get("breakdowns"), f"{where}.breakdowns")
        if (
            part := _part(
                reading.optional_obj(breakdown, f"{where}.breakdowns"), money, where=f"{where}.breakdowns"
            )
        )
    ]
    if parts:
        proceeds["parts"] = parts
    return proceeds


def _part(breakdown: Mapping[str, Any], money: reading.Money, *, where: str) -> dict[str, Any] | None:
    amount = money.read(breakdown.get("subtotal"), where)
    if amount is None:
        return None
    part: dict[str, Any] = {"type": reading.text(breakdown.get("type"), where, 32), "amount": amount}
    if breakdown.get("status"):
        part["status"] = reading.text(breakdown["status"], where, 32)
    details = [
        [reading.text(detail.get("subtype"), where, 32), value]
        for detail in (
            reading.optional_obj(raw, where)
            for raw in reading.array(breakdown.get("detailedBreakdowns"), where)
        )
        if (value := money.read(detail.get("value"), where)) is not None
    ]
    if details:
        part["details"] = details
    return part


def _items(raw_items: list[Mapping[str, Any]], *, status: str) -> tuple[ItemRecord, ...]:
    if len(raw_items) > ITEMS_AT_MOST:
        raise MalformedPayload(f"orderItems: more than {ITEMS_AT_MOST}")
    items = tuple(_item(raw, position, status=status) for position, raw in enumerate(raw_items))
    # Lines are matched by this id: with two of the same, one of them would be shipped or canceled for
    # the other.
    if len({item.order_item_id for item in items}) != len(items):
        raise MalformedPayload("orderItems: an item id occurs twice")
    return items


def _item(item: Mapping[str, Any], position: int, *, status: str) -> ItemRecord:
    product = _promised_block(item, "product")
    fulfillment = reading.optional_obj(item.get("fulfillment"), "orderItems.fulfillment")
    price = reading.optional_obj(product.get("price"), "orderItems.product.price")
    money = reading.Money()
    unit_price = money.read(price.get("unitPrice"), "orderItems.product.price.unitPrice")
    stated = reading.optional_obj(item.get("proceeds"), "orderItems.proceeds")
    proceeds = _proceeds(stated, "proceedsTotal", money, where="orderItems.proceeds")
    ordered = reading.quantity(
        reading.required(item, "quantityOrdered", "quantityOrdered"), "quantityOrdered"
    )
    # Absent while nothing has left; never more than was ordered, whatever Amazon counts.
    shipped = reading.count(fulfillment.get("quantityFulfilled"), "quantityFulfilled") or 0
    return ItemRecord(
        order_item_id=reading.identifier(item, "orderItemId"),
        position=position,
        asin=reading.text(product.get("asin"), "asin", 32),
        seller_sku=_sku(product),
        title=reading.text(product.get("title"), "title", 500),
        quantity_ordered=ordered,
        quantity_shipped=min(shipped, ordered),
        quantity_canceled=_canceled(
            item, fulfillment, ordered=ordered, shipped=min(shipped, ordered), status=status
        ),
        unit_price=reading.decimal_or_none(unit_price),
        currency=money.currencies,
        proceeds=proceeds,
        details=_details(item, product, fulfillment),
    )


def _sku(product: Mapping[str, Any]) -> str:
    sku = reading.text(product.get("sellerSku"), "sellerSku", 256)
    # Left out, not cut: a SKU that is cut would be another product's.
    if len(sku) > 255:
        reading.note(MalformedPayload("sellerSku is longer than 255 characters"))
        return ""
    return sku


def _canceled(
    item: Mapping[str, Any], fulfillment: Mapping[str, Any], *, ordered: int, shipped: int, status: str
) -> int:
    """Items of a line that nobody will ship any more.

    Amazon has no count of canceled items. A cancellation that was carried out cancels what is neither
    shipped nor left; without one, an open line cancels what shipped and left do not add up to (but never all
    of it: a line that says 0 and 0 has only not been counted yet).
    """
    cancellation = reading.optional_obj(item.get("cancellation"), "orderItems.cancellation")
    left = reading.count(fulfillment.get("quantityUnfulfilled"), "quantityUnfulfilled")
    if cancellation.get("cancellationExecution"):
        return max(ordered - shipped - (left or 0), 0)
    # Only where Amazon counts what is left: a Pending order has no counts yet, and a canceled one none
    # any more.
    is_open = status in {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}
    if is_open and left is not None and 0 < shipped + left < ordered:
        return ordered - shipped - left
    return 0


def _details(
    item: Mapping[str, Any], product: Mapping[str, Any], fulfillment: Mapping[str, Any]
) -> dict[str, Any]:
    """What pages show beside a line; nothing personal, and only what is there."""
    condition = reading.optional_obj(product.get("condition"), "condition")
    gift = personal.gift_option(fulfillment)
    shipping = reading.optional_obj(fulfillment.get("shipping"), "shipping")
    international = reading.optional_obj(shipping.get("internationalShipping"), "internationalShipping")
    tax = reading.optional_obj(item.get("tax"), "tax")
    promotion = reading.optional_obj(item.get("promotion"), "promotion")
    cancellation = reading.optional_obj(item.get("cancellation"), "cancellation")
    request = reading.optional_obj(cancellation.get("cancellationRequest"), "cancellationRequest")
    execution = reading.optional_obj(cancellation.get("cancellationExecution"), "cancellationExecution")
    found: dict[str, Any] = {
        "condition": reading.text(condition.get("conditionType"), "conditionType", 64),
        "gift_wrap_level": reading.text(gift.get("giftWrapLevel"), "giftWrapLevel", 64),
        "ioss_number": reading.text(international.get("iossNumber"), "iossNumber", 64),
        "programs": [
            reading.text(word, "programs", 64) for word in reading.array(item.get("programs"), "programs")
        ],
        "promotions": _each(promotion.get("breakdowns"), "promotionId"),
        "tax_collected_by": _each(tax.get("taxCollections"), "model"),
        "tax_responsible": _each(tax.get("taxCollections"), "responsibleParty"),
        "tax_schemes": _each(tax.get("taxCalculationBreakdowns"), "reportingScheme"),
        "cancel_reason": reading.text(request.get("cancelReason"), "cancelReason", 200),
        "canceled_by": reading.text(execution.get("cancelledBy"), "cancelledBy", 32),
        "cancel_asked_by": _cancel_asked_by(cancellation),
    }
    return {key: value for key, value in found.items() if value}


def _each(values: Any, key: str) -> list[str]:
    found = (
        reading.text(reading.optional_obj(value, key).get(key), key, 200)
        for value in reading.array(values, key)
    )
    return [text for text in found if text]


def _cancel_is_requested(item: Mapping[str, Any]) -> bool:
    cancellation = reading.optional_obj(item.get("cancellation"), "cancellation")
    # A request that Amazon has carried out is not open any more; Amazon keeps both in the item.
    return bool(cancellation.get("cancellationRequest")) and not cancellation.get("cancellationExecution")


def _cancel_asked_by(cancellation: Mapping[str, Any]) -> str:
    """Who asked for it at Amazon, also once that is carried out; Amazon's model knows the buyer alone."""
    request = reading.optional_obj(cancellation.get("cancellationRequest"), "cancellationRequest")
    return (reading.text(request.get("requester"), "requester", 32) or "BUYER") if request else ""


def _alias(order: Mapping[str, Any]) -> str:
    for raw in reading.array(order.get("orderAliases"), "orderAliases"):
        alias = reading.optional_obj(raw, "orderAliases")
        if alias.get("aliasType") == "SELLER_ORDER_ID":
            return reading.text(alias.get("aliasId"), "aliasId", 128)
    return ""


def _replaced_order(order: Mapping[str, Any]) -> str:
    for raw in reading.array(order.get("associatedOrders"), "associatedOrders"):
        other = reading.optional_obj(raw, "associatedOrders")
        kind = reading.text(other.get("associationType"), "associatedOrders", 64)
        if kind in {"REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"}:
            return reading.text(other.get("orderId"), "associatedOrders", 64)
    return ""
