"""One Amazon order, whole: lines with what blocks them, money, address, parcels, what happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from amazon_orders import amounts
from amazon_orders.amounts import Amounts
from amazon_orders.models import AmazonOrder, AmazonOrderItem, AmazonPackage
from commerce.models import Product
from integration import access, personal_data, timeline
from integration.access import Permission, Viewer
from integration.models import Lane, OrderImport, OrderRequest, ProductMatch, TimelineEvent
from integration.orders.order_list import rows
from integration.orders.order_list.rows import OpenBlocker, OrderRow
from integration.outbox import cancellation_status
from integration.outbox.cancellation_status import CancellationRequest

# An order that Amazon changes each hour for a year must not make its page unusable.
EVENTS_SHOWN = 200
# They have places of their own.
_NOT_THE_BUYERS = frozenset(("address", "delivery_wishes", "gift_messages"))


class UnknownOrder(LookupError):
    """There is no such order, or none that the viewer sees."""


@dataclass(frozen=True, slots=True)
class MatchedProduct:
    """The product a line is for; `is_by_match`: a person said so, else it merely has the same SKU."""

    id: int
    sku: str
    name: str
    units: int
    is_enabled: bool
    is_by_match: bool


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """One line. Quantities are Amazon's items; amounts are in the order's currency, None where unknown."""

    order_item_id: str
    asin: str
    seller_sku: str
    title: str
    quantity_ordered: int
    quantity_shipped: int
    quantity_canceled: int
    unit_price: Decimal | None
    currency: str
    amounts: Amounts
    details: dict[str, Any]
    gift_message: str
    product: MatchedProduct | None
    blockers: tuple[OpenBlocker, ...]

    @property
    def sku_or_asin(self) -> str:
        """What a match is made for."""
        return self.seller_sku or self.asin


@dataclass(frozen=True, slots=True)
class PackageDetails:
    """One parcel that Amazon knows of; `items` are (order item id, quantity)."""

    package_reference_id: str
    carrier: str
    shipping_service: str
    tracking_number: str
    shipped_at: datetime | None
    status: str
    detailed_status: str
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Money:
    """The order's parts and Amazon's own total. `gap`: what the parts miss of it; it blocks nothing."""

    amounts: Amounts
    currency: str
    gap: Decimal

    @property
    def adds_up(self) -> bool:
        """Whether the parts are the total, to the cent."""
        return not self.gap


@dataclass(frozen=True, slots=True)
class Address:
    """Where the order goes: Amazon's address, and the one that a person put in its place.

    Both are None where there is none or the viewer may not see personal data (`is_hidden`).
    """

    amazon: dict[str, str] | None
    correction: dict[str, str] | None
    gaps: tuple[str, ...]
    corrected_by: str
    corrected_at: datetime | None
    is_hidden: bool

    @property
    def in_force(self) -> dict[str, str] | None:
        """The one a parcel is sent to."""
        return self.correction or self.amazon


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the timeline, in words. `actor` is empty where the system acted.

    An outside change has its text in three parts too: what Amazon `did`, what was `done`, what is `to_do`.
    """

    at: datetime
    code: str
    text: str
    actor: str
    did: str = ""
    done: str = ""
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """A person's decision to leave the order out."""

    reason: str
    by: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """Everything about one order. The newest event comes first."""

    row: OrderRow
    items: tuple[ItemDetails, ...]
    packages: tuple[PackageDetails, ...]
    money: Money
    address: Address
    timeline: tuple[Entry, ...]
    skip: Skip | None
    channel_name: str
    service_level: str
    programs: tuple[str, ...]
    earliest_ship_at: datetime | None
    earliest_deliver_at: datetime | None
    latest_deliver_at: datetime | None
    last_updated_at: datetime
    received_at: datetime
    refresh_requested_at: datetime | None
    imported_at: datetime | None
    seller_order_id: str
    replaces_order_id: str
    is_import_requested: bool
    amounts_lowered_at: datetime | None
    asked_at: datetime | None
    cancellation: CancellationRequest | None
    buyer: dict[str, Any] = field(default_factory=dict)
    oddities: tuple[str, ...] = ()
    delivery_wishes: tuple[str, ...] = ()


def find_order(*, viewer: Viewer, amazon_order_id: str) -> OrderDetails:
    """One order of the viewer's stores. Seven statements. Raises UnknownOrder."""
    order = (
        access.scope_amazon_orders(viewer, AmazonOrder.objects.filter(amazon_order_id=amazon_order_id))
        .select_related(*rows.RELATED, "order_import__address_correction", "personal_data")
        .annotate(
            refresh_requested_at=_refresh_wanted(),
            asked_to_cancel=cancellation_status.newest("amazon_order_id"),
        )
        .first()
    )
    if order is None:
        raise UnknownOrder(amazon_order_id)
    link = order.order_import
    personal = _personal(viewer, order)
    reasons = rows.open_blockers([order.pk]).get(order.pk, ())
    events = _events(order.pk)
    items = list(AmazonOrderItem.objects.filter(order=order).order_by("position"))
    parts = _money(order, items)
    return OrderDetails(
        row=rows.row_of(order, reasons, events[0].text if events else "", personal.get("buyer_name")),
        items=_items(order, items, parts[1], reasons, personal.get("gift_messages", {})),
        packages=tuple(
            _package(package) for package in AmazonPackage.objects.filter(order=order).order_by("pk")
        ),
        money=Money(amounts=parts[0], currency=order.total_currency, gap=parts[0].gap),
        address=_address(viewer, order, personal),
        timeline=events,
        skip=_skip(link),
        channel_name=order.channel_name,
        service_level=order.service_level,
        programs=tuple(order.programs),
        earliest_ship_at=order.earliest_ship_at,
        earliest_deliver_at=order.earliest_deliver_at,
        latest_deliver_at=order.latest_deliver_at,
        last_updated_at=order.last_updated_at,
        received_at=order.received_at,
        refresh_requested_at=order.refresh_requested_at,
        imported_at=link.imported_at,
        seller_order_id=order.seller_order_id,
        replaces_order_id=order.replaces_order_id,
        is_import_requested=link.is_import_requested,
        amounts_lowered_at=link.amounts_lowered_at,
        asked_at=link.asked_at,
        cancellation=cancellation_status.from_annotation(order.asked_to_cancel),
        oddities=tuple(order.oddities),
        delivery_wishes=tuple(personal.get("delivery_wishes", ())),
        buyer={key: value for key, value in personal.items() if key not in _NOT_THE_BUYERS},
    )


def _refresh_wanted() -> Subquery:
    """Since when a person waits for Amazon to be asked for the order again."""
    waiting = OrderRequest.objects.filter(
        account_id=OuterRef("store__account_id"),
        amazon_order_id=OuterRef("amazon_order_id"),
        lane=Lane.PERSON,
        answered_at=None,
    )
    return Subquery(waiting.values("wanted_at"))


def _personal(viewer: Viewer, order: AmazonOrder) -> dict[str, Any]:
    kept = getattr(order, "personal_data", None)
    if kept is None or not viewer.may(Permission.SEE_PERSONAL_DATA):
        return {}
    return personal_data.opened(order.amazon_order_id, kept.sealed)


def _events(order_id: int) -> tuple[Entry, ...]:
    events = TimelineEvent.objects.filter(order_import_id=order_id).order_by("-id")[:EVENTS_SHOWN]
    return tuple(
        Entry(
            event.at,
            event.code,
            timeline.words(event.code, event.details),
            event.actor,
            *timeline.parts(event.details),
        )
        for event in events
    )


def _money(order: AmazonOrder, items: Iterable[AmazonOrderItem]) -> tuple[Amounts, list[Amounts]]:
    is_free = bool(order.replaces_order_id)
    lines = [amounts.Line(item.proceeds, item.unit_price, item.quantity_ordered, is_free) for item in items]
    return amounts.of_order(order.proceeds, lines)


def _items(
    order: AmazonOrder,
    items: list[AmazonOrderItem],
    parts: list[Amounts],
    reasons: tuple[OpenBlocker, ...],
    gift_messages: dict[str, str],
) -> tuple[ItemDetails, ...]:
    products = _products(order.store.account_id, items)
    return tuple(
        ItemDetails(
            order_item_id=item.order_item_id,
            asin=item.asin,
            seller_sku=item.seller_sku,
            title=item.title,
            quantity_ordered=item.quantity_ordered,
            quantity_shipped=item.quantity_shipped,
            quantity_canceled=item.quantity_canceled,
            unit_price=item.unit_price,
            currency=item.currency,
            amounts=line,
            details=item.details,
            gift_message=gift_messages.get(item.order_item_id, ""),
            product=products.get(item.seller_sku or item.asin),
            blockers=tuple(reason for reason in reasons if reason.order_item_id == item.order_item_id),
        )
        for item, line in zip(items, parts, strict=True)
    )


def _products(account_id: int, items: Iterable[AmazonOrderItem]) -> dict[str, MatchedProduct]:
    """The products by seller SKU or ASIN; a match wins over the product that merely has the same SKU."""
    keys = {item.seller_sku or item.asin for item in items} - {""}
    same = {product.sku: _matched(product, 1, False) for product in Product.objects.filter(sku__in=keys)}
    matches = ProductMatch.objects.filter(account_id=account_id, seller_sku__in=keys).select_related(
        "product"
    )
    return same | {match.seller_sku: _matched(match.product, match.units, True) for match in matches}


def _matched(product: Product, units: int, is_by_match: bool) -> MatchedProduct:
    return MatchedProduct(
        id=product.pk,
        sku=product.sku,
        name=product.name,
        units=units,
        is_enabled=product.is_enabled,
        is_by_match=is_by_match,
    )


def _package(package: AmazonPackage) -> PackageDetails:
    return PackageDetails(
        package_reference_id=package.package_reference_id,
        carrier=package.carrier,
        shipping_service=package.shipping_service,
        tracking_number=package.tracking_number,
        shipped_at=package.shipped_at,
        status=package.status,
        detailed_status=package.detailed_status,
        items=tuple((content["order_item_id"], content["quantity"]) for content in package.items),
    )


def _address(viewer: Viewer, order: AmazonOrder, personal: dict[str, Any]) -> Address:
    correction = getattr(order.order_import, "address_correction", None)
    is_hidden = not viewer.may(Permission.SEE_PERSONAL_DATA)
    gaps = order.address_gaps if correction is None else correction.address_gaps
    corrected = None
    if correction is not None and not is_hidden:
        corrected = personal_data.open_correction(order.amazon_order_id, correction.sealed)
    return Address(
        amazon=personal.get("address"),
        correction=corrected,
        gaps=tuple(part for part in gaps.split(",") if part),
        corrected_by=correction.corrected_by if correction else "",
        corrected_at=correction.corrected_at if correction else None,
        is_hidden=is_hidden,
    )


def _skip(link: OrderImport) -> Skip | None:
    if link.skipped_at is None:
        return None
    return Skip(reason=link.skip_reason, by=link.skipped_by, at=link.skipped_at, until=link.skip_until)
