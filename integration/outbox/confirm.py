"""Confirm: Amazon is told of each parcel that has left here, once, and what it made of that is read back.

A row is `SENT` before the call is made. Whatever becomes of the call (an answer that is lost, a worker that
dies), Amazon is looked at before it is told again, and then under the same reference, which edits the package
rather than making a second one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from amazon_orders import marketplaces
from amazon_orders.models import Account
from integration.models import ConfirmationState, ConfirmationWay, Lane, ShipmentConfirmation
from integration.outbox import carriers, confirmations, pickups, read_back, shipping_refusals, ways
from integration.spapi import shipping
from integration.spapi.client import SellerClient
from integration.spapi.errors import Rejected, RetryLater, StoreMisconfigured, may_have_arrived
from integration.spapi.shipping import Package
from integration.sync import cursor
from integration.sync.outcome import AMAZON_UNAVAILABLE, AccountSyncOutcome, Problem, problem_code
from integration.transactions import step_over

logger = structlog.get_logger(__name__)
# A burst of Amazon's quota; the rest is the next claim's.
AT_A_TIME = 10
# Longer than a batch of calls that all time out but the last.
CLAIMED_FOR = timedelta(minutes=6)
# Sooner, Amazon's reads would mostly not show it yet, and a look costs a getOrder.
READ_BACK_AFTER = timedelta(seconds=30)
LOOKED_AFTER = timedelta(seconds=10)
AFTER_A_REFUSAL = timedelta(minutes=15)
PICKED_UP = "PickedUp"


class AnswerKind(Enum):
    """What became of a call."""

    ACCEPTED = auto()
    REFUSED = auto()
    LOOK = auto()  # Amazon says that there is nothing to do: maybe it was done already
    LOST = auto()  # no answer that can be believed
    NOT_SENT = auto()  # nothing was said to Amazon


@dataclass(frozen=True, slots=True)
class ConfirmationAnswer:
    """One row and what became of telling it."""

    row: ShipmentConfirmation
    result: AnswerKind
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
        first = step_over(owed.order_by("due_at", "pk")).first()
        if first is None:
            return None
        # All of one account: one client, one access token, one bucket of quota.
        others = owed.filter(account_id=first.account_id).order_by("pk")
        rows = list(step_over(others)[:AT_A_TIME])
        for row in rows:
            row.state, row.sent_at, row.due_at = ConfirmationState.SENT, now, now + CLAIMED_FOR
            # The claim is this write, committed before the call: a worker that dies during the call
            # leaves `SENT`, and the parcel is read back before it is told again.
            row.answered_at, row.attempts = None, row.attempts + 1
        fields = ["state", "sent_at", "due_at", "answered_at", "attempts"]
        ShipmentConfirmation.objects.bulk_update(rows, fields)
    return Sending(first.account_id, tuple(rows))


def _owed(now: datetime) -> QuerySet[ShipmentConfirmation]:
    """Of accounts that Amazon accepts; a refused one waits for the sync to find it accepted again."""
    return ShipmentConfirmation.objects.filter(
        state=ConfirmationState.OWED, way__in=ways.CALLED, due_at__lte=now, account__sync__refused_at=None
    )


def run(*, client: SellerClient, rows: Sequence[ShipmentConfirmation]) -> list[ConfirmationAnswer]:
    """Tell Amazon one by one, until it wants us to wait or refuses us: the rest goes back. 4 statements."""
    packages = _packages(rows)
    told: list[ConfirmationAnswer] = []
    for at, row in enumerate(rows):
        one = _tell(client, row, packages[row.pk])
        told.append(one)
        # Whatever stands in the way stands in the way of the next call too: ten calls that all time out
        # would outlast the claim.
        if one.result in (AnswerKind.NOT_SENT, AnswerKind.LOST):
            told += [replace(one, row=other, result=AnswerKind.NOT_SENT) for other in rows[at + 1 :]]
            break
    return told


def _tell(client: SellerClient, row: ShipmentConfirmation, package: Package) -> ConfirmationAnswer:
    try:
        if row.way == ConfirmationWay.PICKUP:
            shipping.update_status(
                client,
                amazon_order_id=row.amazon_order_id,
                marketplace_id=row.marketplace_id,
                status=PICKED_UP,
                quantities=package.quantities,
            )
        else:
            shipping.confirm(client, package)
    except Rejected as refused:
        # Also a 404: the order is gone, or never was this seller's.
        is_done = shipping_refusals.says_done_elsewhere(code=refused.code, words=refused.words)
        result = AnswerKind.LOOK if is_done else AnswerKind.REFUSED
        return ConfirmationAnswer(row, result, refused.text, refused.code, refused.request_id)
    except StoreMisconfigured as refused:
        return _not_sent(row, refused)
    except RetryLater as later:
        # A call without an answer may have made the package: it counts as told until Amazon's own order
        # says otherwise.
        if may_have_arrived(later):
            return ConfirmationAnswer(row, AnswerKind.LOST, later.text, problem=AMAZON_UNAVAILABLE)
        return _not_sent(row, later)
    return ConfirmationAnswer(row, AnswerKind.ACCEPTED)


def _not_sent(row: ShipmentConfirmation, failed: RetryLater | StoreMisconfigured) -> ConfirmationAnswer:
    """Nothing was said to Amazon: the row is owed as before, after a while."""
    after = AFTER_A_REFUSAL if isinstance(failed, StoreMisconfigured) else failed.after
    return ConfirmationAnswer(
        row, AnswerKind.NOT_SENT, failed.text, after=after, problem=problem_code(failed)
    )


def _packages(rows: Sequence[ShipmentConfirmation]) -> dict[int, Package]:
    """What is to be said of each parcel, as it stands now."""
    # After the claim, so that a correction before this moment goes along. One that comes later raises
    # the version, and our answer is not recorded.
    fresh = ShipmentConfirmation.objects.filter(pk__in=[row.pk for row in rows]).select_related("shipment")
    keys = [row.pk for row in rows]
    quantities, codes = confirmations.items_of(keys), confirmations.codes_of(keys)
    at_the_door = confirmations.paid_at_the_door([row.amazon_order_id for row in rows])
    return {
        row.pk: _package(
            row,
            quantities=quantities.get(row.pk, {}),
            codes=codes.get(row.pk, {}),
            is_paid_at_the_door=row.amazon_order_id in at_the_door,
        )
        for row in fresh
    }


def _package(
    row: ShipmentConfirmation,
    *,
    quantities: dict[str, int],
    codes: dict[str, list[str]],
    is_paid_at_the_door: bool,
) -> Package:
    shipment = row.shipment
    is_other = shipment.carrier_code == carriers.OTHER
    country = marketplaces.by_id(row.marketplace_id).country_code
    return Package(
        amazon_order_id=row.amazon_order_id,
        marketplace_id=row.marketplace_id,
        reference=row.package_reference,
        carrier_code=shipment.carrier_code,
        carrier_name=shipment.carrier if is_other else "",
        service=carriers.shipping_method(shipment.service, country=country),
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.shipped_at,
        quantities=quantities,
        unit_codes=codes,
        # The only value there is, and only Japan has it (model ordersV0).
        cod_collection_method="DirectPayment" if is_paid_at_the_door and country == "JP" else "",
    )


def note(told: Iterable[ConfirmationAnswer], *, now: datetime) -> int:
    """Write down what became of the calls; gives how many Amazon has accepted.

    A parcel that was corrected meanwhile is owed again already: what is known of it is its older word.
    """
    accepted = 0
    for one in told:
        with transaction.atomic():
            # A transaction per parcel: what Amazon has taken is kept even if writing down another one
            # fails.
            if _note(one, now) and one.result is AnswerKind.ACCEPTED:
                accepted += 1
    return accepted


def _note(one: ConfirmationAnswer, now: datetime) -> bool:
    row = one.row
    rows = ShipmentConfirmation.objects.filter(
        pk=row.pk, state=ConfirmationState.SENT, sent_at=row.sent_at, version=row.version
    )
    # `rows` holds the row only while it is as it was claimed: the loser against a correction is this
    # answer.
    log = logger.bind(order=row.amazon_order_id, reference=row.package_reference)
    log.info("told", result=one.result.name, code=one.code, request_id=one.request_id)
    # `attempts` goes back as well: it counts calls that may have arrived, and the back-off grows with
    # them.
    if one.result is AnswerKind.NOT_SENT:
        return bool(
            rows.update(
                state=ConfirmationState.OWED,
                attempts=F("attempts") - 1,
                due_at=now + min(max(one.after, timedelta(seconds=1)), confirmations.LATEST),
                problem=one.text[:500],
            )
        )
    if one.result is AnswerKind.REFUSED:
        return confirmations.refuse(
            rows, row, text=one.text, code=one.code, request_id=one.request_id, now=now
        )
    if one.result is AnswerKind.ACCEPTED:
        is_ours = rows.update(answered_at=now, due_at=now + READ_BACK_AFTER, problem="")
        # The answer is good, so reading back may wait behind people; where the answer was lost the
        # parcel's state is unknown, and it goes before.
        confirmations.ask(row, lane=Lane.PROBE, due_at=now + READ_BACK_AFTER, now=now)
        return bool(is_ours)
    # A wait grows with each: Amazon may be down for long.
    is_ours = rows.update(
        due_at=now + LOOKED_AFTER,
        problem=one.text[:500],
        refusal=one.text[:500] if one.result is AnswerKind.LOOK else "",
        refusal_code=one.code[:64],
        request_id=one.request_id[:64],
    )
    confirmations.ask(row, lane=Lane.NOTIFICATION, due_at=now, now=now)
    return bool(is_ours)


def confirm_account(*, account_id: int) -> AccountSyncOutcome:
    """All that an account owes, until nothing is due any more or Amazon wants us to wait."""
    done = AccountSyncOutcome()
    while (sending := take_next(account_id=account_id, now=timezone.now())) is not None:
        done.add(confirm_claimed(sending))
        # Each claim sends ten at most: without this a down Amazon would be asked ten by ten until all
        # is claimed.
        if done.problems:
            break
    if not done.problems:
        done.add(pickups.tell_account(account_id=account_id))
    done.counts["confirmed"] += read_back.run(now=timezone.now())
    return done


def confirm_claimed(sending: Sending) -> AccountSyncOutcome:
    """Tell Amazon of the parcels that are the caller's to tell."""
    outcome = AccountSyncOutcome()
    told = _tell_claimed(sending, outcome)
    now = timezone.now()
    accepted = note(told, now=now)
    outcome.counts = Counter({"confirmed": accepted})
    outcome.problems.extend(_problems(sending.account_id, told))
    if outcome.is_slow or any(one.result is AnswerKind.LOST for one in told):
        cursor.trouble(sending.account_id)
    return outcome


def _tell_claimed(sending: Sending, outcome: AccountSyncOutcome) -> list[ConfirmationAnswer]:
    account = Account.objects.get(pk=sending.account_id)
    try:
        # A person has shipped these, and lateness counts by the moment of confirmation (late shipment
        # rate, under 4 %).
        with SellerClient(account, lane=Lane.PERSON) as client:
            try:
                return run(client=client, rows=sending.rows)
            finally:
                outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    except StoreMisconfigured as refused:
        return [_not_sent(row, refused) for row in sending.rows]


def _problems(account_id: int, told: list[ConfirmationAnswer]) -> list[Problem]:
    """Why not all of it was told now; what Amazon refuses is a message about its order."""
    waiting = [one for one in told if one.result in (AnswerKind.NOT_SENT, AnswerKind.LOST)]
    if not waiting:
        return []
    return [Problem(waiting[0].problem, waiting[0].text, cursor.store_names(account_id))]
