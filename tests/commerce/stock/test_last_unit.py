"""The last unit, wanted by two transactions at once on two real connections."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from commerce import placement
from commerce.catalog import file_import
from commerce.models import CommerceStore, Order, Product
from commerce.orders import cancellations, numbers
from commerce.placement import Placement
from commerce.stock import counts
from tests.commerce.shop import (
    CHANNEL,
    LATER,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_last_unit_goes_to_one_of_two_and_the_other_waits_for_the_decision() -> None:
    mug = product(on_hand=1)
    mine, theirs = draft("A-1", line(mug)), draft("A-2", line(mug))
    outcome: list[Placement] = []
    with transaction.atomic():
        first = placement.place(channel=CHANNEL, drafts=[mine], now=NOW)
        other = in_thread(lambda: outcome.append(place(theirs)))
        other.join(0.5)
        assert other.is_alive()
    other.join(10)
    assert set(first.placed) == {"A-1"}
    assert set(outcome[0].short) == {"A-2"}
    assert quantities(mug) == (1, 1)


def test_many_at_once_never_sell_more_than_there_is_nor_wait_for_each_other_in_a_circle() -> None:
    mug, cup = product("MUG", on_hand=20), product("CUP", on_hand=20)
    pages = [
        [
            draft(f"A-{page}-{n}", line(first), line(second, reference="L2"))
            for n, (first, second) in enumerate([(mug, cup), (cup, mug)] * 4)
        ]
        for page in range(4)
    ]
    placed: list[str] = []
    threads = [in_thread(lambda page=page: placed.extend(place(*page).placed)) for page in pages]  # type: ignore[misc]
    for thread in threads:
        thread.join(30)
    assert len(placed) == 20
    assert Order.objects.count() == 20
    assert (quantities(mug), quantities(cup)) == ((20, 20), (20, 20))
    assert_stock_is_sound()


def test_numbers_taken_at_once_are_all_different() -> None:
    store = CommerceStore.objects.create(name="Busy")
    taken: list[str] = []

    def take() -> None:
        with transaction.atomic():
            series = numbers.lock([store.pk])
            taken.extend([series.invoice(store.pk) for _ in range(50)])
            series.save()

    threads = [in_thread(take) for _ in range(4)]
    for thread in threads:
        thread.join(30)
    assert sorted(map(int, taken)) == [store.pk * 10**9 + n for n in range(1, 201)]


def test_placing_canceling_counting_and_importing_at_once_never_lock_each_other_out() -> None:
    products = [product(f"SKU-{n}", on_hand=40) for n in range(4)]
    failures: list[BaseException] = []

    def safely(work: Callable[[int], object]) -> threading.Thread:
        def run() -> None:
            try:
                for turn in range(12):
                    work(turn)
            except Exception as failure:
                failures.append(failure)

        return in_thread(run)

    def place_and_cancel(name: str, chosen: list[Product]) -> Callable[[int], object]:
        def turn(n: int) -> None:
            lines = [line(each, reference=f"L{at + 1}") for at, each in enumerate(chosen)]
            placed = place(draft(f"{name}-{n}", *lines)).placed
            with transaction.atomic():
                cancellations.cancel(order_ids=[order.id for order in placed.values()], now=LATER)

        return turn

    def file(n: int) -> object:
        rows = "".join(f"SKU-{at},{n},USD,{n % 2},main,{30 + n}\n" for at in range(4))
        text = "sku,price,currency,manage_stock,source,on_hand\n" + rows
        return file_import.import_file(text.encode(), now=LATER)

    def count(n: int) -> None:
        counts.set_on_hand(
            sku=f"SKU-{n % 4}", source_code="main", on_hand=50 - n, now=LATER, accept_shortfall=True
        )

    threads = [
        safely(place_and_cancel("A", products)),
        safely(place_and_cancel("B", products[::-1])),
        safely(file),
        safely(count),
    ]
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert_stock_is_sound()
