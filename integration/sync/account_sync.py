"""A pass over one account: fetch, receive, check, place, page by page. The command `sync` and the tasks call
it.

What a pass cannot do now it says as a value; nothing it has done is lost, and the next pass goes on from
there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from integration import cursor, disabling, due, lease, order_requests, runs, windows
from integration.cursor import Progress
from integration.lease import Lease, LeaseHeld, LeaseLost, TurnOver
from integration.models import QuotaBucket, RunKind
from integration.pipeline import check, fetch, follow, hold, place, receive
from integration.policy import Action
from integration.runs import Run
from integration.spapi.answers import SearchPage
from integration.spapi.client import SellerClient
from integration.spapi.errors import (
    AccessDenied,
    PageTokenRefused,
    ReadOnly,
    RetryLater,
    SearchRefused,
    StoreMisconfigured,
)
from integration.transactions import repeat_when_beaten
from integration.windows import Window

logger = structlog.get_logger(__name__)
# After so many failures in a row, fewer data sets are asked for: Amazon has failed on one combination of
# them for half a day, whatever the client did (models#5365).
FAILURES_BEFORE_FEWER = 3
RESTARTS_AT_MOST = 3
AFTER_A_BUG = timedelta(minutes=1)
# Amazon answers within half a second as a rule; so many on average are the account's trouble, or Amazon's.
SLOW_ANSWER_SECONDS = 5.0
READ_ONLY = "READ_ONLY"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a pass did not do all of it."""

    code: str
    message: str
    store: str

    @property
    def is_refusal(self) -> bool:
        """Whether Amazon refuses the authorization; everything else only has to wait."""
        return self.code in {"AUTHORIZATION_REFUSED", "STORE_ACCESS_LOST"}


@dataclass(slots=True)
class Outcome:
    """What a pass did."""

    region: str = ""
    requests: int = 0
    seconds_waited: float = 0.0
    # Its turn was over before its work was: no problem, the next turn goes on.
    gave_way: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_slow(self) -> bool:
        """Whether Amazon kept the pass waiting."""
        return self.seconds_waited > SLOW_ANSWER_SECONDS * self.requests

    def add(self, other: "Outcome") -> None:
        """Another account's pass."""
        self.requests += other.requests
        self.seconds_waited += other.seconds_waited
        self.counts.update(other.counts)
        self.problems.extend(other.problems)


def judge(*, order_ids: Sequence[int], now: datetime) -> Counter[str]:
    """Check these orders and act on what was decided."""
    if not order_ids:
        return Counter()
    judgements = check.run(order_ids=order_ids, now=now)
    by_action = {action: [each for each in judgements if each.decision.action == action] for action in Action}
    counts = place.run(judgements=by_action[Action.PLACE], now=now)
    counts += follow.run(judgements=by_action[Action.FOLLOW], now=now)
    settled = [*by_action[Action.RELEASE], *by_action[Action.HOLD], *by_action[Action.KEEP]]
    return counts + hold.run(judgements=settled, now=now)


def judge_due(*, now: datetime) -> Counter[str]:
    """Judge every order that is due, batch by batch; each at most once."""
    repeat_when_beaten(disabling.make_due)
    counts: Counter[str] = Counter()
    order_ids = due.find(now=now)
    while order_ids:
        counts += judge(order_ids=order_ids, now=now)
        order_ids = due.find(now=now, after=order_ids[-1])
    return counts


def judge_some(*, now: datetime, after: int = 0) -> list[int]:
    """Judge one batch of what is due above a key, and give their keys: what a person can wait for.

    The tick does the rest.
    """
    repeat_when_beaten(disabling.make_due)
    order_ids = due.find(now=now, after=after)
    judge(order_ids=order_ids, now=now)
    return order_ids


def sync_account(*, account_id: int, now: datetime) -> Outcome:
    """One whole pass over an account, quota obeyed, nothing else waited for."""
    try:
        held = lease.claim(account_id=account_id, now=now)
    except LeaseHeld as busy:
        return Outcome(problems=[Problem("BUSY", str(busy), cursor.store_names(account_id))])
    return sync_held(held, now=now)


def sync_held(held: Lease, *, now: datetime) -> Outcome:
    """A pass over the account of a lease, for as long as its turn lasts."""
    with runs.under_way(account_id=held.account_id, kind=RunKind.POLL, now=now) as run:
        return _sync_held(held, run)


def _sync_held(held: Lease, run: Run) -> Outcome:
    progress = cursor.load(held.account_id)
    outcome = Outcome(region=progress.account.region)
    runs.hold(run, held, synced_from=progress.synced_until)
    try:
        problem = _end(held, progress, outcome, lambda client: _sync(held, client, progress, outcome, run))
    except Exception as bug:
        record_run(run, outcome, [_bug(bug, progress)])
        raise
    if problem is not None:
        outcome.problems.append(problem)
    record_run(run, outcome, outcome.problems)
    return outcome


def _end(
    held: Lease, progress: Progress, outcome: Outcome, work: Callable[[SellerClient], None]
) -> Problem | None:
    """Do the work and write down how it ended; the lease is let go whatever happens."""
    names = names_of(progress)
    try:
        with SellerClient(progress.account) as client:
            try:
                work(client)
            finally:
                outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    except TurnOver:
        outcome.gave_way = True
        cursor.give_way(held, now=timezone.now(), is_slow=outcome.is_slow)
        return None
    except LeaseLost as lost:
        return _taken_over(lost, names)
    except StoreMisconfigured as refused:
        cursor.refuse(held, text=refused.text, now=timezone.now())
        return Problem("AUTHORIZATION_REFUSED", refused.text, names)
    except ReadOnly as silent:
        # No failure: it goes on from where it stopped, soon after the mode has ended.
        cursor.wait_for_quota(held, after=silent.after, now=timezone.now())
        return Problem(READ_ONLY, silent.text, names)
    except RetryLater as later:
        try:
            _put_back(held, later, progress)
        except LeaseLost as lost:
            return _taken_over(lost, names)
        return Problem("QUOTA" if later.is_quota else "AMAZON_UNAVAILABLE", later.text, names)
    except Exception as bug:
        # It flies, but the account is not polled again at once with the same bug.
        text = _bug(bug, progress).message
        cursor.fail(held, text=text, after=AFTER_A_BUG, failures=progress.failures, now=timezone.now())
        raise
    except BaseException:
        lease.release(held)
        raise
    _finish(held, outcome)
    return None


def _bug(bug: Exception, progress: Progress) -> Problem:
    return Problem("BUG", f"An error here stopped the sync ({type(bug).__name__}).", names_of(progress))


def _taken_over(lost: LeaseLost, names: str) -> Problem:
    return Problem("BUSY", f"Another pass went on instead: {lost}", names)


def _sync(held: Lease, client: SellerClient, progress: Progress, outcome: Outcome, run: Run) -> None:
    if progress.lost_stores:
        fetch.find_regained_stores(client, progress, now=timezone.now())
        progress = cursor.load(held.account_id)
    restarts = 0
    while (window := fetch.next_window(held, progress, now=timezone.now())) is not None:
        is_newest = window.page_token is None and not window.is_catch_up
        runs.new_window(run)
        if not _read_window(held, client, progress, window, outcome, run):
            restarts += 1
            if restarts > RESTARTS_AT_MOST:
                raise RetryLater("The search had to begin again too often.", timedelta(minutes=5))
        elif is_newest or _may_end(held, window):
            break
        # A window that an earlier pass began ends at an older moment: one more brings the newest.
        lease.renew(held, now=timezone.now())
        progress = cursor.load(held.account_id)
    outcome.problems.extend(_lost(progress))


def _may_end(held: Lease, window: Window) -> bool:
    """Among others in turn, a window that had to be read in several turns is enough when it is fresh.

    Were one more begun each time, an account whose windows take longer than a turn would never be at rest.
    """
    is_in_turn = held.turn_ends_at is not None and not window.is_catch_up
    return is_in_turn and window.is_fresh(now=timezone.now())


def _lost(progress: Progress) -> list[Problem]:
    text = "The seller no longer takes part in this marketplace, or closed it to the application."
    return [Problem("STORE_ACCESS_LOST", text, store.name) for store in progress.lost_stores]


def _read_window(
    held: Lease, client: SellerClient, progress: Progress, window: Window, outcome: Outcome, run: Run
) -> bool:
    """Read a window page by page; each is stored and judged before the next is asked for.

    False where the window has to begin again, with other parameters or without its page token. The lease was
    taken or renewed just before.
    """
    following: Window | None = window
    while following is not None:
        try:
            page = fetch.page(client, following)
        except PageTokenRefused:
            cursor.restart_window(held)
            return False
        except AccessDenied:
            fetch.find_lost_stores(client, progress, now=timezone.now())
            cursor.restart_window(held)
            return False
        except SearchRefused:
            if not cursor.ask_for_fewer(held, progress):
                raise
            return False
        if page.next_token is not None and page.next_token == following.page_token:
            # The same page for ever would spend the whole quota and never end.
            cursor.restart_window(held)
            return False
        outcome.requests = client.requests
        _store_page(held, progress, following, page, outcome, run)
        following = _next_window_page(following, page)
        if following is not None:
            lease.renew(held, now=timezone.now())
    return True


def _next_window_page(window: Window, page: SearchPage) -> Window | None:
    if page.next_token is None:
        return None
    return window.next_page(page.next_token, told=page.last_updated_before, given_at=page.asked_at)


def _store_page(
    held: Lease, progress: Progress, window: Window, page: SearchPage, outcome: Outcome, run: Run
) -> None:
    # First: a request too many costs one call, one that is missing an order.
    order_requests.request_whole(
        account_id=held.account_id, payloads=page.orders, data_sets=window.data_sets, now=timezone.now()
    )
    now = timezone.now()

    def move_cursor() -> None:
        cursor.record_page(
            held,
            window,
            next_token=page.next_token,
            bound=page.last_updated_before,
            asked_at=page.asked_at,
            now=now,
        )

    received = receive.run(
        account_id=held.account_id,
        stores=[store for store in progress.stores if store.pk in window.store_ids],
        payloads=page.orders,
        data_sets=window.data_sets,
        asked_at=page.asked_at,
        now=now,
        in_transaction=move_cursor,
    )
    outcome.counts += received.counts
    runs.page(run, updates=received.updates)
    runs.write(run, requests=outcome.requests, counts=outcome.counts)
    outcome.counts += judge(order_ids=received.order_ids, now=now)


def _finish(held: Lease, outcome: Outcome) -> None:
    bucket = QuotaBucket.objects.filter(account_id=held.account_id, operation="searchOrders").first()
    now = timezone.now()
    poll_after = (
        fetch.poll_after(rate=bucket.rate, tokens=bucket.tokens, burst=bucket.burst)
        if bucket
        else windows.READABLE_AFTER
    )
    cursor.finish(held, now=now, poll_after=poll_after, is_slow=outcome.is_slow)


def _put_back(held: Lease, later: RetryLater, before: Progress) -> None:
    now = timezone.now()
    if later.is_quota:
        cursor.wait_for_quota(held, after=later.after, now=now)
        return
    if before.failures + 1 >= FAILURES_BEFORE_FEWER and later.status >= 500:
        cursor.ask_for_fewer(held, before)
    cursor.fail(held, text=later.text, after=later.after, failures=before.failures, now=now)


def names_of(progress: Progress) -> str:
    return ", ".join(store.name for store in [*progress.stores, *progress.lost_stores])


def record_run(run: Run, outcome: Outcome, problems: Sequence[Problem]) -> None:
    """Passes with something in them leave a row; an idle poll leaves none."""
    runs.end(
        run,
        requests=outcome.requests,
        counts=outcome.counts,
        problem=problems[0].code if problems else "TURN" if outcome.gave_way else "",
        error="; ".join(problem.message for problem in problems),
        now=timezone.now(),
    )
