"""Confirming: an account's parcels are told to Amazon, batch by batch, and read back."""

from collections import Counter
from datetime import datetime

from django.utils import timezone

from amazon_orders.models import Account
from integration import cursor
from integration.models import Lane
from integration.passes import Outcome, Problem
from integration.pipeline import confirm, read_back
from integration.pipeline.confirm import Result, Sending, Told
from integration.spapi.client import SellerClient
from integration.spapi.errors import StoreMisconfigured


def confirm_account(*, account_id: int) -> Outcome:
    """All that an account owes, until nothing is due any more or Amazon wants us to wait."""
    done = Outcome()
    while (sending := confirm.take_next(account_id=account_id, now=timezone.now())) is not None:
        done.add(confirm_claimed(sending))
        if done.problems:
            break
    done.counts["confirmed"] += read_back.run(now=timezone.now())
    return done


def confirm_claimed(sending: Sending) -> Outcome:
    """Tell Amazon of the parcels that are the caller's to tell."""
    outcome = Outcome()
    told = _tell(sending, outcome)
    now = timezone.now()
    accepted = confirm.note(told, now=now)
    outcome.counts = Counter({"confirmed": accepted})
    outcome.problems.extend(_problems(sending.account_id, told))
    if outcome.is_slow or any(one.result is Result.LOST for one in told):
        cursor.trouble(sending.account_id)
    return outcome


def read_back_due(*, now: datetime) -> int:
    """Compare what Amazon shows with what was told."""
    return read_back.run(now=now)


def _tell(sending: Sending, outcome: Outcome) -> list[Told]:
    account = Account.objects.get(pk=sending.account_id)
    try:
        with SellerClient(account, lane=Lane.PERSON) as client:
            try:
                return confirm.run(client=client, rows=sending.rows)
            finally:
                outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    except StoreMisconfigured as refused:
        return [confirm.not_sent(row, refused) for row in sending.rows]


def _problems(account_id: int, told: list[Told]) -> list[Problem]:
    """Why not all of it was told now; what Amazon refuses is a message about its order."""
    waiting = [one for one in told if one.result in (Result.NOT_SENT, Result.LOST)]
    if not waiting:
        return []
    return [Problem(waiting[0].problem, waiting[0].text, cursor.store_names(account_id))]
