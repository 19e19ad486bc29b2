"""Numbers are handed out once; those of invoices have no gaps."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import CommerceStore
from commerce.orders import numbers
from tests.commerce.shop import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores() -> tuple[int, int]:
    names = ("First", "Second")
    first, second = (CommerceStore.objects.create(name=name).pk for name in names)
    return first, second


def take(store_id: int, count: int) -> list[tuple[str, str]]:
    series = numbers.lock([store_id])
    taken = [(series.order(store_id), series.invoice(store_id)) for _ in range(count)]
    series.save()
    return taken


def test_numbers_never_collide_between_stores(stores: tuple[int, int]) -> None:
    first, second = (str(store_id * 10**9 + 1) for store_id in stores)
    with transaction.atomic():
        assert take(stores[0], 1) == [(first, first)]
        assert take(stores[1], 1) == [(second, second)]


def test_numbers_go_on_where_the_last_that_came_to_be_ended(stores: tuple[int, int]) -> None:
    base = stores[0] * 10**9
    with transaction.atomic():
        assert [number for number, _ in take(stores[0], 2)] == [str(base + 1), str(base + 2)]
        before = transaction.savepoint()
        take(stores[0], 3)
        transaction.savepoint_rollback(before)
        assert take(stores[0], 1) == [(str(base + 3), str(base + 3))]


def test_an_order_may_have_a_number_of_its_own_and_an_invoice(stores: tuple[int, int]) -> None:
    with transaction.atomic():
        series = numbers.lock(stores)
        assert series.invoice(stores[0]) == str(stores[0] * 10**9 + 1)
        series.save()
        assert numbers.lock(stores).order(stores[0]) == str(stores[0] * 10**9 + 1)
    assert numbers.lock([]) == numbers.Series({}, {})


def test_numbers_of_all_stores_take_two_statements(stores: tuple[int, int]) -> None:
    with CaptureQueriesContext(connection) as context, transaction.atomic():
        series = numbers.lock(stores)
        for store_id in stores * 50:
            series.order(store_id)
        series.save()
    assert [sql.split()[0] for sql in statements(context)] == ["SELECT", "UPDATE"]


def test_credit_memos_have_numbers_of_their_own(stores: tuple[int, int]) -> None:
    first, _ = stores
    with transaction.atomic():
        take(first, 5)
    assert numbers.take_for_credit_memos({first: 2}) == {
        first: [str(first * 10**9 + 1), str(first * 10**9 + 2)]
    }


def test_numbers_of_an_unknown_store_are_refused() -> None:
    with pytest.raises(numbers.UnknownCommerceStore, match="no Commerce store 999"):
        numbers.lock([999])
