"""Numbers are handed out once, for orders and invoices alike."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.models import CommerceStore
from commerce.orders import numbers
from commerce.orders.numbers import Numbers
from tests.commerce.shop import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores() -> tuple[int, int]:
    names = ("First", "Second")
    first, second = (CommerceStore.objects.create(name=name).pk for name in names)
    return first, second


def test_numbers_never_collide_between_stores(stores: tuple[int, int]) -> None:
    first, second = stores
    base = first * 10**9, second * 10**9
    assert numbers.take(orders={first: 2, second: 1}, invoices={first: 1}) == Numbers(
        {first: [str(base[0] + 1), str(base[0] + 2)], second: [str(base[1] + 1)]},
        {first: [str(base[0] + 1)]},
    )
    assert numbers.take(orders={first: 1}, invoices={first: 1, second: 1}) == Numbers(
        {first: [str(base[0] + 3)]}, {first: [str(base[0] + 2)], second: [str(base[1] + 1)]}
    )
    assert numbers.take(orders={}, invoices={}) == Numbers({}, {})


def test_numbers_are_taken_with_one_update_for_all_stores(stores: tuple[int, int]) -> None:
    with CaptureQueriesContext(connection) as context:
        numbers.take(orders=dict.fromkeys(stores, 100), invoices=dict.fromkeys(stores, 50))
    assert [sql.split()[0] for sql in statements(context)] == ["UPDATE", "SELECT"]


def test_credit_memos_have_numbers_of_their_own(stores: tuple[int, int]) -> None:
    first, _ = stores
    numbers.take(orders={first: 5}, invoices={})
    assert numbers.take_for_credit_memos({first: 2}) == {
        first: [str(first * 10**9 + 1), str(first * 10**9 + 2)]
    }


def test_numbers_of_an_unknown_store_are_refused() -> None:
    with pytest.raises(numbers.UnknownCommerceStore, match="no Commerce store 999"):
        numbers.take(orders={999: 1}, invoices={})
