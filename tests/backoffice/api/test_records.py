"""Runs, failures and quota over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration.models import Lane, OrderRequest, QuotaBucket, Role
from tests.backoffice.api.conftest import ClientOf, names
from tests.factories import amazon, records
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


def test_runs_are_listed_filtered_and_paged(as_role: ClientOf) -> None:
    store, other = amazon.store("Harbor"), amazon.store("Pier")
    for minute in range(52):
        records.run(store.account, started_at=NOW - timedelta(minutes=minute), ended_at=NOW)
    failed = records.run(
        other.account,
        problem="BUG",
        error="An error",
        started_at=NOW + timedelta(seconds=1),
        ended_at=NOW + timedelta(seconds=3),
    )
    api = as_role(Role.ADMIN)
    first = api.get("sync-runs/").json()
    assert len(first["results"]) == 50
    second = api.client.get(first["next"]).json()
    assert len(second["results"]) == 3
    assert second["next"] is None
    row = first["results"][0]
    assert row["run"] == failed.run
    assert row["stores"] == [{"id": other.pk, "name": "Pier"}]
    assert (row["state"], row["problem"], row["started_at"]) == ("FAILED", "BUG", "2026-11-20T12:00:01Z")
    assert row["counts"] == {"received": 3, "changed": 2, "imported": 1}
    older = api.get("sync-runs/", store=store.pk, started_before="2026-11-20T11:30:00Z").json()
    assert len(older["results"]) == 21
    assert names(api.get("sync-runs/", troubled="true").json()["results"], "run") == [failed.run]
    assert api.get("sync-runs/", kind="CATCH_UP").json()["results"] == []


def test_failures_are_listed_in_words_too(as_role: ClientOf) -> None:
    store = amazon.store("Harbor")
    found = records.failure(store.account, operation="getOrder", kind="REFUSED", status=400, lane=1, times=3)
    records.failure(store.account, first_at=NOW - timedelta(hours=1))
    api = as_role(Role.OPERATOR, store)
    [row] = api.get("communication-errors/", kind="REFUSED").json()["results"]
    assert (row["id"], row["status"], row["lane"], row["times"]) == (found.pk, 400, "PERSON", 3)
    assert row["meaning"] == "Amazon refuses this order."
    assert row["next"].startswith("It is put aside")
    assert row["answered_at"] is None
    for asked in ({"run": found.run}, {"operation": "getOrder"}, {"first_after": "2026-11-20T12:00:00Z"}):
        assert names(api.get("communication-errors/", **asked).json()["results"], "id") == [found.pk]


def test_quota_is_told_per_account_and_operation(as_role: ClientOf) -> None:
    store, now = amazon.store("Harbor"), timezone.now()
    QuotaBucket.objects.create(
        account=store.account,
        operation="getOrder",
        tokens=3.5,
        rate=0.5,
        burst=30,
        refilled_at=now + timedelta(hours=1),
        counted_on=now.date(),
        calls_probe=4,
    )
    OrderRequest.objects.create(
        account=store.account, amazon_order_id="113-1", lane=4, why="STALE", wanted_at=now, due_at=now
    )
    [row] = as_role(Role.OPERATOR, store).get("health/quota/").json()["results"]
    assert row["seller_id"] == store.account.seller_id
    assert row["stores"] == [{"id": store.pk, "name": "Harbor"}]
    [quota] = row["operations"]
    assert (quota["tokens"], quota["next_token_in_seconds"]) == (3.5, 1.0)
    assert quota["calls_today"] == {lane.name: 4 if lane == Lane.PROBE else 0 for lane in Lane}
    assert row["single_orders_waiting"]["PROBE"] == 1
    assert row["backlog"]["state"] in {"NONE", "UNKNOWN"}


@pytest.mark.parametrize("path", ["sync-runs/", "communication-errors/"])
def test_another_merchants_records_are_not_there(path: str, as_role: ClientOf) -> None:
    mine, other = amazon.store(), amazon.store()
    records.run(other.account)
    records.failure(other.account)
    api = as_role(Role.MERCHANT, mine)
    assert api.get(path).json()["results"] == []
    assert api.get(path, store=other.pk).json()["results"] == []


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("sync-runs/", {"kind": "STROLL"}),
        ("sync-runs/", {"troubled": "perhaps"}),
        ("sync-runs/", {"cursor": "x"}),
        ("communication-errors/", {"store": "one"}),
        ("communication-errors/", {"first_after": "soon"}),
        ("health/quota/", {"cursor": "x"}),
    ],
)
def test_a_bad_parameter_is_refused_by_its_name(path: str, bad: dict[str, str], as_role: ClientOf) -> None:
    answer = as_role(Role.ADMIN).get(path, **bad)
    assert answer.status_code == 400
    assert next(iter(bad)) in str(answer.json())
