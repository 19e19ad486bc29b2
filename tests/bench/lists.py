"""The list of orders at 1,000 orders and at very many: each sort, its first page and one in the midst."""

import dataclasses
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from amazon_orders.models import AmazonOrder, Store
from integration.access import Viewer
from integration.models import ImportState, Role
from integration.orders import order_list
from integration.orders.order_list import ORDERINGS, OrderFilter
from paging import keyset
from tests.bench import databases, many, shop
from tests.bench.counting import statements
from tests.bench.report import MISSED, Line, Section, at_most, median
from tests.bench.shop import BenchShop

FEW = 1_000
TIMES = 25
ADMIN = Viewer(name="bench", role=Role.ADMIN, store_ids=None)


@dataclass(frozen=True, slots=True)
class View:
    """One page of one list."""

    name: str
    filters: OrderFilter
    ordering: str
    is_in_the_midst: bool = False
    is_sort: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """What a view takes with few and with many orders: milliseconds, and statements at most."""

    few: float
    many: float
    statements: int

    @property
    def ratio(self) -> float:
        """How much longer it takes with many."""
        return self.many / self.few


def measure(opened: BenchShop, *, rows: int, say: Callable[[str], None]) -> Section:
    """Time every view at both sizes, in turns."""
    shop.clear_orders()
    many.fill(opened, first=1, last=FEW)
    with databases.copy_of_now() as few:
        say(f"lists, making {rows:,} orders")
        many.fill(opened, first=FEW + 1, last=rows)
        say(f"lists, {rows:,} orders against {FEW:,}")
        costs = {view: _cost(view, few, rows) for view in _views(opened.store)}
    shop.clear_orders()
    return _section(costs, f"A page of 50 of the order list: {rows:,} orders against {FEW:,}")


def _views(store: Store) -> list[View]:
    everything, of_store = OrderFilter(), OrderFilter(store_ids=(store.pk,))
    sorted_views = [
        View(f"{where}, by {ordering}, {'in the midst' if midst else 'first page'}", filters, ordering, midst)
        for where, filters in (("all stores", everything), ("one store", of_store))
        for ordering in ORDERINGS
        for midst in (False, True)
    ]
    newest = order_list.DEFAULT_ORDERING
    return [
        *sorted_views,
        View("filter: state BLOCKED", OrderFilter(states=(ImportState.BLOCKED,)), newest, is_sort=False),
        View("filter: status UNSHIPPED", OrderFilter(statuses=("UNSHIPPED",)), newest, is_sort=False),
        View("search: order number", OrderFilter(q=many.order_number(FEW // 2)), newest, is_sort=False),
        View("search: seller SKU", OrderFilter(q="BENCH-0001"), newest, is_sort=False),
    ]


def _cost(view: View, few: BaseDatabaseWrapper, rows: int) -> Cost:
    with databases.looking_at(few):
        _, cursor_of_few = _look(view, FEW)
    counted, cursor_of_many = _look(view, rows)
    times_few, times_many = [], []
    for _ in range(TIMES):
        with databases.looking_at(few):
            times_few.append(_milliseconds(view, cursor_of_few))
        times_many.append(_milliseconds(view, cursor_of_many))
    return Cost(statistics.median(times_few), statistics.median(times_many), counted)


def _look(view: View, rows: int) -> tuple[int, str]:
    """Once to warm up: how many statements, and the cursor it starts from."""
    cursor = _cursor_in_the_midst(view, rows) if view.is_in_the_midst else ""
    with statements() as counted:
        _milliseconds(view, cursor)
    return counted.count, cursor


def _milliseconds(view: View, cursor: str) -> float:
    started = time.perf_counter()
    page = order_list.page(viewer=ADMIN, filters=view.filters, ordering=view.ordering, cursor=cursor)
    if not page.rows:
        raise AssertionError(f"nothing found: {view.name}")
    return (time.perf_counter() - started) * 1_000


def _cursor_in_the_midst(view: View, rows: int) -> str:
    ordering = ORDERINGS[view.ordering]
    sign = "-" if ordering.is_descending else ""
    found = AmazonOrder.objects.exclude(**{f"{ordering.column}__isnull": True})
    row = found.order_by(f"{sign}{ordering.column}", f"{sign}pk")[rows // 2 : rows // 2 + 1].get()
    return keyset.encode(keyset.Position(getattr(row, ordering.column), row.pk), ordering)


def _section(costs: dict[View, Cost], title: str) -> Section:
    in_sorts = {view: cost for view, cost in costs.items() if view.is_sort}
    every = [Line(view.name, cost.ratio, "x", at_most(1.3)) for view, cost in in_sorts.items()]
    slowest = max(every, key=lambda line: line.value)
    lines = [
        Line("SQL statements, at most", max(cost.statements for cost in costs.values()), "", at_most(8)),
        median("all sorts, first page and midst", [line.value for line in every], "x"),
        dataclasses.replace(slowest, name=f"slowest: {slowest.name}"),
        *(line for line in every if line.verdict == MISSED and line is not slowest),
        *(Line(view.name, cost.ratio, "x") for view, cost in costs.items() if not view.is_sort),
        median("time with few orders", [cost.few for cost in in_sorts.values()], "ms"),
        median("time with many orders", [cost.many for cost in in_sorts.values()], "ms"),
    ]
    return Section(title, lines, unprinted=every)
