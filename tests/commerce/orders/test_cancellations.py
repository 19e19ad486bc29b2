"""Orders and units that are canceled give their stock back, once."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.models import Order, OrderLine, Reservation
from commerce.orders import cancellations
from commerce.orders.cancellations import CannotCancel
from tests.commerce.orders.workshop import events, order
from tests.commerce.shop import (
    LATER,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
    statements,
)

pytestmark = pytest.mark.django_db


def cancel(*order_ids: int) -> cancellations.Cancellation:
    with transaction.atomic():
        return cancellations.cancel(order_ids=order_ids, now=LATER)


def cancel_units(order_id: int, **units: int) -> cancellations.UnitsCanceled:
    with transaction.atomic():
        return cancellations.cancel_units(canceled={order_id: units}, now=LATER)


def test_a_canceled_order_gives_its_stock_back_and_says_so() -> None:
    mug = product(on_hand=5)
    placed = place(draft("A-1", line(mug, 3))).placed["A-1"]
    assert cancel(placed.id).canceled == (placed.id,)
    order = Order.objects.get()
    assert (order.status, order.canceled_at) == ("CANCELED", LATER)
    assert OrderLine.objects.get().quantity_canceled == 3
    assert not Reservation.objects.exists()
    assert quantities(mug) == (5, 0)
    mug.refresh_from_db()
    assert mug.availability_changed_at == LATER


def test_canceling_twice_does_nothing_the_second_time() -> None:
    placed = place(draft("A-1", line(product(on_hand=5), 3))).placed["A-1"]
    cancel(placed.id)
    assert cancel(placed.id) == cancellations.Cancellation((), ())


def test_an_order_of_which_something_has_shipped_is_not_canceled() -> None:
    mug = product(on_hand=9)
    placed = place(
        draft("A-1", line(mug, 3, shipped=1)), draft("A-2", line(mug, 1, shipped=1), is_complete=True)
    ).placed
    ids = tuple(order.id for order in placed.values())
    assert cancel(*ids) == cancellations.Cancellation((), ids)
    assert quantities(mug) == (7, 2)


# SQLite takes fewer values in one statement, so a page is cut up there.
@pytest.mark.postgres
def test_canceling_one_order_and_a_hundred_takes_the_same_statements() -> None:
    mug = product(on_hand=1000)
    placed = place(*[draft(f"A-{n}", line(mug, 2)) for n in range(101)]).placed
    first, *others = [order.id for order in placed.values()]
    with CaptureQueriesContext(connection) as one:
        cancel(first)
    with CaptureQueriesContext(connection) as hundred:
        cancel(*others)
    assert len(statements(one)) == len(statements(hundred)) == 13
    assert quantities(mug) == (1000, 0)
    assert_stock_is_sound()


def test_units_are_canceled_up_to_what_the_channel_says_and_only_once() -> None:
    mug = product(on_hand=5)
    placed = place(draft("A-1", line(mug, 4))).placed["A-1"]
    assert cancel_units(placed.id, L1=1) == cancellations.UnitsCanceled({placed.id: 1}, (), ())
    assert cancel_units(placed.id, L1=1) == cancellations.UnitsCanceled({}, (), ())
    assert quantities(mug) == (5, 3)
    assert Order.objects.get().status == "PROCESSING"


def test_an_order_whose_units_are_all_canceled_is_canceled() -> None:
    mug = product(on_hand=5)
    placed = place(draft("A-1", line(mug, 2), line(mug, 1, reference="L2"))).placed["A-1"]
    assert cancel_units(placed.id, L1=2, L2=1).canceled == (placed.id,)
    assert Order.objects.get().status == "CANCELED"
    assert quantities(mug) == (5, 0)


def test_an_order_whose_rest_is_canceled_is_complete_and_never_cancels_what_has_shipped() -> None:
    mug = product(on_hand=5)
    placed = place(draft("A-1", line(mug, 3, shipped=2))).placed["A-1"]
    assert cancel_units(placed.id, L1=3) == cancellations.UnitsCanceled({placed.id: 1}, (), (placed.id,))
    order = Order.objects.get()
    assert (order.status, order.completed_at) == ("COMPLETE", LATER)
    assert quantities(mug) == (3, 0)
    assert_stock_is_sound()


def test_units_are_canceled_by_hand_with_a_reason() -> None:
    order_id = order()
    line_id = OrderLine.objects.get().pk
    with transaction.atomic():
        done = cancellations.cancel_lines(
            order_id=order_id, units={line_id: 1}, reason="NO_STOCK", now=LATER, by="maria"
        )
    assert done.units == {order_id: 1}
    assert events() == [("UNITS_CANCELED", "maria", {"units": 1, "reason": "NO_STOCK"})]
    assert quantities(OrderLine.objects.get().product) == (5, 2)
    with pytest.raises(CannotCancel) as refusal, transaction.atomic():
        cancellations.cancel_lines(order_id=order_id, units={line_id: 3, 0: 1}, now=LATER, by="maria")
    assert [each.code for each in refusal.value.refusals] == ["QUANTITY", "UNKNOWN_LINE"]
    OrderLine.objects.update(units_per_item=2)
    with pytest.raises(CannotCancel, match="packs of 2"), transaction.atomic():
        cancellations.cancel_lines(order_id=order_id, units={line_id: 1}, now=LATER, by="maria")
