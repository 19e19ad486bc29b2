"""A pass over one account: fetch, receive, check, place, page by page. The command `sync` and the tasks call
it.

What a pass cannot do now it says as a value; nothing it has done is lost, and the next pass goes on from
there.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from integration.models import QuotaBucket, RunKind
from integration.order_import import judge
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
from integration.sync import (
    cursor,
    errors_here,
    fetch,
    fewer_data_sets,
    lease,
    order_requests,
    receive,
    runs,
    windows,
)
from integration.sync.cursor import Progress
from integration.sync.lease import Lease, LeaseLost, LeaseTaken, TimeSliceExpired
from integration.sync.outcome import AccountSyncOutcome, Problem, problem_of
from integration.sync.runs import Run
from integration.sync.windows import Window

logger = structlog.get_logger(__name__)
# A restart spends one search token of twenty (0.0056/s, SP-API model orders 2026-01-01): a search that
# Amazon keeps refusing must not empty the bucket in one pass.
RESTARTS_AT_MOST = 3
# Long enough that a bug cannot spend the quota in a loop, short enough that a fix shows soon.
AFTER_A_BUG = timedelta(minutes=1)


def sync_account(*, account_id: int, now: datetime) -> AccountSyncOutcome:
    """One whole pass over an account, quota obeyed, nothing else waited for."""
    try:
        held = lease.claim(account_id=account_id, now=now)
    except LeaseTaken as busy:
        return AccountSyncOutcome(problems=[Problem("BUSY", str(busy), cursor.store_names(account_id))])
    return sync_held(held, now=now)


def sync_held(held: Lease, *, now: datetime) -> AccountSyncOutcome:
    """A pass over the account of a lease, for as long as its turn lasts."""
    with runs.under_way(account_id=held.account_id, kind=RunKind.POLL, now=now) as run:
        return _sync_held(held, run)


def _sync_held(held: Lease, run: Run) -> AccountSyncOutcome:
    progress = cursor.load(held.account_id)
    outcome = AccountSyncOutcome(region=progress.account.region)
    # Before the first page: the row that it may leave carries the fencing number, which tells later
    # whether its worker is still at it.
    runs.hold(run, held, synced_from=progress.synced_until)
    try:
        problem = _end(held, progress, outcome, lambda client: _sync(held, client, progress, outcome, run))
    except errors_here.FLIES_ON as away:
        record_run(run, outcome, [_bug(away, progress)])
        raise
    except Exception as bug:
        problem = errors_here.record(
            bug, account_id=held.account_id, stores=progress.store_names, now=timezone.now()
        )
    if problem is not None:
        outcome.problems.append(problem)
    record_run(run, outcome, outcome.problems)
    return outcome


def _end(
    held: Lease, progress: Progress, outcome: AccountSyncOutcome, work: Callable[[SellerClient], None]
) -> Problem | None:
    """Do the work and write down how it ended; the lease is let go whatever happens."""
    names = progress.store_names
    try:
        with SellerClient(progress.account) as client:
            try:
                work(client)
            finally:
                outcome.requests, outcome.seconds_waited = client.requests, client.seconds
    # Not a failure and not `finish`: the window stays in the row, so the next holder asks for the next
    # page and pays for none twice.
    except TimeSliceExpired:
        outcome.yielded = True
        cursor.give_way(held, now=timezone.now(), is_slow=outcome.is_slow)
        return None
    except LeaseLost as lost:
        return _taken_over(lost, names)
    # Waiting alone does not help, a person has to authorize again. It is tried every 15 minutes all the
    # same, for that person may act at Amazon without telling us.
    except StoreMisconfigured as refused:
        cursor.refuse(held, text=refused.text, now=timezone.now())
        return problem_of(refused, stores=names)
    except ReadOnly as silent:
        # No failure: it goes on from where it stopped, soon after the mode has ended.
        cursor.wait_for_quota(held, after=silent.after, now=timezone.now())
        return problem_of(silent, stores=names)
    # ReadOnly is a RetryLater: its own branch has to stand above this one.
    except RetryLater as later:
        _put_back(held, later, progress)
        return problem_of(later, stores=names)
    except Exception as bug:
        # It flies, but the account is not polled again at once with the same bug.
        text = _bug(bug, progress).message
        cursor.fail(held, text=text, after=AFTER_A_BUG, failures=progress.failures, now=timezone.now())
        raise
    # An interrupt or the end of the worker (SystemExit): the next worker need not wait for the lease to
    # run out.
    except BaseException:
        lease.release(held)
        raise
    _finish(held, outcome)
    return None


def _bug(bug: Exception, progress: Progress) -> Problem:
    return Problem(
        errors_here.CODE, f"An error here stopped the sync ({type(bug).__name__}).", progress.store_names
    )


def _taken_over(lost: LeaseLost, names: str) -> Problem:
    return Problem("BUSY", f"Another pass went on instead: {lost}", names)


def _sync(
    held: Lease, client: SellerClient, progress: Progress, outcome: AccountSyncOutcome, run: Run
) -> None:
    # First, so that a store that was reopened has its catch-up window planned in this very pass.
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
        # A search without an upper bound that was begun in this pass has brought everything that is
        # readable now.
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
    is_in_turn = held.time_slice_ends_at is not None and not window.is_catch_up
    return is_in_turn and window.is_fresh(now=timezone.now())


def _lost(progress: Progress) -> list[Problem]:
    text = "The seller no longer takes part in this marketplace, or closed it to the application."
    return [Problem("STORE_ACCESS_LOST", text, store.name) for store in progress.lost_stores]


def _read_window(
    held: Lease,
    client: SellerClient,
    progress: Progress,
    window: Window,
    outcome: AccountSyncOutcome,
    run: Run,
) -> bool:
    """Read a window page by page; each is stored and judged before the next is asked for.

    False where the window has to begin again, with other parameters or without its page token. The lease was
    taken or renewed just before.
    """
    following: Window | None = window
    while following is not None:
        found = _page(held, client, progress, following)
        if found is None:
            return False
        page, following = found
        if page.next_token is not None and page.next_token == following.page_token:
            # The same page for ever would spend the whole quota and never end.
            cursor.restart_window(held)
            return False
        outcome.requests = client.requests
        # Stored before the next page is asked for: a page token lives 24 hours, and a worker that dies
        # here repeats at most one page.
        _store_page(held, progress, following, page, outcome, run)
        following = _next_window_page(following, page)
        if following is not None:
            lease.renew(held, now=timezone.now())
    return True


def _page(
    held: Lease, client: SellerClient, progress: Progress, window: Window
) -> tuple[SearchPage, Window] | None:
    """The page, and the window it is of: it may ask for fewer data sets. None: the window begins again."""
    failed: SearchRefused | AccessDenied | RetryLater
    try:
        return fetch.page(client, window), window
    except PageTokenRefused:
        cursor.restart_window(held)
        return None
    # Amazon denies the whole list for one closed marketplace and does not say which: the seller's
    # participations tell. The window names that marketplace in its parameters, so it cannot go on.
    except AccessDenied as denied:
        if fetch.find_lost_stores(client, progress, now=timezone.now()):
            cursor.restart_window(held)
            return None
        failed = denied
    except RetryLater as later:
        if not fewer_data_sets.may_help(later, progress):
            raise
        failed = later
    try:
        found = fewer_data_sets.search(client, window, progress, failed)
    except PageTokenRefused:
        cursor.restart_window(held)
        return None
    if found is None:
        raise fetch.not_for_a_store(failed) if isinstance(failed, AccessDenied) else failed
    return found


def _next_window_page(window: Window, page: SearchPage) -> Window | None:
    if page.next_token is None:
        return None
    return window.next_page(page.next_token, told=page.last_updated_before, given_at=page.asked_at)


def _store_page(
    held: Lease, progress: Progress, window: Window, page: SearchPage, outcome: AccountSyncOutcome, run: Run
) -> None:
    now = timezone.now()

    # The cursor moves in the transaction that stores the page: neither can be there without the other,
    # so a crash neither skips a page nor needs a repair.
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
    # An order that came without what it was asked for with: asked for again by itself.
    order_requests.request_whole(
        account_id=held.account_id, amazon_order_ids=received.half_told, now=timezone.now()
    )
    runs.page(run, updates=received.updates)
    runs.write(run, requests=outcome.requests, counts=outcome.counts)
    # After the commit and without the lease's protection: a judgment guards itself by the order's
    # version, and what is not judged here is still due.
    outcome.counts += judge.judge_orders(order_ids=received.order_ids, now=now)


def _finish(held: Lease, outcome: AccountSyncOutcome) -> None:
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
    # Our bucket was empty, or Amazon said 429 because others spend the same quota: only time helps, so
    # no back-off grows and no data set is dropped.
    if later.is_quota:
        cursor.wait_for_quota(held, after=later.after, now=now)
        return
    cursor.fail(held, text=later.text, after=later.after, failures=before.failures, now=now)


def record_run(run: Run, outcome: AccountSyncOutcome, problems: Sequence[Problem]) -> None:
    """Passes with something in them leave a row; an idle poll leaves none."""
    runs.end(
        run,
        requests=outcome.requests,
        counts=outcome.counts,
        problem=problems[0].code if problems else "TURN" if outcome.yielded else "",
        error="; ".join(problem.message for problem in problems),
        now=timezone.now(),
    )
