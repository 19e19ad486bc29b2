"""Slots: counted exactly, never waited for, and given back whatever happens."""

import contextlib

import pytest

from integration.scheduler.bulkhead import Slots


def free(slots: Slots, *, is_troubled: bool) -> int:
    """How many more could be taken now."""
    with contextlib.ExitStack() as held:
        count = 0
        while held.enter_context(slots.one(is_troubled=is_troubled)):
            count += 1
        return count


@pytest.mark.parametrize(
    ("threads", "at_once", "troubled_at_once"), [(1, 1, 1), (2, 1, 1), (4, 3, 1), (8, 7, 2), (16, 15, 4)]
)
def test_one_thread_is_kept_from_amazon_and_few_are_for_the_troubled(
    threads: int, at_once: int, troubled_at_once: int
) -> None:
    slots = Slots(threads)
    assert (slots.at_once, slots.troubled_at_once) == (at_once, troubled_at_once)
    assert free(slots, is_troubled=True) == troubled_at_once
    assert free(slots, is_troubled=False) == at_once


def test_troubled_accounts_leave_slots_for_the_others() -> None:
    slots = Slots(8)
    with slots.one(is_troubled=True), slots.one(is_troubled=True), slots.one(is_troubled=True) as third:
        assert not third
        assert free(slots, is_troubled=False) == 5


def test_a_slot_that_was_not_to_be_had_takes_none() -> None:
    slots = Slots(4)
    with slots.one(is_troubled=True):
        for _ in range(5):
            with slots.one(is_troubled=True) as is_free:
                assert not is_free
    assert free(slots, is_troubled=False) == 3


def test_a_slot_is_given_back_when_its_work_fails() -> None:
    slots = Slots(4)
    for _ in range(5):
        with pytest.raises(RuntimeError), slots.one(is_troubled=True):
            raise RuntimeError
    assert free(slots, is_troubled=True) == 1
