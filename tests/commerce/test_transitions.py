"""The one table of what may happen to an order, and the page drawn from it."""

from pathlib import Path

import pytest

from commerce import states_page, transitions
from commerce.statuses import OrderStatus
from commerce.transitions import TABLE, NoTransition, Step, after, may

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_drawn_from_the_table() -> None:
    assert states_page.render() in (ROOT / "docs" / "states.md").read_text(encoding="utf-8")


def test_every_state_can_be_reached_and_ends_are_ends() -> None:
    reached = {state for state, _ in transitions.STARTS} | {row.to for row in TABLE}
    assert reached == set(OrderStatus)
    assert OrderStatus.CANCELED not in {row.state for row in TABLE}
    assert {row.step for row in TABLE if row.state == OrderStatus.CLOSED} == {Step.REOPEN}
    assert frozenset(OrderStatus.values) == transitions.OPEN | transitions.FINISHED


def test_no_step_is_ambiguous_but_the_one_that_remembers() -> None:
    pairs = [(row.state, row.step) for row in TABLE]
    twice = {pair for pair in pairs if pairs.count(pair) > 1}
    assert twice == {(OrderStatus.ON_HOLD, Step.UNHOLD)}


@pytest.mark.parametrize("step", [Step.SHIP, Step.HOLD, Step.CANCEL, Step.CANCEL_UNITS, Step.UNHOLD])
@pytest.mark.parametrize("state", ["COMPLETE", "CANCELED", "CLOSED"])
def test_nothing_more_leaves_a_finished_order(state: str, step: Step) -> None:
    assert not may(state, step)


def test_nothing_ships_from_here_on_hold_or_unpaid() -> None:
    assert [state for state in OrderStatus if may(state, Step.SHIP)] == [OrderStatus.PROCESSING]


def test_an_order_goes_on_where_it_was_stopped() -> None:
    assert after("ON_HOLD", Step.UNHOLD, before_hold="PENDING") == OrderStatus.PENDING
    assert after("ON_HOLD", Step.UNHOLD, before_hold="PROCESSING") == OrderStatus.PROCESSING
    with pytest.raises(NoTransition):
        after("ON_HOLD", Step.UNHOLD)
    with pytest.raises(NoTransition, match="CANCELED cannot be shipped"):
        after("CANCELED", Step.SHIP)
