"""How fast orders come in, as a share of COPY and as a multiple of the loop; how many statements that takes.

Each repetition measures everything once, one after the other, and its ratios are its own: whatever else the
machine does in that minute slows all of them.
"""

import io
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from commerce.models import Order, Reservation
from integration.decision.policy import Action
from integration.order_import import check, judge, place
from sandbox import tokens_api
from tests.bench import amazon, copying, naive, shop
from tests.bench.counting import Statements, statements
from tests.bench.report import Line, Section, at_least, at_most, median
from tests.bench.shop import BenchShop

# The loop is slow: fewer orders say the same.
LOOP_ORDERS = 200


@dataclass(slots=True)
class Repetition:
    """Orders per second of each way, in one repetition."""

    copy: float = 0.0
    copy_without_keys: float = 0.0
    copy_of_everything: float = 0.0
    loop: float = 0.0
    pipeline: float = 0.0
    over_http: float = 0.0
    unchanged: float = 0.0
    requests: int = 0
    http_statements: int = 0
    loop_statements: float = 0


@dataclass(slots=True)
class PageStatements:
    """Statements of one page of 100 orders, step by step."""

    receive: int = 0
    check: int = 0
    place: int = 0
    unchanged: int = 0
    unchanged_order_writes: int = 0


@dataclass(slots=True)
class Throughput:
    """All repetitions."""

    count: int
    repetitions: list[Repetition] = field(default_factory=list)
    page: PageStatements = field(default_factory=PageStatements)

    def sections(self) -> list[Section]:
        """The lines of the report."""
        return [self._ratios(), self._rates(), self._thousand(), self._page()]

    def _ratios(self) -> Section:
        each = self.repetitions
        return Section(
            "Write speed as a ratio (COPY of the same Amazon rows into the same tables, empty = 1.00)",
            [
                median("per-order ORM loop", [r.loop / r.copy for r in each], "x COPY"),
                median(
                    "pipeline, JSON to Commerce order with reservation",
                    [r.pipeline / r.copy for r in each],
                    "x COPY",
                    at_least(0.06),
                ),
                median("pipeline", [r.pipeline / r.loop for r in each], "x loop", at_least(8)),
                median("the same over HTTP, command sync", [r.over_http / r.copy for r in each], "x COPY"),
                median("unchanged pages", [r.unchanged / r.copy for r in each], "x COPY"),
                median(
                    "COPY of every row the pipeline writes",
                    [r.copy_of_everything / r.copy for r in each],
                    "x COPY",
                ),
                median(
                    "COPY, tables without foreign keys",
                    [r.copy_without_keys / r.copy for r in each],
                    "x COPY",
                ),
            ],
        )

    def _rates(self) -> Section:
        each = self.repetitions
        return Section(
            "The same in orders per second, of this machine and this minute",
            [
                median("COPY", [r.copy for r in each], "orders/s"),
                median("per-order ORM loop", [r.loop for r in each], "orders/s"),
                median("pipeline", [r.pipeline for r in each], "orders/s"),
                median("the same over HTTP, command sync", [r.over_http for r in each], "orders/s"),
                median("unchanged pages", [r.unchanged for r in each], "orders/s"),
            ],
        )

    def _thousand(self) -> Section:
        each, thousands = self.repetitions, self.count / 1_000
        return Section(
            "What 1,000 new orders take",
            [
                median("SP-API requests", [r.requests / thousands for r in each], "", at_most(10)),
                median("SQL statements, command sync", [r.http_statements / thousands for r in each], ""),
                median("SQL statements, per-order ORM loop", [r.loop_statements * 1_000 for r in each], ""),
            ],
        )

    def _page(self) -> Section:
        pages, page = self.count / shop.PAGE, self.page
        a_page_of_sync = [repetition.http_statements / pages for repetition in self.repetitions]
        return Section(
            "SQL statements of a page of 100 new orders",
            [
                Line("receive", page.receive, ""),
                Line("check", page.check, ""),
                Line("place", page.place, ""),
                Line("receive + check + place", page.receive + page.check + page.place, "", at_most(36)),
                median("a page of command sync, with lease, quota and cursor", a_page_of_sync, ""),
                Line("unchanged page", page.unchanged, "", at_most(4)),
                Line("unchanged page, writes to orders", page.unchanged_order_writes, "", at_most(0)),
            ],
        )


def measure(opened: BenchShop, *, count: int, repeat: int, say: Callable[[str], None]) -> Throughput:
    """All of it. The first repetition warms up and is thrown away."""
    result = Throughput(count)
    pages = shop.pages(opened, count)
    with amazon.running(
        count=count,
        first_order_at=opened.first_order_at,
        seller=shop.SELLER,
        token=shop.REFRESH_TOKEN,
        skus=shop.SKUS,
    ) as address:
        for number in range(repeat + 1):
            say(f"write speed, repetition {number} of {repeat}" + ("" if number else " (warm-up)"))
            repetition = _repeat(opened, pages, address)
            if number:
                result.repetitions.append(repetition)
    result.page = _count_page(opened, pages[0])
    shop.clear_orders()
    return result


def _repeat(opened: BenchShop, pages: list[str], address: str) -> Repetition:
    done = Repetition()
    count = sum(len(json.loads(page)["orders"]) for page in pages)
    shop.clear_orders()
    done.pipeline = count / _seconds(lambda: _import(opened, pages))
    _assert_imported(count)
    done.unchanged = count / _seconds(lambda: _import(opened, pages))
    copied = copying.measure()
    done.copy = count / copied.amazon
    done.copy_without_keys = count / copied.without_keys
    done.copy_of_everything = count / copied.everything
    shop.clear_orders()
    with statements() as counted:
        done.over_http = count / _seconds(lambda: _sync(address, done))
    done.http_statements = counted.count
    _assert_imported(count)
    shop.clear_orders()
    done.loop, done.loop_statements = _loop(opened, pages)
    return done


def _import(opened: BenchShop, pages: Iterable[str]) -> None:
    for page in pages:
        shop.import_page(opened, page)


def _sync(address: str, done: Repetition) -> None:
    output = io.StringIO()
    with override_settings(SPAPI_ENDPOINT=address, SPAPI_LWA_URL=address + tokens_api.PATH):
        call_command("sync", "--json", stdout=output)
    done.requests = json.loads(output.getvalue())["requests"]


def _loop(opened: BenchShop, pages: Iterable[str]) -> tuple[float, float]:
    """Orders per second, and statements per order."""
    orders = [order for page in pages for order in json.loads(page)["orders"]][:LOOP_ORDERS]
    now = timezone.now()

    def import_all() -> None:
        for order in orders:
            naive.import_order(order, store=opened.store, now=now)

    with statements() as counted:
        rate = len(orders) / _seconds(import_all)
    _assert_imported(len(orders))
    return rate, counted.count / len(orders)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _assert_imported(count: int) -> None:
    """A number that was measured on work not done would be worse than none."""
    if Order.objects.count() != count or not Reservation.objects.exists():
        raise AssertionError(f"{Order.objects.count()} of {count} orders were imported")


def _count_page(opened: BenchShop, page: str) -> PageStatements:
    shop.clear_orders()
    now = timezone.now()
    with statements() as receiving:
        order_ids = shop.receive_page(opened, page)
    with statements() as checking:
        judgments = check.run(order_ids=order_ids, now=now)
    clear = [each for each in judgments if each.decision.action == Action.PLACE]
    with statements() as placing:
        place.run(judgments=clear, now=now)
    unchanged = _count_unchanged(opened, page)
    return PageStatements(
        receive=receiving.count,
        check=checking.count,
        place=placing.count,
        unchanged=unchanged.count,
        unchanged_order_writes=unchanged.order_writes,
    )


def _count_unchanged(opened: BenchShop, page: str) -> Statements:
    with statements() as counted:
        judge.judge_orders(order_ids=shop.receive_page(opened, page), now=timezone.now())
    return counted
