"""The past of system messages: from when until when, and whose."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration.access import Viewer
from integration.messages import history
from integration.messages.history import MessageFilter
from integration.models import AccountSync, MessageRecord
from tests.factories import amazon, people

pytestmark = pytest.mark.django_db
NOW = amazon.NOW
LATER = NOW + timedelta(hours=2)


def refuse() -> None:
    AccountSync.objects.update(refused_at=NOW - timedelta(hours=1), refusal="invalid_grant", synced_until=NOW)


def accept() -> None:
    AccountSync.objects.update(refused_at=None, refusal="", synced_until=LATER)


def test_a_message_is_written_down_once_and_closed_when_its_cause_is_gone() -> None:
    store = amazon.store("Harbor")
    refuse()
    history.keep(now=NOW)
    history.keep(now=NOW + timedelta(minutes=1))
    (record,) = MessageRecord.objects.all()
    assert (record.code, record.store_id, record.severity) == ("AUTHORIZATION_REFUSED", store.pk, "CRITICAL")
    assert (record.opened_at, record.closed_at) == (NOW - timedelta(hours=1), None)
    accept()
    history.keep(now=LATER)
    (record,) = history.closed(viewer=people.admin(), filters=MessageFilter()).rows
    assert record.closed_at == LATER
    refuse()
    history.keep(now=LATER)
    assert MessageRecord.objects.count() == 2


def test_it_takes_the_same_statements_however_many_open_and_close() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            history.keep(now=NOW)
        return len(asked)

    amazon.store()
    refuse()
    few = statements()
    for _ in range(4):
        amazon.store()
    refuse()
    assert statements() == few


def test_a_merchant_sees_what_was_of_the_own_stores_and_of_everybody() -> None:
    mine, other = amazon.store(), amazon.store()
    for code, store in (("SYNC_STALE", mine), ("SYNC_STALE", other), ("READ_ONLY", None), ("SECRET", None)):
        MessageRecord.objects.create(
            code=code, severity="WARNING", store=store, opened_at=NOW, closed_at=LATER
        )

    def seen(viewer: Viewer) -> set[tuple[str, int | None]]:
        rows = history.closed(viewer=viewer, filters=MessageFilter()).rows
        return {(row.code, row.store_id) for row in rows}

    assert seen(people.merchant(mine)) == {("SYNC_STALE", mine.pk), ("READ_ONLY", None)}
    assert seen(people.operator(mine)) == {("SYNC_STALE", mine.pk), ("READ_ONLY", None)}
    assert len(seen(people.admin())) == 4


def test_they_are_filtered_and_have_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_SIZE", 2)
    store = amazon.store()
    for number in range(5):
        MessageRecord.objects.create(
            code="SYNC_STALE" if number else "ORDERS_MISSING",
            severity="WARNING" if number else "CRITICAL",
            store=store,
            opened_at=NOW,
            closed_at=NOW + timedelta(minutes=number),
        )
    admin = people.admin()
    first = history.closed(viewer=admin, filters=MessageFilter(code="SYNC_STALE"))
    assert first.next_cursor is not None
    second = history.closed(viewer=admin, filters=MessageFilter(code="SYNC_STALE"), cursor=first.next_cursor)
    closed = [row.closed_at for row in (*first.rows, *second.rows)]
    assert closed == [NOW + timedelta(minutes=number) for number in (4, 3, 2, 1)]
    assert second.next_cursor is None
    (urgent,) = history.closed(viewer=admin, filters=MessageFilter(severity="CRITICAL")).rows
    assert urgent.code == "ORDERS_MISSING"
    assert history.closed(viewer=admin, filters=MessageFilter(store_id=store.pk + 1)).rows == []


def test_what_was_over_long_ago_is_forgotten() -> None:
    MessageRecord.objects.create(code="SYNC_STALE", severity="WARNING", opened_at=NOW, closed_at=NOW)
    MessageRecord.objects.create(code="SYNC_STALE", severity="WARNING", opened_at=NOW)
    assert history.forget_old(now=NOW + timedelta(days=91)) == 1
