"""Work that lost a race, or its connection, is done again from the start."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from amazon_orders import receive
from amazon_orders.receive import Outdated
from commerce.models import Order
from integration.transactions import ATTEMPTS, repeat_when_beaten
from tests.factories import commerce as catalog
from tests.fixtures_shop import Shop, commerce_order_of, events_of, state_of, stock_of


class Work:
    """Fails as often as it is told, then gives 7."""

    def __init__(self, failure: Exception, times: int) -> None:
        self.failure, self.left, self.runs = failure, times, 0

    def __call__(self) -> int:
        self.runs += 1
        if self.left:
            self.left -= 1
            raise self.failure
        return 7


@pytest.mark.django_db
@pytest.mark.parametrize("failure", [OperationalError("deadlock detected"), Outdated("newer")])
def test_the_beaten_tries_again(failure: Exception) -> None:
    work = Work(failure, times=ATTEMPTS - 1)
    assert repeat_when_beaten(work) == 7
    assert work.runs == ATTEMPTS


@pytest.mark.django_db
def test_whoever_is_always_beaten_says_so() -> None:
    work = Work(OperationalError("deadlock detected"), times=99)
    with pytest.raises(OperationalError):
        repeat_when_beaten(work)
    assert work.runs == ATTEMPTS


@pytest.mark.django_db
@pytest.mark.parametrize("failure", [IntegrityError("unique"), ValueError("a bug")])
def test_anything_else_flies_at_once(failure: Exception) -> None:
    work = Work(failure, times=1)
    with pytest.raises(type(failure)):
        repeat_when_beaten(work)
    assert work.runs == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_opened_again_and_the_whole_transaction_repeated() -> None:
    runs: list[int] = []

    def work() -> int:
        with transaction.atomic():
            runs.append(1)
            catalog.product(f"SKU-{len(runs)}")
            if len(runs) == 1:
                lose_connection()
            catalog.product(f"LAST-{len(runs)}")
            return Order.objects.count()

    assert repeat_when_beaten(work) == 0
    assert len(runs) == 2


def lose_connection() -> None:
    """The server ends this very connection, as a restart or a failover would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.postgres
def test_a_page_whose_connection_is_lost_half_way_is_stored_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [shop.sell() for _ in range(5)]
    real, tries = receive.store, []

    def store(*arguments: object, **named: object) -> object:
        stored = real(*arguments, **named)  # type: ignore[arg-type]
        tries.append(1)
        if len(tries) == 1:
            lose_connection()
        return stored

    monkeypatch.setattr(receive, "store", store)
    outcome = shop.sync()

    assert len(tries) == 2
    assert (outcome.problems, outcome.counts["changed"], outcome.counts["imported"]) == ([], 5, 5)
    assert [events_of(order_id) for order_id in orders] == [["RECEIVED", "IMPORTED"]] * 5
    assert stock_of() == (10, 5)


@pytest.mark.postgres
def test_a_placing_whose_connection_is_lost_half_way_is_done_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"))
    real, tries = Order.objects.bulk_create, []

    def bulk_create(*arguments: object, **named: object) -> object:
        made = real(*arguments, **named)  # type: ignore[arg-type]
        tries.append(1)
        if len(tries) == 1:
            lose_connection()
        return made

    monkeypatch.setattr(Order.objects, "bulk_create", bulk_create)
    shop.sync()

    assert len(tries) == 2
    assert state_of(order_id) == "IMPORTED"
    assert commerce_order_of(order_id).lines.count() == 1
    assert stock_of() == (10, 3)
