"""Whose turn it is: the longest waiting first, each once, and what a pick costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import Account, Store
from integration.models import AccountSync
from integration.scheduler import account_picker
from integration.stores import activation
from integration.sync import cursor, lease
from integration.sync.lease import LeaseLost, LeaseTaken, TimeSliceExpired
from tests.factories import amazon
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db
MANY = 10_000
TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


def due_since(minutes: int, **changes: object) -> int:
    """An account that has been due for so long."""
    account_id = amazon.store().account_id
    due_at = NOW - timedelta(minutes=minutes)
    AccountSync.objects.filter(account_id=account_id).update(next_poll_at=due_at, **changes)
    return account_id


def picked(*, is_troubled: bool = False, minutes: int = 0) -> int | None:
    held = account_picker.take_next(is_troubled=is_troubled, now=NOW + timedelta(minutes=minutes))
    return None if held is None else held.account_id


def test_the_one_that_has_waited_longest_is_first_and_each_is_picked_once() -> None:
    short, long, not_yet = due_since(1), due_since(3), due_since(-1)
    assert [picked(), picked(), picked()] == [long, short, None]
    assert picked(minutes=1) == not_yet


def test_a_pick_is_a_lease_that_ends_its_turn() -> None:
    account_id = due_since(1)
    held = account_picker.take_next(is_troubled=False, now=NOW)
    assert held is not None
    row = AccountSync.objects.get(account_id=account_id)
    assert (row.lease_owner, row.lease_expires_at) == (lease.owner(), NOW + lease.LASTS)
    assert (held.fencing, row.fencing) == (1, 1)
    with pytest.raises(LeaseTaken):
        lease.claim(account_id=account_id, now=NOW)

    lease.renew(held, now=NOW + account_picker.LASTS - timedelta(seconds=1))
    with pytest.raises(TimeSliceExpired):
        lease.renew(held, now=NOW + account_picker.LASTS)


def test_the_account_of_a_worker_that_was_killed_is_picked_again_and_first() -> None:
    killed = account_picker.take_next(is_troubled=False, now=NOW) if due_since(9) else None
    assert killed is not None
    others = [due_since(1), due_since(0)]
    assert picked() == others[0]

    after = NOW + lease.LASTS
    again = account_picker.take_next(is_troubled=False, now=after)
    assert again is not None
    assert (again.account_id, again.fencing) == (killed.account_id, killed.fencing + 1)
    with pytest.raises(LeaseLost):
        lease.renew(killed, now=NOW)


def test_an_account_without_an_active_store_has_no_turn() -> None:
    account_id = due_since(5)
    Store.objects.filter(account_id=account_id).update(is_active=False)
    assert picked() is None
    assert account_picker.take(account_id=account_id, now=NOW) is None


def test_troubled_accounts_have_turns_of_their_own() -> None:
    healthy, troubled = due_since(1), due_since(9, is_troubled=True)
    assert picked() == healthy
    assert picked() is None
    assert account_picker.is_troubled(troubled)
    assert not account_picker.is_troubled(healthy)
    assert picked(is_troubled=True) == troubled
    assert picked(is_troubled=True) is None


def test_one_account_is_taken_only_when_it_is_due_and_free() -> None:
    due, not_due = due_since(1), due_since(-1)
    assert account_picker.take(account_id=not_due, now=NOW) is None
    assert account_picker.take(account_id=due, now=NOW) is not None
    assert account_picker.take(account_id=due, now=NOW) is None


def test_who_gives_way_is_due_behind_those_who_have_waited_longer() -> None:
    first, second = due_since(2), due_since(1)
    held = account_picker.take_next(is_troubled=False, now=NOW)
    assert held is not None
    cursor.give_way(held, now=NOW, is_slow=False)
    assert [picked(), picked(), picked()] == [second, first, None]


def test_accounts_without_an_active_store_are_put_out_of_the_way_until_one_is_activated() -> None:
    idle, active, fresh = due_since(60), due_since(60), due_since(1)
    Store.objects.filter(account_id__in=[idle, fresh]).update(is_active=False)
    assert account_picker.park(now=NOW) == 1
    parked = dict(AccountSync.objects.values_list("account_id", "next_poll_at"))
    assert parked[idle] == NOW + account_picker.PARKED_FOR
    # Of the two without a store one may be on the way to its first: it is let be for a while.
    assert (parked[active], parked[fresh]) == (NOW - timedelta(hours=1), NOW - timedelta(minutes=1))
    assert picked() == active
    activation.activate(store_id=Store.objects.get(account_id=idle).pk, by="maria", now=NOW)
    assert picked() == idle


@pytest.mark.parametrize("is_there", [True, False])
def test_a_pick_takes_two_statements_at_most(is_there: bool) -> None:
    due_since(1 if is_there else -1)
    with CaptureQueriesContext(connection) as context:
        picked()
    asked = [q["sql"] for q in context.captured_queries if not q["sql"].startswith(TRANSACTION)]
    assert [sql.split()[0] for sql in asked] == (["SELECT", "UPDATE"] if is_there else ["SELECT"])


@pytest.mark.postgres
def test_of_ten_thousand_accounts_the_next_is_found_by_the_index() -> None:
    many_accounts()
    with CaptureQueriesContext(connection) as context:
        assert picked() is not None
    pick = next(q["sql"] for q in context.captured_queries if q["sql"].startswith("SELECT"))
    assert pick.endswith('LIMIT 1 FOR UPDATE OF "integration_accountsync" SKIP LOCKED')
    plan = explained(pick)
    assert "account_sync_turn" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def explained(sql: str) -> str:
    with connection.cursor() as database:
        database.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in database.fetchall())


def many_accounts() -> None:
    """All due at moments of their own, every tenth troubled, all with an active store."""
    Account.objects.bulk_create(
        Account(seller_id=f"MANY-{n}", region="NA", sealed_refresh_token=b"-", authorized_at=NOW)
        for n in range(MANY)
    )
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    Store.objects.bulk_create(
        Store(account_id=pk, name=f"Many {pk}", marketplace_id="ATVPDKIKX0DER", connected_at=NOW)
        for pk in accounts
    )
    AccountSync.objects.bulk_create(
        AccountSync(account_id=pk, next_poll_at=NOW - timedelta(milliseconds=20 * n), is_troubled=n % 10 == 0)
        for n, pk in enumerate(accounts)
    )
    with connection.cursor() as database:
        database.execute("ANALYZE integration_accountsync, amazon_orders_store")
