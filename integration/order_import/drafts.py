"""From an Amazon order to the draft of a Commerce order: amounts, lines, parcels, buyer.

Reads, never writes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import get_currency_precision

from amazon_orders import amounts
from amazon_orders.amounts import Amounts
from amazon_orders.models import AmazonOrderItem, AmazonPackage, PersonalData
from commerce.orders import personal_data as commerce_personal_data
from commerce.orders.drafts import LineDraft, OrderDraft, ParcelDraft
from commerce.orders.late_amounts import LateAmounts
from integration import personal_data
from integration.decision.facts import LineFacts
from integration.models import NumberSource
from integration.models.imports import CHANNEL
from integration.order_import.gather import Gathered

# The buyer paid Amazon and chose among its services.
PAYMENT_METHOD = "Amazon"
SHIPPING_METHOD = "Amazon"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What Amazon (or a person's correction) says of buyer and recipient; empty where it was withheld."""

    name: str
    email: str
    personal: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What drafts need beyond the facts, read for a whole batch."""

    packages: dict[int, list[AmazonPackage]]
    buyers: dict[int, Buyer]


def gather(batch: Sequence[Gathered]) -> Parts:
    """Packages of orders that have shipped something, and the buyers of all; 2 statements."""
    shipped = [each.order.pk for each in batch if any(line.shipped for line in each.facts.lines)]
    packages: dict[int, list[AmazonPackage]] = defaultdict(list)
    # Most orders come in before anything has left: they need no packages.
    if shipped:
        for package in AmazonPackage.objects.filter(order_id__in=shipped).order_by("pk"):
            packages[package.order_id].append(package)
    sealed = dict(
        PersonalData.objects.filter(order_id__in=[each.order.pk for each in batch]).values_list(
            "order_id", "sealed"
        )
    )
    return Parts(packages, {each.order.pk: _buyer(each, sealed.get(each.order.pk)) for each in batch})


def draft(each: Gathered, parts: Parts, *, customer_id: int | None) -> OrderDraft:
    """The Commerce order that this Amazon order becomes. Every line has a product: it is clear."""
    facts, order = each.facts, each.order
    # One: an order with several currencies is blocked and never gets here.
    currency = next(iter(facts.currencies))
    total, per_item = _amounts(each)
    settings = order.store.import_settings
    buyer = parts.buyers[order.pk]
    lines = [
        _line(line, item, per_item[item.order_item_id], currency)
        for line in facts.lines
        for item in each.items
        if item.order_item_id == line.reference
    ]
    return OrderDraft(
        channel_reference=order.amazon_order_id,
        commerce_store_id=settings.commerce_store_id,
        number=order.amazon_order_id if settings.number_source == NumberSource.AMAZON else "",
        custom_status=settings.custom_status,
        payment_method=PAYMENT_METHOD,
        payment_reference=order.amazon_order_id,
        shipping_method=f"{SHIPPING_METHOD}: {order.service_level}"
        if order.service_level
        else SHIPPING_METHOD,
        currency=currency,
        **_totals(total),
        purchased_at=order.purchased_at,
        ship_by=order.latest_ship_at,
        sealed_personal=_sealed(order.amazon_order_id, buyer),
        customer_id=customer_id,
        lines=tuple(lines),
        parcels=tuple(parcels(parts.packages.get(order.pk, []), each)),
        takes_stock=facts.is_merchant_fulfilled,
        is_complete=order.status == "SHIPPED",
    )


def parcels(packages: Sequence[AmazonPackage], each: Gathered) -> list[ParcelDraft]:
    """Amazon's packages, their contents in product units."""
    units = _units_per_item(each)
    return [
        ParcelDraft(
            channel_package_reference=package.package_reference_id,
            carrier=package.carrier,
            service=package.shipping_service,
            tracking_number=package.tracking_number,
            shipped_at=package.shipped_at,
            lines=tuple(
                (content["order_item_id"], content["quantity"] * units[content["order_item_id"]])
                for content in package.items
                if content["order_item_id"] in units
            ),
        )
        for package in packages
        if package.status != "CANCELLED"
    ]


def _units_per_item(each: Gathered) -> dict[str, int]:
    """By line: as it was when the order was placed, whatever its match says today."""
    # A pack that is given another size later must not change how many units an order of last week has
    # shipped (ADR 0004).
    if each.facts.commerce is not None:
        return {line.reference: line.units_per_item for line in each.facts.commerce.lines}
    return {line.reference: line.units for line in each.facts.lines}


def late_amounts(each: Gathered) -> LateAmounts | None:
    """What Amazon tells now of amounts that the Commerce order lacks; None where it lacks none."""
    commerce = each.facts.commerce
    if commerce is None:
        return None
    has_all = commerce.grand_total is not None and all(line.has_amount for line in commerce.lines)
    if has_all or len(each.facts.currencies) != 1:
        return None
    total, per_item = _amounts(each)
    if total.items is None and total.total is None:
        return None
    units = _units_per_item(each)
    items = {item.order_item_id: item for item in each.items}
    currency = next(iter(each.facts.currencies))
    return LateAmounts(
        order_id=commerce.id,
        currency=currency,
        totals=_totals(total),
        lines={
            line.reference: _of_line(
                items[line.reference], per_item[line.reference], units[line.reference], currency
            )
            for line in commerce.lines
            if line.reference in items
        },
    )


def _totals(total: Amounts) -> dict[str, Any]:
    return {
        "items_total": total.items,
        "shipping_total": total.shipping,
        "gift_wrap_total": total.gift_wrap,
        "discount_total": total.discount,
        "tax_total": total.tax,
        "included_tax_total": total.included_tax,
        "other_total": total.other,
        "grand_total": total.total,
    }


def _of_line(item: AmazonOrderItem, money: Amounts, units: int, currency: str) -> dict[str, Any]:
    return {
        "unit_price": _unit_price(item, units, money.items, currency),
        "row_total": money.items,
        "shipping": money.shipping,
        "gift_wrap": money.gift_wrap,
        "discount": money.discount,
        "tax": money.tax,
        "other": money.other,
        "included_tax": money.included_tax,
        "shipping_discount": money.shipping_discount,
        "shipping_tax": money.shipping_tax,
        "gift_wrap_tax": money.gift_wrap_tax,
        "cod": money.cod,
        "cod_tax": money.cod_tax,
    }


def _amounts(each: Gathered) -> tuple[Amounts, dict[str, Amounts]]:
    is_free = bool(each.order.replaces_order_id)
    lines = [
        amounts.Line(item.proceeds, item.unit_price, item.quantity_ordered, is_free) for item in each.items
    ]
    total, per_line = amounts.of_order(each.order.proceeds, lines)
    return total, dict(zip([item.order_item_id for item in each.items], per_line, strict=True))


def _line(line: LineFacts, item: AmazonOrderItem, money: Amounts, currency: str) -> LineDraft:
    if line.product is None:
        raise AssertionError("an order is placed only when every line has a product")
    quantity = line.quantity * line.units
    return LineDraft(
        line_reference=line.reference,
        position=item.position,
        product_id=line.product.id,
        sku=line.product.sku,
        name=item.title or line.product.sku,
        quantity=quantity,
        units_per_item=line.units,
        quantity_shipped=line.shipped * line.units,
        **_of_line(item, money, line.units, currency),
    )


def _unit_price(
    item: AmazonOrderItem, units: int, row_total: Decimal | None, currency: str
) -> Decimal | None:
    """Amazon's own price of a unit; for a pack its share, rounded half up. The row total stays exact."""
    if units == 1 and item.unit_price is not None:
        return item.unit_price
    if row_total is None:
        return None
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    return (row_total / (item.quantity_ordered * units)).quantize(digits, ROUND_HALF_UP)


def _buyer(each: Gathered, sealed: bytes | memoryview | None) -> Buyer:
    amazon_order_id = each.order.amazon_order_id
    told = personal_data.opened(amazon_order_id, sealed) if sealed else {}
    correction = getattr(each.order_import, "address_correction", None)
    if correction is not None:
        corrected = personal_data.open_correction(amazon_order_id, correction.sealed)
        # What a person corrected wins over Amazon's word, part by part: Amazon may still correct the
        # other parts.
        told = {**told, "address": {**told.get("address", {}), **corrected}}
    kept = ("buyer_name", "buyer_email", "address", "delivery_wishes", "gift_messages")
    return Buyer(
        name=told.get("buyer_name", ""),
        email=told.get("buyer_email", ""),
        personal={key: told[key] for key in kept if told.get(key)},
    )


def _sealed(amazon_order_id: str, buyer: Buyer) -> bytes | None:
    if not buyer.personal:
        return None
    return commerce_personal_data.seal_for(
        channel=CHANNEL, channel_reference=amazon_order_id, personal=buyer.personal
    )
