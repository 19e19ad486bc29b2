"""How many accounts a machine carries, whether two workers do twice as much, and whom a dead account delays.

Everything goes the real way: a message, a worker process, a pick, the poll over HTTP, PostgreSQL. The local
Amazon takes 200 ms for an answer, as Amazon does, and runs on this machine as well: the table says what
share of the processor it took.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration.models import AccountSync, StoreSync
from integration.spapi import quota
from integration.sync import fetch
from tests import servers
from tests.bench import accounts as accounts_of
from tests.bench import sellers, shop
from tests.bench.report import Line, Section, at_least, at_most, median
from tests.bench.sellers import Sellers
from tests.bench.shop import BenchShop
from tests.bench.workers import WAKE_EVERY_SECONDS, Workers, working

ANSWER_SECONDS = 0.2
LONGEST_SECONDS = 240.0
ONE_SLOT_ACCOUNTS = 40
CAPACITY_ACCOUNTS = 500
CAPACITY_THREADS = 16
FULL_ACCOUNTS, PAGES_EACH = 20, 2
HEALTHY, HEALTHY_THREADS, ARRIVE_WITHIN_SECONDS = 50, 8, 15.0
REPETITIONS = 3
SEARCHES_A_SECOND = quota.PLANS["searchOrders"].rate


@dataclass(frozen=True, slots=True)
class Rate:
    """How much was done in a second, and the processor seconds that one of it took."""

    a_second: float
    workers: float
    amazon: float
    database: float

    @property
    def on_this_machine(self) -> float:
        """Processor seconds of what a machine of ours runs: Amazon is elsewhere."""
        return self.workers + self.database


def measure(opened: BenchShop, *, say: Callable[[str], None]) -> list[Section]:
    """All of it, in about four minutes."""
    with servers.valkey() as broker:
        twice = list(_twice(opened, broker, say))
        idle = [
            _idle(opened, broker, processes, CAPACITY_THREADS, CAPACITY_ACCOUNTS, say) for processes in (1, 2)
        ]
        full = [_full(opened, broker, processes, say) for processes in (1, 2)]
        alone, beside = (_lateness(opened, broker, has_trouble, say) for has_trouble in (False, True))
    shop.clear_orders()
    return [
        Section(
            "Two worker processes and one, of one slot each; a poll waits 0.2 s for Amazon",
            [
                median("two workers", [two / one for one, two in twice], "x one", at_least(1.8)),
                median("one worker", [one for one, _ in twice], "polls/s"),
            ],
        ),
        _capacity(idle, full),
        Section(
            f"{HEALTHY} healthy accounts beside a dead and a slow one, {HEALTHY_THREADS} threads",
            [
                Line("how late they are polled, median", statistics.median(alone), "s alone"),
                Line("the same beside the dead and the slow one", statistics.median(beside), "s"),
                Line("the latest of them, alone", max(alone), "s"),
                Line("the latest of them, beside", max(beside), "s", at_most(round(max(alone) + 2.0, 1))),
            ],
        ),
    ]


def _capacity(idle: list[Rate], full: list[Rate]) -> Section:
    """Each process is bound to one core by Python, so a machine of two cores runs two."""
    poll_seconds = fetch.poll_after(rate=SEARCHES_A_SECOND, tokens=20, burst=20).total_seconds()
    one, two = idle
    one_full, two_full = full
    return Section(
        "What this machine carries, two worker processes of 16 threads, everything on it",
        [
            Line("idle polls", two.a_second, "polls/s"),
            Line("idle accounts, one poll in 232 s each", two.a_second * poll_seconds, "accounts"),
            Line("full pages, JSON to Commerce orders", two_full.a_second, "pages/s"),
            Line(
                "saturated accounts, 2,016 orders an hour each",
                two_full.a_second / SEARCHES_A_SECOND,
                "accounts",
            ),
            Line("computing alone: two processes, idle polls", two.a_second / one.a_second, "x one"),
            Line(
                "computing alone: two processes, full pages", two_full.a_second / one_full.a_second, "x one"
            ),
            Line("processor time of an idle poll, worker", two.workers * 1_000, "ms"),
            Line("processor time of an idle poll, PostgreSQL", two.database * 1_000, "ms"),
            Line("processor time of an idle poll, the local Amazon", two.amazon * 1_000, "ms"),
            Line("processor time of a full page, worker", two_full.workers * 1_000, "ms"),
            Line("processor time of a full page, PostgreSQL", two_full.database * 1_000, "ms"),
            Line("processor time of a full page, the local Amazon", two_full.amazon * 1_000, "ms"),
            Line(
                "by processor time, without the local Amazon: idle accounts",
                2 * poll_seconds / two.on_this_machine,
                "accounts",
            ),
            Line(
                "by processor time, without the local Amazon: saturated",
                2 / SEARCHES_A_SECOND / two_full.on_this_machine,
                "accounts",
            ),
        ],
    )


def _twice(opened: BenchShop, broker: str, say: Callable[[str], None]) -> Iterator[tuple[float, float]]:
    for _ in range(REPETITIONS):
        one, two = (
            _idle(opened, broker, processes, 1, ONE_SLOT_ACCOUNTS * processes, say) for processes in (1, 2)
        )
        yield one.a_second, two.a_second


def _idle(
    opened: BenchShop, broker: str, processes: int, threads: int, count: int, say: Callable[[str], None]
) -> Rate:
    """Accounts that are up to date, all of them due at one moment."""
    say(f"idle polls of {count} accounts, {processes} x {threads}")
    accounts = accounts_of.connect(opened, count)
    with (
        sellers.serving(Sellers(count, answer_seconds=ANSWER_SECONDS)) as amazon,
        working(broker, amazon, processes=processes, threads=threads) as workers,
    ):
        # The first round brings the access tokens, of which an account needs one an hour.
        if threads > 1:
            _poll_all(workers, accounts)
        return _poll_all(workers, accounts)


def _poll_all(workers: Workers, accounts: list[int]) -> Rate:
    now = timezone.now()
    _up_to_date(accounts, now)
    workers.start_clock()
    AccountSync.objects.filter(account_id__in=accounts).update(next_poll_at=now)
    polled = AccountSync.objects.filter(account_id__in=accounts, last_polled_at__gt=now)
    _wait(workers, lambda: polled.count() == len(accounts))
    taken = workers.seconds_taken()
    moments = sorted(_moment(row) for row in polled)
    each = {name: seconds / len(accounts) for name, seconds in taken.items()}
    return Rate((len(moments) - 1) / (moments[-1] - moments[0]).total_seconds(), **each)


def _full(opened: BenchShop, broker: str, processes: int, say: Callable[[str], None]) -> Rate:
    """Accounts with pages full of new orders to read."""
    say(f"full pages, {processes} x {CAPACITY_THREADS}")
    shop.clear_orders()
    accounts = accounts_of.connect(opened, FULL_ACCOUNTS)
    AccountSync.objects.exclude(account_id__in=accounts).update(
        next_poll_at=timezone.now() + timedelta(days=1)
    )
    pages = FULL_ACCOUNTS * PAGES_EACH
    sold = Sellers(
        FULL_ACCOUNTS,
        orders_each=PAGES_EACH * shop.PAGE,
        first_order_at=opened.first_order_at.isoformat(),
        answer_seconds=ANSWER_SECONDS,
    )
    AccountSync.objects.filter(account_id__in=accounts).update(
        next_poll_at=timezone.now() + timedelta(days=1)
    )
    with (
        sellers.serving(sold) as amazon,
        working(broker, amazon, processes=processes, threads=CAPACITY_THREADS) as workers,
    ):
        now = timezone.now()
        workers.start_clock()
        AccountSync.objects.filter(account_id__in=accounts).update(next_poll_at=now)
        began = time.perf_counter()
        at_rest = AccountSync.objects.filter(account_id__in=accounts, next_poll_at__gt=now, lease_owner="")
        _wait(workers, lambda: at_rest.count() == len(accounts))
        seconds = time.perf_counter() - began
        taken = workers.seconds_taken()
    if AmazonOrder.objects.count() != pages * shop.PAGE:
        raise AssertionError(f"{AmazonOrder.objects.count()} of {pages * shop.PAGE} orders came in")
    return Rate(pages / seconds, **{name: spent / pages for name, spent in taken.items()})


def _lateness(opened: BenchShop, broker: str, has_trouble: bool, say: Callable[[str], None]) -> list[float]:
    """How many seconds after its time each healthy account was polled."""
    say("healthy accounts beside a dead and a slow one" if has_trouble else "healthy accounts alone")
    count = HEALTHY + 2
    accounts = accounts_of.connect(opened, count)
    troubled, healthy = accounts[:2], accounts[2:]
    with (
        sellers.serving(Sellers(count, answer_seconds=ANSWER_SECONDS, has_trouble=has_trouble)) as amazon,
        working(broker, amazon, processes=1, threads=HEALTHY_THREADS) as workers,
    ):
        now = timezone.now()
        _up_to_date(accounts, now)
        if has_trouble:
            AccountSync.objects.filter(account_id__in=troubled).update(next_poll_at=now)
        due = {
            pk: now + timedelta(seconds=n * ARRIVE_WITHIN_SECONDS / HEALTHY) for n, pk in enumerate(healthy)
        }
        AccountSync.objects.bulk_update(
            [AccountSync(account_id=pk, next_poll_at=at) for pk, at in due.items()], ["next_poll_at"]
        )
        polled = AccountSync.objects.filter(account_id__in=healthy, last_polled_at__gt=now)
        _wait(workers, lambda: polled.count() == HEALTHY)
        return [(_moment(row) - due[row.account_id]).total_seconds() for row in polled]


def _moment(row: AccountSync) -> datetime:
    if row.last_polled_at is None:
        raise AssertionError(f"{row} was not polled")
    return row.last_polled_at


def _up_to_date(accounts: list[int], now: datetime) -> None:
    """Everything is in, nobody is due, nobody holds a lease."""
    AccountSync.objects.update(next_poll_at=now + timedelta(days=1))
    AccountSync.objects.filter(account_id__in=accounts).update(
        synced_until=now - timedelta(minutes=15),
        window=None,
        failures=0,
        is_troubled=False,
        last_polled_at=None,
        lease_owner="",
        lease_expires_at=None,
    )
    StoreSync.objects.filter(store__account_id__in=accounts).update(synced_until=now - timedelta(minutes=15))


def _wait(workers: Workers, is_done: Callable[[], bool]) -> None:
    give_up = time.monotonic() + LONGEST_SECONDS
    wake_at = 0.0
    while not is_done():
        if time.monotonic() > give_up:
            raise AssertionError("the workers did not come to an end")
        if time.monotonic() >= wake_at:
            workers.wake()
            wake_at = time.monotonic() + WAKE_EVERY_SECONDS
        time.sleep(0.1)
