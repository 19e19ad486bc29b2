"""Workers that pick accounts at the same moment: nobody gets another's, nobody waits, none is left over."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from integration.models import AccountSync
from integration.scheduler import account_picker
from tests.concurrency.threads import Threads, aside
from tests.factories import amazon
from tests.factories.amazon import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WORKERS = 8
ACCOUNTS = 60


def test_many_workers_pick_every_account_once() -> None:
    accounts = [amazon.store().account_id for _ in range(ACCOUNTS)]
    picked: list[list[int]] = []

    def work() -> None:
        mine: list[int] = []
        picked.append(mine)
        while (held := account_picker.take_next(is_troubled=False, now=NOW)) is not None:
            mine.append(held.account_id)

    workers = Threads()
    for _ in range(WORKERS):
        workers.add(work)
    workers.run()

    assert Counter(account_id for mine in picked for account_id in mine) == Counter(accounts)
    assert set(AccountSync.objects.values_list("fencing", flat=True)) == {1}


def test_an_account_that_is_just_being_picked_is_stepped_over_and_not_waited_for() -> None:
    first, second = amazon.store().account_id, amazon.store().account_id
    AccountSync.objects.filter(account_id=first).update(next_poll_at=NOW - timedelta(minutes=1))
    is_picking, may_end = threading.Event(), threading.Event()

    def pick_slowly() -> None:
        with transaction.atomic():
            held = account_picker.take_next(is_troubled=False, now=NOW)
            assert held is not None
            assert held.account_id == first
            is_picking.set()
            may_end.wait(20)

    other = aside(pick_slowly)
    assert is_picking.wait(20)
    held = account_picker.take_next(is_troubled=False, now=NOW)
    nobody = account_picker.take_next(is_troubled=False, now=NOW)
    may_end.set()
    other.join(20)
    assert held is not None
    assert (held.account_id, nobody) == (second, None)


def test_two_messages_about_one_account_make_one_poll_of_it() -> None:
    account_id = amazon.store().account_id
    taken: list[object] = []
    workers = Threads()
    for _ in range(WORKERS):
        workers.add(lambda: taken.append(account_picker.take(account_id=account_id, now=NOW)))
    workers.run()
    assert len([held for held in taken if held is not None]) == 1
