"""The audit log: rows are only added, the database itself sees to that, and nothing of a buyer is in them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration.models import AuditEntry, AuditEntryStore
from integration.people import audit
from integration.people.audit import AuditAction, AuditEvent
from integration.privacy import purge
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


def written(**fields: Any) -> AuditEntry:
    audit.record_event(**{"what": AuditAction.EXPORTED, "by": "maria", "now": timezone.now(), **fields})
    return AuditEntry.objects.order_by("-pk")[0]


def test_a_deed_is_written_down_with_its_stores() -> None:
    entry = written(
        now=NOW, store_ids=[7, 3, 7], subject="orders.csv", details={"count": 12, "columns": ["a"]}
    )
    assert (entry.what, entry.by, entry.at, entry.subject) == ("EXPORTED", "maria", NOW, "orders.csv")
    assert entry.details == {"count": 12, "columns": ["a"]}
    assert list(entry.stores.order_by("store_id").values_list("store_id", flat=True)) == [3, 7]


def test_many_deeds_cost_what_one_costs() -> None:
    deeds = [
        AuditEvent(what=AuditAction.BLOCKER_FIXED, by="maria", store_ids=(1, 2), subject=f"SKU-{number}")
        for number in range(40)
    ]
    with CaptureQueriesContext(
        connection,
    ) as statements:
        audit.record_events(deeds, now=NOW)
    inserts = [each["sql"] for each in statements if each["sql"].startswith("INSERT")]
    assert (len(inserts), AuditEntry.objects.count(), AuditEntryStore.objects.count()) == (2, 40, 80)
    audit.record_events([], now=NOW)


@pytest.mark.parametrize("model", [AuditEntry, AuditEntryStore])
def test_the_database_refuses_to_change_or_delete_an_entry(model: type[Model]) -> None:
    written(store_ids=[1])
    column = "by" if model is AuditEntry else "store_id"
    for statement in (
        f'UPDATE {model._meta.db_table} SET "{column}" = "{column}"',
        f"DELETE FROM {model._meta.db_table}",
    ):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert model._default_manager.count() == 1


def test_an_entry_goes_by_the_door_of_retention_alone_and_only_when_it_is_old() -> None:
    now = timezone.now()
    written(now=now - timedelta(days=800), store_ids=[1])
    written(now=now - timedelta(days=360), store_ids=[1])
    assert purge.purge_records(now=now).audit_entries == 1
    # Even a clock that runs ahead takes no younger one.
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        purge.purge_records(now=now + timedelta(days=800))
    assert (AuditEntry.objects.count(), AuditEntryStore.objects.count()) == (1, 1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(at__lt=now).update(by="nobody")


@pytest.mark.parametrize(
    "details", [{"buyer_name": "Ada"}, {"before": {"name": "Ada"}}, {"fields": [{"a": 1}]}, {"count": 1.5}]
)
def test_what_is_no_detail_of_ours_is_refused(details: dict[str, Any]) -> None:
    with pytest.raises(audit.NotForTheLog):
        written(details=details)
    assert not AuditEntry.objects.exists()


def test_texts_are_cut_to_what_the_database_takes() -> None:
    entry = written(by="m" * 200, subject="s\x00" * 300, details={"name": "n" * 500, "fields": ["f"] * 99})
    assert (len(entry.by), len(entry.subject)) == (150, 255)
    assert (len(entry.details["name"]), len(entry.details["fields"])) == (200, 50)
