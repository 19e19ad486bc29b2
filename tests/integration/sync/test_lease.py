"""Who syncs an account: one worker at a time, and one that was overtaken stores nothing."""

import os
import socket
from datetime import timedelta

import pytest

from integration.models import AccountSync
from integration.sync import cursor, lease
from integration.sync.lease import LASTS, LeaseLost, LeaseTaken
from integration.sync.windows import Window
from tests.factories import amazon
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account_id() -> int:
    return amazon.store().account_id


def held_by(owner: str) -> None:
    AccountSync.objects.update(lease_owner=owner, lease_expires_at=NOW + LASTS, fencing=5)


def test_one_worker_at_a_time(account_id: int) -> None:
    held = lease.claim(account_id=account_id, now=NOW)
    row = AccountSync.objects.get()
    assert (held.account_id, held.fencing) == (account_id, 1)
    assert (row.lease_owner, row.lease_expires_at) == (lease.owner(), NOW + LASTS)

    with pytest.raises(LeaseTaken, match="12:01:30 UTC"):
        lease.claim(account_id=account_id, now=NOW + timedelta(seconds=89))
    lease.release(held)
    assert lease.claim(account_id=account_id, now=NOW).fencing == 2


def test_renewed_it_lasts_on_and_run_out_it_is_taken(account_id: int) -> None:
    held = lease.claim(account_id=account_id, now=NOW)
    lease.renew(held, now=NOW + timedelta(seconds=80))
    with pytest.raises(LeaseTaken):
        lease.claim(account_id=account_id, now=NOW + timedelta(seconds=169))
    second = lease.claim(account_id=account_id, now=NOW + timedelta(seconds=170))
    assert second.fencing == held.fencing + 1


def test_a_worker_that_was_overtaken_can_write_no_more(account_id: int) -> None:
    first = lease.claim(account_id=account_id, now=NOW)
    second = lease.claim(account_id=account_id, now=NOW + LASTS)

    with pytest.raises(LeaseLost):
        lease.renew(first, now=NOW)
    with pytest.raises(LeaseLost):
        cursor.record_page(
            first,
            Window([], [], NOW.isoformat(), None, [], False),
            next_token=None,
            bound=NOW,
            asked_at=NOW,
            now=NOW,
        )
    lease.release(first)
    row = AccountSync.objects.get()
    assert (row.lease_owner, row.fencing) == (lease.owner(), second.fencing)


def test_a_process_of_this_host_that_died_is_taken_over_at_once(account_id: int) -> None:
    host = socket.gethostname()
    # Ids are used again: the same id with another start is another process.
    for dead in (f"{host}:4194304:77", f"{host}:{os.getpid()}:1"):
        held_by(dead)
        assert lease.claim(account_id=account_id, now=NOW).fencing == 6
    for alive in (lease.owner(), "elsewhere:1:77", "nonsense", ""):
        held_by(alive)
        with pytest.raises(LeaseTaken):
            lease.claim(account_id=account_id, now=NOW)


def test_of_two_that_find_it_free_one_wins(account_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(_: str) -> bool:
        AccountSync.objects.update(fencing=9)
        return True

    held_by("elsewhere:1:1")
    monkeypatch.setattr(lease, "_has_died", overtaken)
    with pytest.raises(LeaseTaken, match="just taken"):
        lease.claim(account_id=account_id, now=NOW)
