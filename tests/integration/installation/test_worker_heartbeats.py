"""A worker's heartbeat is one row, written rarely."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from integration import tasks
from integration.installation import worker_heartbeats
from integration.models import Heartbeat
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker_after() -> Iterator[None]:
    yield
    worker_heartbeats.introduce(worker="")


def test_a_process_writes_at_most_every_half_minute() -> None:
    worker_heartbeats.introduce(worker="celery@one")
    worker_heartbeats.record_heartbeat(now=NOW)
    worker_heartbeats.record_heartbeat(now=NOW + timedelta(seconds=29))
    assert Heartbeat.objects.get().seen_at == NOW
    worker_heartbeats.introduce(worker="celery@one")
    worker_heartbeats.record_heartbeat(now=NOW + timedelta(seconds=31))
    row = Heartbeat.objects.get()
    assert (row.worker, row.seen_at) == ("celery@one", NOW + timedelta(seconds=31))


def test_whatever_a_worker_runs_shows_that_it_is_there_and_a_web_process_shows_nothing() -> None:
    tasks.judge_due.apply()
    assert Heartbeat.objects.count() == 0
    worker_heartbeats.introduce(worker="celery@one")
    tasks.judge_due.apply()
    assert Heartbeat.objects.count() == 1
