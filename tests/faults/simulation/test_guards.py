"""A guard that is missing is noticed: each is broken on purpose, and some schedule ends badly."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from pytest_django import Settings

from amazon_orders import receive as mirror
from commerce import placement
from commerce.models import Product, Reservation
from commerce.stock import stock as stock_room
from commerce.stock.stock import Stock
from integration.models import AccountSync, Blocker, OrderImport
from integration.order_import import due, judgment
from integration.sync import cursor, receive, windows
from integration.sync.lease import Lease
from tests.faults.simulation import check, tables
from tests.faults.simulation.lives import Crash
from tests.faults.simulation.run import NotAsItShouldBe, Simulation

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
# A guard that is missing must be noticed within so many schedules after those known to notice it.
TRIES = 60
PAGES_TO_A_DEATH = 5
NOTICES_A_LOST_PAGE = 1
Break = Callable[[pytest.MonkeyPatch], None]


def no_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other importers do: "all up to now is in"."""
    monkeypatch.setattr(windows, "cursor_after", lambda window, *, bound: bound + windows.READABLE_AFTER)


def no_fencing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose lease was taken over goes on storing pages."""

    def unguarded(lease: Lease, **changes: Any) -> None:
        AccountSync.objects.filter(account_id=lease.account_id).update(**changes)

    monkeypatch.setattr(cursor, "_guarded", unguarded)


def no_newer_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever arrives last is stored."""
    monkeypatch.setattr(mirror, "_is_news", lambda arrived, known: True)


def no_version_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judgment counts although the order has changed since its facts were gathered."""
    monkeypatch.setattr(judgment, "claim", list)


def cursor_before_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page token and the cursor move in a transaction of their own, before the page is stored.

    One schedule in six kills a process just there, and the overlap covers most of what that loses; so here
    processes are made to die there.
    """
    store, dies = receive.run, dies_every(PAGES_TO_A_DEATH)

    def run(*, in_transaction: Callable[[], None] = lambda: None, **page: Any) -> receive.Received:
        in_transaction()
        dies()
        return store(**page)

    monkeypatch.setattr(receive, "run", run)


def dies_every(count: int) -> Callable[[], None]:
    """A place where every so manieth process that comes by is killed."""
    passing = itertools.count(1)

    def die() -> None:
        if next(passing) % count == 0:
            raise Crash

    return die


def time_instead_of_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product counts as changed since by the clocks of two processes, not by the stamp that was judged."""

    def find(*, now: datetime, limit: int = due.BATCH, after: int = 0) -> list[int]:
        rows = OrderImport.objects.filter(pk__gt=after).order_by("pk")
        blocker = Blocker.objects.filter(order_import=OuterRef("pk"), closed_at=None)
        changed = blocker.filter(product__availability_changed_at__gt=OuterRef("judged_at"))
        made = blocker.filter(code="PRODUCT_MISSING", seller_sku__in=Product.objects.values("sku").order_by())
        is_due = Q(version__gt=F("judged_version")) | Q(recheck_at__lte=now) | Exists(changed) | Exists(made)
        return list(rows.filter(is_due).values_list("pk", flat=True)[:limit])

    monkeypatch.setattr(due, "find_due_orders", find)


def no_look_at_what_was_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order is placed by two judgments, neither of which looks whether it was placed before."""
    no_version_claim(monkeypatch)
    monkeypatch.setattr(placement, "_existing", lambda channel, drafts: {})


def no_look_at_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units are kept for an order without a look at those it holds already."""

    def save(stock: Stock) -> None:
        Reservation.objects.bulk_create(
            stock._reservation(reference, key, hold)
            for reference, holds in stock.holds.items()
            for key, hold in holds.items()
        )

    monkeypatch.setattr(stock_room, "_holds", lambda *_: ({}, {}))
    monkeypatch.setattr(Stock, "_save_reservations", save)


@dataclass(frozen=True)
class Guard:
    """What is broken. `seeds`: known to notice it, tried first. `says`: what one of the differences says."""

    breaking: Break
    seeds: tuple[int, ...] = ()
    constraint: tuple[str, str] | None = None
    """A table and one of its columns, whose unique constraints are dropped as well."""
    says: str = ""


GUARDS = (
    Guard(no_overlap, seeds=(3,)),
    Guard(no_fencing, seeds=(3,)),
    Guard(no_newer_wins, seeds=(4,)),
    Guard(no_version_claim, seeds=(4,)),
    Guard(cursor_before_page, seeds=(NOTICES_A_LOST_PAGE,)),
    Guard(time_instead_of_stamp, seeds=(5,)),
    # The code looks before it writes, and another one writes in between: only the constraint is in the way.
    Guard(
        lambda monkeypatch: None,
        seeds=(37,),
        constraint=("amazon_orders_amazonorder", "amazon_order_id"),
        says="Amazon order",
    ),
    # Here the code's own checks hold by themselves, so they are broken too.
    Guard(
        no_look_at_what_was_placed,
        seeds=(4,),
        constraint=("commerce_order", "channel_reference"),
        says="Commerce order",
    ),
    Guard(
        no_look_at_what_is_held,
        seeds=(3,),
        constraint=("commerce_reservation", "line_reference"),
        says="reservation",
    ),
)


@pytest.mark.parametrize(
    "guard", GUARDS, ids=lambda guard: guard.constraint[0] if guard.constraint else guard.breaking.__name__
)
def test_a_missing_guard_is_noticed(
    guard: Guard, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    guard.breaking(monkeypatch)
    with without_unique(*guard.constraint) if guard.constraint else nullcontext():
        noticed = first_to_notice(guard, monkeypatch, settings)

    assert noticed is not None, f"{TRIES} schedules did not notice that the guard is missing"
    print(noticed)  # noqa: T201 - what a missing guard looks like


def test_while_the_guard_is_there_to_die_between_cursor_and_page_does_no_harm(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """What `cursor_before_page` breaks, unbroken: one transaction holds both, and goes as a whole."""
    store, dies = receive.run, dies_every(PAGES_TO_A_DEATH)

    def run(*, in_transaction: Callable[[], None] = lambda: None, **page: Any) -> receive.Received:
        def both() -> None:
            in_transaction()
            dies()

        return store(in_transaction=both, **page)

    monkeypatch.setattr(receive, "run", run)
    simulation = Simulation(NOTICES_A_LOST_PAGE, monkeypatch, settings)
    simulation.run()
    assert check.differences(simulation.shop) == []


def first_to_notice(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> NotAsItShouldBe | None:
    """The first schedule that ends badly, each on an emptied database."""
    for seed in (*guard.seeds, *range(1, TRIES + 1)):
        tables.empty()
        try:
            with monkeypatch.context() as patched:
                Simulation(seed, patched, settings).run()
        except NotAsItShouldBe as noticed:
            if f"- {guard.says}" in str(noticed):
                return noticed
    return None


@contextmanager
def without_unique(table: str, column: str) -> Iterator[None]:
    """The simulated database without the unique constraints of a column; with them again afterward."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)"
            " WHERE conrelid = %s::regclass AND contype = 'u' AND attname = %s",
            [table, column],
        )
        constraints = cursor.fetchall()
        assert constraints
        for name, _ in constraints:
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        tables.empty()
        with connection.cursor() as cursor:
            for name, definition in constraints:
                cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
