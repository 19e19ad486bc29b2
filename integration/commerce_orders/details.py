"""One Commerce order, whole: lines, parcels, money, what happened to it, and how it stands with Amazon."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import JSONField, OuterRef, Subquery

from amazon_orders.models import AmazonOrder, AmazonOrderItem
from commerce.models import (
    CreditMemo,
    Invoice,
    Order,
    OrderComment,
    OrderEvent,
    OrderLine,
    Shipment,
    ShipmentLine,
)
from commerce.orders import comments, customers, order_queries, order_state
from commerce.orders.comments import Comment
from commerce.orders.customers import Contact
from commerce.transitions import Step, may
from integration import access
from integration.access import Permission, Viewer
from integration.models import ShipmentConfirmation
from integration.outbox import cancellation_status
from integration.outbox.cancellation_status import CancellationRequest
from integration.outbox.ways import PICK_UP, SHIP_PLUS

EVENTS_SHOWN = 200
_TOTALS = ("items", "shipping", "gift_wrap", "discount", "tax", "other")
# Amazon's word for a tax that it collects and pays to the authorities itself.
FACILITATOR = "MARKETPLACE_FACILITATOR"
UNSHIPPED = "UNSHIPPED"
# Amazon's word for items of which each unit has a code that proves it genuine.
TRANSPARENCY = "TRANSPARENCY"


class UnknownOrder(LookupError):
    """There is no such order, or none that the viewer sees."""


@dataclass(frozen=True, slots=True)
class LineDetails:
    """A line and the units of it that are neither shipped nor canceled."""

    line: OrderLine
    to_ship: int
    gift_message: str = ""
    wants_unit_codes: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A shipment with what is in it; `confirmation` is what Amazon was told of it, None: nothing is owed."""

    shipment: Shipment
    contents: tuple[ShipmentLine, ...]
    confirmation: ShipmentConfirmation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceHead:
    """An order, and how it stands with Amazon. `personal` is empty where it is not for the viewer, or purged.

    `cancellation`: the newest request of ours to cancel it at Amazon.
    """

    order: Order
    invoice: Invoice | None
    amazon: AmazonOrder | None
    cancellation: CancellationRequest | None
    customer: Contact | None
    tax_facts: Mapping[str, Any]
    personal: dict[str, Any] = field(default_factory=dict)

    @property
    def gap(self) -> Decimal:
        """What the parts miss of the order's own total."""
        amounts = [getattr(self.order, f"{name}_total") or Decimal(0) for name in _TOTALS]
        return (self.order.grand_total or Decimal(0)) - sum(amounts, Decimal(0))

    @property
    def is_tax_amazons(self) -> bool:
        """Whether Amazon collects the tax and pays it on, not the seller."""
        return FACILITATOR in self.tax_facts.get("tax_collected_by", ())

    @property
    def tax_responsible(self) -> str:
        """Who Amazon says is responsible for the tax, where it does."""
        return ", ".join(dict.fromkeys(self.tax_facts.get("tax_responsible", ())))

    @property
    def is_being_canceled(self) -> bool:
        """Whether Amazon was asked, or is to be asked, to cancel it."""
        return self.cancellation is not None and self.cancellation.is_open

    @property
    def may_hold(self) -> bool:
        """Whether it can be put on hold."""
        return may(self.order.status, Step.HOLD)

    @property
    def may_unhold(self) -> bool:
        """Whether it can be taken off hold; not while Amazon is asked to cancel it."""
        return may(self.order.status, Step.UNHOLD) and not self.is_being_canceled

    @property
    def may_refund(self) -> bool:
        """Whether money can be given back."""
        is_charged = self.invoice is not None and self.invoice.voided_at is None
        return is_charged and may(self.order.status, Step.REFUND) and self.order.refunded_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceDetails(CommerceHead):
    """Everything about one order; the newest event comes first."""

    lines: tuple[LineDetails, ...]
    parcels: tuple[Parcel, ...]
    credit_memos: tuple[CreditMemo, ...]
    comments: tuple[Comment, ...]
    events: tuple[OrderEvent, ...]

    @property
    def is_something_left(self) -> bool:
        """Whether units are still to be shipped."""
        return any(each.to_ship for each in self.lines)

    @property
    def wants_cancel(self) -> bool:
        """Whether the buyer asks to cancel what is not yet wholly shipped."""
        is_asked = self.amazon is not None and self.amazon.is_cancel_requested
        return is_asked and self.is_something_left and not self.is_being_canceled

    @property
    def may_ship(self) -> bool:
        """Whether a parcel may leave now."""
        return may(self.order.status, Step.SHIP) and self.is_something_left and not self.is_being_canceled

    @property
    def is_made_by_amazon(self) -> bool:
        """Whether Amazon makes the packages itself and is told of none."""
        return self.amazon is not None and SHIP_PLUS in self.amazon.programs

    @property
    def is_picked_up(self) -> bool:
        """Whether the buyer fetches it in a store."""
        return self.amazon is not None and PICK_UP in self.amazon.programs

    @property
    def may_cancel(self) -> bool:
        """Whether the whole order can be canceled: nothing has left, and Amazon would take it."""
        if any(each.line.quantity_shipped for each in self.lines) or self.is_being_canceled:
            return False
        is_amazon_ready = self.amazon is None or self.amazon.status == UNSHIPPED
        return may(self.order.status, Step.CANCEL) and is_amazon_ready


def head(*, viewer: Viewer, number: str) -> CommerceHead:
    """One order of the viewer's without its lines: 1 statement. Raises as `find` does."""
    return CommerceHead(**_head(viewer, number))


def find_commerce_order(*, viewer: Viewer, number: str) -> CommerceDetails:
    """One order of the viewer's, whole. Six statements. Raises UnknownOrder and seal.DecryptionError."""
    found = _head(viewer, number)
    order: Order = found["order"]
    memos = CreditMemo.objects.filter(order=order).select_related("adjustment").order_by("pk")
    return CommerceDetails(
        **found,
        lines=_lines(order, found["personal"].get("gift_messages", {})),
        parcels=_parcels(order),
        credit_memos=tuple(memos),
        comments=_comments(order) if viewer.may(Permission.SEE_PERSONAL_DATA) else (),
        events=tuple(OrderEvent.objects.filter(order=order).order_by("-pk")[:EVENTS_SHOWN]),
    )


def _head(viewer: Viewer, number: str) -> dict[str, Any]:
    sees_people = viewer.may(Permission.SEE_PERSONAL_DATA)
    order = (
        access.scope_commerce_orders(viewer, Order.objects.filter(number=number.replace("\x00", "")))
        .select_related(
            "commerce_store",
            "customer",
            "invoice",
            "order_import__amazon_order__store",
            *(["personal_data"] if sees_people else []),
        )
        .annotate(tax_facts=_tax_facts(), asked_to_cancel=cancellation_status.newest("channel_reference"))
        .first()
    )
    if order is None:
        raise UnknownOrder(number)
    link = getattr(order, "order_import", None)
    return {
        "order": order,
        "invoice": getattr(order, "invoice", None),
        "amazon": link.amazon_order if link else None,
        "cancellation": cancellation_status.from_annotation(order.asked_to_cancel),
        "customer": customers.contact(order.customer) if sees_people and order.customer else None,
        "tax_facts": order.tax_facts or {},
        "personal": order_queries.personal_of(order) if sees_people else {},
    }


def _tax_facts() -> Subquery:
    """What Amazon says of the tax of the order's first line that says anything."""
    items = AmazonOrderItem.objects.filter(order__order_import__commerce_order=OuterRef("pk"))
    told = items.filter(details__has_key="tax_collected_by").order_by("position")
    return Subquery(told.values("details")[:1], output_field=JSONField())


def _lines(order: Order, gifts: Mapping[str, Any]) -> tuple[LineDetails, ...]:
    return tuple(
        LineDetails(
            line,
            order_state.to_ship(line),
            str(gifts.get(line.line_reference, "")),
            TRANSPARENCY in (line.programs or ()),
        )
        for line in OrderLine.objects.filter(order=order).annotate(programs=_programs()).order_by("position")
    )


def _programs() -> Subquery:
    """Amazon's programs of a line's item."""
    items = AmazonOrderItem.objects.filter(
        order__order_import__commerce_order=OuterRef("order_id"), order_item_id=OuterRef("line_reference")
    )
    return Subquery(items.values("details__programs")[:1], output_field=JSONField())


def _parcels(order: Order) -> tuple[Parcel, ...]:
    """The shipments through what is in them: a shipment without contents there is none."""
    rows = ShipmentLine.objects.filter(shipment__order=order).select_related(
        "order_line", "shipment__confirmation"
    )
    contents: dict[int, list[ShipmentLine]] = defaultdict(list)
    for row in rows.order_by("shipment__shipped_at", "shipment_id", "pk"):
        contents[row.shipment_id].append(row)
    return tuple(
        Parcel(mine[0].shipment, tuple(mine), getattr(mine[0].shipment, "confirmation", None))
        for mine in contents.values()
    )


def _comments(order: Order) -> tuple[Comment, ...]:
    said: Sequence[OrderComment] = list(OrderComment.objects.filter(order=order).order_by("pk"))
    return tuple(comments.opened(said))


def order_of(*, viewer: Viewer, number: str) -> Order:
    """The viewer's order with this number alone, for an operation on it. 1 statement. Raises UnknownOrder."""
    orders = Order.objects.filter(number=number.replace("\x00", "")).select_related("commerce_store")
    order = access.scope_commerce_orders(viewer, orders).first()
    if order is None:
        raise UnknownOrder(number)
    return order
