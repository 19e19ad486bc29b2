"""Goods that a buyer fetches in a store: Amazon is told that they wait, or that they were refused.

That they were picked up is a parcel that leaves (`ship`). Telling a status twice changes nothing, so an
answer that is lost is told again after a minute; what Amazon makes of it is read with the order.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from amazon_orders.models import Account
from commerce.orders import order_state
from commerce.refusals import Refusal, Refused
from integration.decision.policy import CANCELED
from integration.models import FeedRequestState, Lane, PickupNotice, PickupStatus, RequestReason
from integration.outbox import amazon_side, ways
from integration.outbox.amazon_side import Counterpart
from integration.spapi import shipping
from integration.spapi.client import SellerClient
from integration.spapi.errors import Rejected, RetryLater, StoreMisconfigured, may_have_arrived
from integration.sync import cursor, order_requests
from integration.sync.order_requests import WantedOrder
from integration.sync.outcome import AccountSyncOutcome, problem_of
from integration.timeline import EventCode
from integration.transactions import step_over

CLAIMED_FOR = timedelta(minutes=2)
TOLD_AGAIN_AFTER = timedelta(minutes=1)
AFTER_A_REFUSAL = timedelta(minutes=15)
OPEN = (FeedRequestState.OWED, FeedRequestState.SENT)


class CannotTell(Refused):
    """Amazon is not told this of the order; nothing was done."""


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that is the caller's to tell, until `until`."""

    notice: PickupNotice
    until: datetime


@transaction.atomic
def owe(*, order_id: int, status: PickupStatus, by: str, now: datetime) -> PickupNotice:
    """Amazon is owed this word of the order; told again where it was told before. Raises CannotTell."""
    counterpart = amazon_side.of_orders(order_state.lock([order_id])).get(order_id)
    if counterpart is None:
        text = "There is no Amazon order to tell anything of."
        raise CannotTell([Refusal(order_id, "UNKNOWN_ORDER", text)])
    if (refusal := _against(order_id, counterpart)) is not None:
        raise CannotTell([refusal])
    words = {
        "account_id": counterpart.account_id,
        "marketplace_id": counterpart.marketplace_id,
        "state": FeedRequestState.OWED,
        "owed_at": now,
        "due_at": now,
        "by": by,
        "refusal": "",
        "refusal_code": "",
        "answered_at": None,
        "settled_at": None,
        "problem": "",
    }
    notice, _ = PickupNotice.objects.update_or_create(
        amazon_order_id=counterpart.number, status=status, defaults=words
    )
    said = {counterpart.number: {"status": status.label}}
    amazon_side.tell(said, EventCode.PICKUP_OWED, now=now, by=by)
    return notice


def _against(order_id: int, counterpart: Counterpart) -> Refusal | None:
    if ways.PICK_UP not in counterpart.programs:
        text = f"{counterpart.number} is not fetched in a store."
        return Refusal(order_id, "NO_PICKUP", text)
    if counterpart.status in CANCELED:
        return Refusal(order_id, "CANCELED_AT_AMAZON", f"{counterpart.number} is canceled at Amazon.")
    return None


def take_next(*, now: datetime, account_id: int | None = None) -> Held | None:
    """The longest owed notice; one whose teller died is taken again, for telling twice does no harm."""
    due = PickupNotice.objects.filter(state__in=OPEN, due_at__lte=now, account__sync__refused_at=None)
    if account_id is not None:
        due = due.filter(account_id=account_id)
    until = now + CLAIMED_FOR
    with transaction.atomic():
        notice = step_over(due.order_by("due_at", "pk")).first()
        if notice is None:
            return None
        notice.state, notice.due_at = FeedRequestState.SENT, until
        notice.save(update_fields=["state", "due_at"])
    return Held(notice, until)


def tell(held: Held) -> AccountSyncOutcome:
    """Tell Amazon of a notice that is the caller's, and write down what it says."""
    outcome, notice = AccountSyncOutcome(), held.notice
    account = Account.objects.get(pk=notice.account_id)
    try:
        with SellerClient(account, lane=Lane.PERSON) as client:
            try:
                shipping.update_status(
                    client,
                    amazon_order_id=notice.amazon_order_id,
                    marketplace_id=notice.marketplace_id,
                    status=notice.status,
                )
            finally:
                outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    except Rejected as refused:
        _answer(held, now=timezone.now(), text=refused.text, code=refused.code)
    except (RetryLater, StoreMisconfigured) as failed:
        _later(held, failed, now=timezone.now())
        outcome.problems.append(problem_of(failed, stores=cursor.store_names(account.pk)))
    else:
        _answer(held, now=timezone.now())
    return outcome


def tell_account(*, account_id: int) -> AccountSyncOutcome:
    """All that an account owes now, in the foreground."""
    done = AccountSyncOutcome()
    while (held := take_next(now=timezone.now(), account_id=account_id)) is not None:
        done.add(tell(held))
        if done.problems:
            break
    return done


def settle(*, amazon_order_id: str, by: str, now: datetime) -> int:
    """A person has settled what Amazon refused of an order elsewhere; gives how many words."""
    rows = PickupNotice.objects.filter(
        amazon_order_id=amazon_order_id, state=FeedRequestState.REFUSED, settled_at=None
    )
    return rows.update(settled_at=now, settled_by=by)


def _answer(held: Held, *, now: datetime, text: str = "", code: str = "") -> None:
    notice = held.notice
    state = FeedRequestState.REFUSED if text else FeedRequestState.DONE
    with transaction.atomic():
        # Whoever was told anew meanwhile has another due time: this answer is about the older word.
        is_ours = PickupNotice.objects.filter(pk=notice.pk, due_at=held.until).update(
            state=state, due_at=None, answered_at=now, refusal=text[:500], refusal_code=code[:64], problem=""
        )
        if is_ours:
            said = {"status": PickupStatus(notice.status).label, "text": text[:200]}
            event = EventCode.PICKUP_REFUSED if text else EventCode.PICKUP_TOLD
            amazon_side.tell({notice.amazon_order_id: said}, event, now=now)
            order_requests.request(
                [WantedOrder(notice.account_id, notice.amazon_order_id)],
                lane=Lane.PROBE,
                why=RequestReason.UNCONFIRMED,
                now=now,
                due_at=now,
            )


def _later(held: Held, failed: RetryLater | StoreMisconfigured, *, now: datetime) -> None:
    if isinstance(failed, StoreMisconfigured):
        after = AFTER_A_REFUSAL
    else:
        after = TOLD_AGAIN_AFTER if may_have_arrived(failed) else max(failed.after, timedelta(seconds=1))
    PickupNotice.objects.filter(pk=held.notice.pk, due_at=held.until).update(
        state=FeedRequestState.OWED, due_at=now + after, problem=failed.text[:500]
    )
