"""Confirm: Amazon is told of each parcel that has left here, once, and what it made of that is read back.

A row is `SENT` before the call is made. Whatever becomes of the call (an answer that is lost, a worker that
dies), Amazon is looked at before it is told again, and then under the same reference, which edits the package
rather than making a second one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet

from integration.models import ConfirmationState, Lane, ShipmentConfirmation
from integration.outbox import carriers, confirmations
from integration.spapi import shipping
from integration.spapi.client import SellerClient
from integration.spapi.errors import ReadOnly, Rejected, RetryLater, StoreMisconfigured, may_have_arrived
from integration.spapi.shipping import Package

logger = structlog.get_logger(__name__)
# A burst of Amazon's quota; the rest is the next claim's.
AT_A_TIME = 10
# Longer than a batch of calls that all time out but the last.
CLAIMED_FOR = timedelta(minutes=6)
READ_BACK_AFTER = timedelta(seconds=30)
LOOKED_AFTER = timedelta(seconds=10)
AFTER_A_REFUSAL = timedelta(minutes=15)
# Amazon answers so where the order has no unit left to ship: its state has to be looked at.
ALREADY = "PackageToUpdateNotFound"


class Result(Enum):
    """What became of a call."""

    ACCEPTED = auto()
    REFUSED = auto()
    LOOK = auto()  # Amazon says that there is nothing to do: maybe it was done already
    LOST = auto()  # no answer that can be believed
    NOT_SENT = auto()  # nothing was said to Amazon


@dataclass(frozen=True, slots=True)
class Told:
    """One row and what became of telling it."""

    row: ShipmentConfirmation
    result: Result
    text: str = ""
    code: str = ""
    request_id: str = ""
    after: timedelta = timedelta(0)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """Rows of one account that are the caller's to send."""

    account_id: int
    rows: tuple[ShipmentConfirmation, ...]


def owed_accounts(*, now: datetime) -> set[int]:
    """Accounts that owe Amazon a word now; one statement."""
    return set(_owed(now).values_list("account_id", flat=True))


def take_next(
    *, now: datetime, is_troubled: bool | None = None, account_id: int | None = None
) -> Sending | None:
    """Some of the longest owed of one account, `SENT` from here on; what others take is stepped over.

    Of any account of this kind, or of the one that is named. Five statements.
    """
    owed = _owed(now)
    if is_troubled is not None:
        owed = owed.filter(account__sync__is_troubled=is_troubled)
    if account_id is not None:
        owed = owed.filter(account_id=account_id)
    with transaction.atomic():
        first = _stepping_over(owed.order_by("due_at", "pk")).first()
        if first is None:
            return None
        others = owed.filter(account_id=first.account_id).order_by("pk")
        rows = list(_stepping_over(others)[:AT_A_TIME])
        for row in rows:
            row.state, row.sent_at, row.due_at = ConfirmationState.SENT, now, now + CLAIMED_FOR
            row.answered_at, row.attempts = None, row.attempts + 1
        fields = ["state", "sent_at", "due_at", "answered_at", "attempts"]
        ShipmentConfirmation.objects.bulk_update(rows, fields)
    return Sending(first.account_id, tuple(rows))


def _owed(now: datetime) -> QuerySet[ShipmentConfirmation]:
    """Of accounts that Amazon accepts; a refused one waits for the sync to find it accepted again."""
    return ShipmentConfirmation.objects.filter(
        state=ConfirmationState.OWED, due_at__lte=now, account__sync__refused_at=None
    )


def _stepping_over(rows: QuerySet[ShipmentConfirmation]) -> QuerySet[ShipmentConfirmation]:
    can_skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(of=("self",), skip_locked=can_skip)


def run(*, client: SellerClient, rows: Sequence[ShipmentConfirmation]) -> list[Told]:
    """Tell Amazon one by one, until it wants us to wait or refuses us: the rest goes back. 2 statements."""
    packages = _packages(rows)
    told: list[Told] = []
    for at, row in enumerate(rows):
        one = _tell(client, row, packages[row.pk])
        told.append(one)
        if one.result in (Result.NOT_SENT, Result.LOST):
            told += [replace(one, row=other, result=Result.NOT_SENT) for other in rows[at + 1 :]]
            break
    return told


def _tell(client: SellerClient, row: ShipmentConfirmation, package: Package) -> Told:
    try:
        shipping.confirm(client, package)
    except Rejected as refused:
        # Also a 404: the order is gone, or never was this seller's.
        result = Result.LOOK if refused.code == ALREADY or ALREADY in refused.text else Result.REFUSED
        return Told(row, result, refused.text, refused.code, refused.request_id)
    except StoreMisconfigured as refused:
        return not_sent(row, refused)
    except RetryLater as later:
        if may_have_arrived(later):
            return Told(row, Result.LOST, later.text, problem="AMAZON_UNAVAILABLE")
        return not_sent(row, later)
    return Told(row, Result.ACCEPTED)


def not_sent(row: ShipmentConfirmation, failed: RetryLater | StoreMisconfigured) -> Told:
    """Nothing was said to Amazon: the row is owed as before, after a while."""
    if isinstance(failed, StoreMisconfigured):
        after, problem = AFTER_A_REFUSAL, "AUTHORIZATION_REFUSED"
    elif isinstance(failed, ReadOnly):
        after, problem = failed.after, "READ_ONLY"
    else:
        after, problem = failed.after, "QUOTA" if failed.is_quota else "AMAZON_UNAVAILABLE"
    return Told(row, Result.NOT_SENT, failed.text, after=after, problem=problem)


def _packages(rows: Sequence[ShipmentConfirmation]) -> dict[int, Package]:
    """What is to be said of each parcel, as it stands now."""
    fresh = ShipmentConfirmation.objects.filter(pk__in=[row.pk for row in rows]).select_related("shipment")
    quantities = confirmations.items_of([row.pk for row in rows])
    return {row.pk: _package(row, quantities.get(row.pk, {})) for row in fresh}


def _package(row: ShipmentConfirmation, quantities: dict[str, int]) -> Package:
    shipment = row.shipment
    is_other = shipment.carrier_code == carriers.OTHER
    return Package(
        amazon_order_id=row.amazon_order_id,
        marketplace_id=row.marketplace_id,
        reference=row.package_reference,
        carrier_code=shipment.carrier_code,
        carrier_name=shipment.carrier if is_other else "",
        service=shipment.service,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.shipped_at,
        quantities=quantities,
    )


def note(told: Iterable[Told], *, now: datetime) -> int:
    """Write down what became of the calls; gives how many Amazon has accepted.

    A parcel that was corrected meanwhile is owed again already: what is known of it is its older word.
    """
    accepted = 0
    for one in told:
        with transaction.atomic():
            if _note(one, now) and one.result is Result.ACCEPTED:
                accepted += 1
    return accepted


def _note(one: Told, now: datetime) -> bool:
    row = one.row
    rows = ShipmentConfirmation.objects.filter(
        pk=row.pk, state=ConfirmationState.SENT, sent_at=row.sent_at, version=row.version
    )
    log = logger.bind(order=row.amazon_order_id, reference=row.package_reference)
    log.info("confirm.told", result=one.result.name, code=one.code, request_id=one.request_id)
    if one.result is Result.NOT_SENT:
        return bool(
            rows.update(
                state=ConfirmationState.OWED,
                attempts=F("attempts") - 1,
                due_at=now + min(max(one.after, timedelta(seconds=1)), confirmations.LATEST),
                problem=one.text[:500],
            )
        )
    if one.result is Result.REFUSED:
        return confirmations.refuse(
            rows, row, text=one.text, code=one.code, request_id=one.request_id, now=now
        )
    if one.result is Result.ACCEPTED:
        is_ours = rows.update(answered_at=now, due_at=now + READ_BACK_AFTER, problem="")
        confirmations.ask(row, lane=Lane.PROBE, due_at=now + READ_BACK_AFTER, now=now)
        return bool(is_ours)
    # A wait grows with each: Amazon may be down for long.
    is_ours = rows.update(
        due_at=now + LOOKED_AFTER,
        problem=one.text[:500],
        refusal=one.text[:500] if one.result is Result.LOOK else "",
        refusal_code=one.code[:64],
        request_id=one.request_id[:64],
    )
    confirmations.ask(row, lane=Lane.NOTIFICATION, due_at=now, now=now)
    return bool(is_ours)
