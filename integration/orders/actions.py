"""What a person does about orders: retry, refresh, import, skip, correct the address.

Every operation takes primary keys that the caller has scoped (`access`), does what it can in one transaction,
and tells which orders it left alone and why. What it changes becomes due: the pipeline does the rest.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, prefetch_related_objects

from amazon_orders.addresses import gaps_of
from amazon_orders.models import AmazonOrder
from integration import personal_data, timeline
from integration.decision.policy import CANCELED, Reason
from integration.models import AddressCorrection, ImportState, Lane, OrderImport, RequestReason
from integration.order_import import due
from integration.people import audit
from integration.people.audit import AuditAction, AuditEvent
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.timeline import EventCode

LONGEST_REASON = 200
LONGEST_ADDRESS_PART = 300


class BadRequest(ValueError):
    """What was asked for makes no sense for any order; `field` names the argument, the text says why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """Which orders it was done for, and why not for the others: a sentence by primary key."""

    done: tuple[int, ...]
    refused: Mapping[int, str]


# Why an order is left alone, or nothing.
_Refusal = Callable[[OrderImport], str]


def retry(*, order_ids: Collection[int], by: str, now: datetime) -> ActionOutcome:
    """Judge waiting and blocked orders again."""
    return _intervene(order_ids, _unless_open, EventCode.RETRY_REQUESTED, by=by, now=now)


def refresh(
    *,
    order_ids: Collection[int],
    by: str,
    now: datetime,
    why: RequestReason = RequestReason.PERSON,
) -> ActionOutcome:
    """Ask Amazon for the orders again; it is done as soon as the quota allows."""
    with transaction.atomic():
        outcome = _intervene(order_ids, _unless_store_is_active, EventCode.REFRESH_REQUESTED, by=by, now=now)
        keys = AmazonOrder.objects.filter(pk__in=outcome.done).values_list(
            "store__account_id", "amazon_order_id"
        )
        wanted = [WantedOrder(account_id, amazon_order_id) for account_id, amazon_order_id in keys]
        # In the transaction of the events: a timeline that says "asked" without a request would wait
        # for ever.
        order_requests.request(wanted, lane=Lane.PERSON, why=why, by=by, now=now)
    return outcome


def request_import(*, order_ids: Collection[int], by: str, now: datetime) -> ActionOutcome:
    """Import view-only orders after all."""
    return _intervene(
        order_ids,
        _unless_importable,
        EventCode.IMPORT_REQUESTED,
        by=by,
        now=now,
        fields={"is_import_requested": True},
    )


def skip(
    *, order_ids: Collection[int], reason: str, until: datetime | None, by: str, now: datetime
) -> ActionOutcome:
    """Leave orders out for a reason, for ever or until a moment. Raises BadRequest."""
    reason = skip_reason(reason, until=until, now=now)
    return _intervene(
        order_ids,
        _unless_skippable,
        EventCode.SKIPPED,
        by=by,
        now=now,
        fields={"skip_reason": reason, "skipped_by": by, "skipped_at": now, "skip_until": until},
        details={"reason": reason},
        what=AuditAction.ORDER_SKIPPED,
    )


def skip_reason(reason: str, *, until: datetime | None, now: datetime) -> str:
    """The reason of a skip as it is kept. Raises BadRequest where it or the end makes no sense."""
    reason = reason.replace("\x00", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise BadRequest("reason", f"Say why, in at most {LONGEST_REASON} characters.")
    if until is not None and until <= now:
        raise BadRequest("until", "The end of the skip must lie in the future.")
    return reason


def unskip(*, order_ids: Collection[int], by: str, now: datetime) -> ActionOutcome:
    """End skips before their time: the judgment that follows finds them over and clears them."""
    return _intervene(
        order_ids, _unless_skipped, EventCode.SKIP_ENDED, by=by, now=now, fields={"skip_until": now}
    )


def settle_amounts(*, order_ids: Collection[int], by: str, now: datetime) -> ActionOutcome:
    """A person has dealt with a total that Amazon lowered after shipping, e.g. by a credit memo."""
    return _intervene(
        order_ids,
        _unless_amounts_are_lowered,
        EventCode.AMOUNTS_SETTLED,
        by=by,
        now=now,
        fields={"amounts_lowered_at": None},
    )


def correct_address(*, order_id: int, address: Mapping[str, str], by: str, now: datetime) -> ActionOutcome:
    """Deliver to another address than Amazon's, which stays as it was. Raises BadRequest."""
    cleaned = _cleaned(address)
    amazon_order_id = AmazonOrder.objects.values_list("amazon_order_id", flat=True).get(pk=order_id)
    # Sealed before the transaction begins: no lock is held while bytes are encrypted.
    correction = AddressCorrection(
        order_import_id=order_id,
        sealed=personal_data.seal_correction(amazon_order_id, cleaned),
        address_gaps=gaps_of(cleaned),
        corrected_by=by,
        corrected_at=now,
    )
    with transaction.atomic():
        what = AuditAction.ADDRESS_CORRECTED
        outcome = _intervene(
            [order_id], _unless_correctable, EventCode.ADDRESS_CORRECTED, by=by, now=now, what=what
        )
        if outcome.done:
            AddressCorrection.objects.bulk_create(
                [correction],
                update_conflicts=True,
                unique_fields=["order_import"],
                update_fields=["sealed", "address_gaps", "corrected_by", "corrected_at"],
            )
    return outcome


def _cleaned(address: Mapping[str, str]) -> dict[str, str]:
    for key in address:
        if key not in personal_data.ADDRESS_KEYS:
            raise BadRequest(key, f"An address has no part {key!r}.")
    cleaned = {key: text.replace("\x00", "").strip() for key, text in address.items()}
    for key, text in cleaned.items():
        if len(text) > LONGEST_ADDRESS_PART:
            raise BadRequest(key, f"At most {LONGEST_ADDRESS_PART} characters.")
    return {key: text for key, text in cleaned.items() if text}


def _intervene(
    order_ids: Collection[int],
    refusal: _Refusal,
    code: EventCode,
    *,
    by: str,
    now: datetime,
    fields: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    what: AuditAction | None = None,
) -> ActionOutcome:
    """Lock, sort out, change what may be changed and tell it: four statements for any number of orders,
    and two where it is written down as `what`.
    """
    with transaction.atomic():
        locked = list(
            OrderImport.objects.filter(pk__in=order_ids)
            .select_related("amazon_order__store")
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True)
        )
        # After the lock: PostgreSQL does not read joined rows again when it had to wait for the locked one.
        prefetch_related_objects(locked, "commerce_order")
        # Under the lock, and again although the page has looked: what the page showed may be minutes
        # old.
        refused = {row.pk: text for row in locked if (text := refusal(row))}
        done = tuple(row.pk for row in locked if row.pk not in refused)
        if done:
            # The version is all it takes: a judgment under way loses, and the next one finds what was
            # changed.
            OrderImport.objects.filter(pk__in=done).update(version=F("version") + 1, **(fields or {}))
            timeline.record_events(
                [timeline.event(pk, code, now=now, actor=by, **(details or {})) for pk in done]
            )
            if what is not None:
                audit.record_events(
                    [_audit_event(row, what, by) for row in locked if row.pk not in refused], now=now
                )
    return ActionOutcome(done=done, refused=refused)


def _audit_event(row: OrderImport, what: AuditAction, by: str) -> AuditEvent:
    """What was typed as a reason stays out: it may name somebody."""
    order = row.amazon_order
    return AuditEvent(what=what, by=by, store_ids=(order.store_id,), subject=order.amazon_order_id)


def _ended(row: OrderImport) -> str:
    """Why nothing can be done about an order any more."""
    if row.commerce_order is not None:
        return f"The order is imported already, as Commerce order {row.commerce_order.number}."
    if row.state == ImportState.CANCELED or row.amazon_order.status in CANCELED:
        return "The order is canceled at Amazon."
    return ""


def _unless_open(row: OrderImport) -> str:
    if text := _ended(row):
        return text
    if row.state not in due.OPEN_STATES:
        how = "end the skip" if row.state == ImportState.SKIPPED else "import it"
        return f"The order is {row.get_state_display().lower()}: {how} instead."
    return ""


def _unless_store_is_active(row: OrderImport) -> str:
    if row.amazon_order.store.is_active:
        return ""
    return f"The store {row.amazon_order.store.name} is inactive: activate it first."


def _unless_importable(row: OrderImport) -> str:
    if text := _ended(row):
        return text
    if row.state != ImportState.VIEW_ONLY:
        return f"The order is {row.get_state_display().lower()}, not view only: it needs no request."
    if row.reason == Reason.MULTI_CHANNEL:
        return "A multi-channel order belongs to the shop it was sold in and is never imported."
    return ""


def _unless_skippable(row: OrderImport) -> str:
    if text := _ended(row):
        return text
    return (
        "The order is view only: nothing is imported of it anyway."
        if row.state == ImportState.VIEW_ONLY
        else ""
    )


def _unless_skipped(row: OrderImport) -> str:
    return "" if row.skipped_at is not None and row.commerce_order is None else "The order is not skipped."


def _unless_amounts_are_lowered(row: OrderImport) -> str:
    return "" if row.amounts_lowered_at is not None else "There are no lowered amounts to settle."


def _unless_correctable(row: OrderImport) -> str:
    if text := _ended(row):
        return text
    return "Amazon delivers this order itself." if row.amazon_order.fulfilled_by == "AMAZON" else ""
