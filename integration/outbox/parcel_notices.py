"""Parcels without a tracking number: what goes into order fulfillment feeds, and what becomes of it.

Amazon's report is no proof that a parcel is shown: whatever it says, the order is read back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from amazon_orders import marketplaces
from integration.models import (
    ConfirmationState,
    ConfirmationWay,
    FeedRequestState,
    Lane,
    ParcelNotice,
    ShipmentConfirmation,
)
from integration.outbox import carriers, confirmations
from integration.outbox.feed_documents import Refusal
from integration.outbox.fulfillment_document import ParcelToTell, fulfillments
from integration.transactions import step_over

# A feed of a few messages takes Amazon minutes; a parcel that is shown counts, whatever becomes of the feed.
LOOKED_AFTER = timedelta(minutes=5)
_ANSWER = ("state", "version", "feed", "message_id", "refusal", "refusal_code", "answered_at")


def owe(rows: Sequence[ShipmentConfirmation], *, by: str, now: datetime) -> None:
    """These locked or new rows go with the next feed. At most three statements.

    One that is in a feed now is left alone: its answer is found to be about an older word (`note`).
    """
    if not rows:
        return
    locked = ParcelNotice.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update()
    known = {notice.pk: notice for notice in locked}
    again = [notice for notice in known.values() if notice.state != FeedRequestState.SENT]
    versions = {row.pk: row.version for row in rows}
    for notice in again:
        _open_again(notice, versions[notice.pk])
    ParcelNotice.objects.bulk_update(again, _ANSWER)
    ParcelNotice.objects.bulk_create(_new(row, by, now) for row in rows if row.pk not in known)


def drop(rows: Sequence[ShipmentConfirmation]) -> None:
    """These have a number now and go by confirmShipment; what is in a feed is answered and passed over."""
    if rows:
        notices = ParcelNotice.objects.filter(pk__in=[row.pk for row in rows])
        notices.exclude(state=FeedRequestState.SENT).delete()


def gathered(notices: Sequence[ParcelNotice], *, now: datetime) -> None:
    """They go with a feed from here on; their parcels are looked for while Amazon works on it."""
    owed = ShipmentConfirmation.objects.filter(
        pk__in=[notice.pk for notice in notices], way=ConfirmationWay.FEED, state=ConfirmationState.OWED
    )
    # Those that a correction holds are stepped over: they are owed anew, and the feed's answer says so.
    rows = list(step_over(owed.order_by("pk")))
    versions = {row.pk: row.version for row in rows}
    for row in rows:
        row.state, row.sent_at, row.due_at = ConfirmationState.SENT, now, now + LOOKED_AFTER
        row.answered_at = None
    ShipmentConfirmation.objects.bulk_update(rows, ["state", "sent_at", "due_at", "answered_at"])
    for notice in notices:
        notice.version = versions.get(notice.pk, notice.version)
    ParcelNotice.objects.bulk_update(notices, ["version"])


def document(seller_id: str, notices: Sequence[ParcelNotice]) -> bytes:
    """The feed's document, by what the parcels hold now. Four statements."""
    keys = [notice.pk for notice in notices]
    rows = ShipmentConfirmation.objects.filter(pk__in=keys).select_related("shipment").in_bulk()
    quantities, codes = confirmations.items_of(keys), confirmations.codes_of(keys)
    at_the_door = confirmations.paid_at_the_door([notice.amazon_order_id for notice in notices])
    parcels = [
        _to_tell(
            notice,
            rows[notice.pk],
            quantities=quantities.get(notice.pk, {}),
            codes=codes.get(notice.pk, {}),
            is_paid_at_the_door=notice.amazon_order_id in at_the_door,
        )
        for notice in notices
    ]
    return fulfillments(seller_id, parcels)


def note(notices: Sequence[ParcelNotice], refusals: Mapping[int, Refusal], *, now: datetime) -> None:
    """Write down what came of a feed: `refusals` by the row's key. In the caller's transaction."""
    if not notices:
        return
    keys = [notice.pk for notice in notices]
    rows = ShipmentConfirmation.objects.filter(pk__in=keys).order_by("pk").select_for_update()
    known = {row.pk: row for row in rows}
    told: list[ShipmentConfirmation] = []
    for notice in notices:
        refusal, row = refusals.get(notice.pk), known[notice.pk]
        if row.way == ConfirmationWay.FEED and row.version != notice.version:
            _open_again(notice, row.version)
            continue
        _answer(notice, refusal, now)
        if row.way == ConfirmationWay.FEED and row.state in (ConfirmationState.OWED, ConfirmationState.SENT):
            _move_on(row, refusal, now)
            told.append(row)
    ParcelNotice.objects.bulk_update(notices, _ANSWER)
    fields = ["state", "sent_at", "answered_at", "due_at", "refusal", "refusal_code"]
    ShipmentConfirmation.objects.bulk_update(told, fields)
    confirmations.ask_all(told, lane=Lane.NOTIFICATION, due_at=now, now=now)


def _new(row: ShipmentConfirmation, by: str, now: datetime) -> ParcelNotice:
    return ParcelNotice(
        confirmation=row,
        account_id=row.account_id,
        marketplace_id=row.marketplace_id,
        amazon_order_id=row.amazon_order_id,
        version=row.version,
        owed_at=now,
        by=by,
    )


def _open_again(notice: ParcelNotice, version: int) -> None:
    notice.state, notice.version = FeedRequestState.OWED, version
    notice.feed, notice.message_id, notice.answered_at = None, None, None
    notice.refusal = notice.refusal_code = ""


def _answer(notice: ParcelNotice, refusal: Refusal | None, now: datetime) -> None:
    notice.state = FeedRequestState.REFUSED if refusal else FeedRequestState.DONE
    notice.refusal = refusal.text[:500] if refusal else ""
    notice.refusal_code = refusal.code[:64] if refusal else ""
    notice.answered_at = now


def _move_on(row: ShipmentConfirmation, refusal: Refusal | None, now: datetime) -> None:
    """Accepted or refused, Amazon's own order decides: a refused parcel may be shown all the same."""
    row.state, row.sent_at, row.answered_at = ConfirmationState.SENT, now, now
    row.due_at = now + confirmations.SOONEST
    row.refusal = refusal.text[:500] if refusal else ""
    row.refusal_code = refusal.code[:64] if refusal else ""


def _to_tell(
    notice: ParcelNotice,
    row: ShipmentConfirmation,
    *,
    quantities: Mapping[str, int],
    codes: Mapping[str, Sequence[str]],
    is_paid_at_the_door: bool,
) -> ParcelToTell:
    shipment, country = row.shipment, marketplaces.by_id(row.marketplace_id).country_code
    is_other = shipment.carrier_code == carriers.OTHER
    return ParcelToTell(
        message_id=notice.message_id or 0,
        amazon_order_id=notice.amazon_order_id,
        reference=row.package_reference,
        shipped_at=shipment.shipped_at,
        carrier_code="" if is_other else shipment.carrier_code,
        carrier_name=shipment.carrier if is_other else "",
        service=carriers.shipping_method(shipment.service, country=country),
        is_cash_on_delivery=is_paid_at_the_door and country == "JP",
        quantities=quantities,
        unit_codes=codes,
    )
