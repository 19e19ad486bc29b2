"""The probes and the figures for Prometheus."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnavailable
from pytest_django import Settings

from integration.installation import read_only
from integration.models import AccountSync, OrderRequest, QuotaBucket, Role
from integration.people import users
from tests.factories import amazon, records
from tests.factories import people as person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mounted(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.backoffice.api.urls"


def test_alive_asks_nobody(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.post("/healthz").status_code == 405


def test_ready_tells_of_database_broker_and_sync(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.probes._CHECKS", (("database", lambda: None), ("broker", lambda: None)))
    assert client.get("/readyz").json() == {
        "status": "ok",
        "database": "ok",
        "broker": "ok",
        "sync_age_seconds": None,
        "read_only": False,
    }
    amazon.store()
    AccountSync.objects.update(last_polled_at=timezone.now() - timedelta(minutes=10))
    read_only.switch_on(by="kim", now=timezone.now())
    told = client.get("/readyz")
    assert 600 <= told.json()["sync_age_seconds"] < 660
    assert (told.status_code, told.json()["read_only"]) == (200, True)


def test_not_ready_without_a_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise BrokerUnavailable("refused")

    monkeypatch.setattr("backoffice.probes._CHECKS", (("database", lambda: None), ("broker", away)))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "unavailable")


def metrics(role: Role) -> Any:
    token = users.issue_token(user=person.user(role), role=role, stores=[], now=amazon.NOW)
    return Client().get("/metrics", headers={"authorization": f"Bearer {token.text}"})


def test_figures_need_a_token_that_may_see_health(client: Client) -> None:
    amazon.order(amazon.store(), state="BLOCKED")
    assert client.get("/metrics").status_code == 401
    assert metrics(Role.MERCHANT).status_code == 403
    answer = metrics(Role.OPERATOR)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "amazon_orders_orders_blocked 1.0" in answer.content.decode()
    assert "amazon_orders_sync_age_seconds{account=" in answer.content.decode()
    assert "amazon_orders_read_only 0.0" in answer.content.decode()
    read_only.switch_on(by="kim", now=timezone.now())
    assert "amazon_orders_read_only 1.0" in metrics(Role.OPERATOR).content.decode()


def test_figures_tell_of_quota_runs_failures_and_lag(client: Client) -> None:
    now = timezone.now()
    account = amazon.store().account
    AccountSync.objects.update(synced_until=now - timedelta(minutes=20))
    bucket = {"account": account, "operation": "getOrder", "rate": 0.5, "burst": 30, "refilled_at": now}
    QuotaBucket.objects.create(**bucket, tokens=30, counted_on=now.date(), calls_person=2)
    for problem in ("BUG", "", "QUOTA"):
        records.run(account, problem=problem, started_at=now, ended_at=now)
    records.run(account, problem="BUG", started_at=now - timedelta(hours=2), ended_at=now)
    records.failure(account, first_at=now, times=5)
    OrderRequest.objects.create(
        account=account, amazon_order_id="113-1", lane=4, why="STALE", wanted_at=now, due_at=now
    )
    text = metrics(Role.OPERATOR).content.decode()
    key = account.pk
    for line in (
        f'amazon_orders_quota_tokens{{account="{key}",operation="getOrder"}} 30.0',
        f'amazon_orders_quota_spent_today{{account="{key}",lane="person",operation="getOrder"}} 2.0',
        'amazon_orders_sync_runs_failed{problem="BUG"} 1.0',
        'amazon_orders_communication_errors{kind="UNAVAILABLE",operation="searchOrders"} 5.0',
        'amazon_orders_single_orders_waiting{lane="probe"} 1.0',
        f'amazon_orders_sync_lag_seconds{{account="{key}"}} 120',
    ):
        assert line in text, line
    assert 'problem="QUOTA"' not in text
