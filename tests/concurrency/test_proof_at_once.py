"""Two workers at one list, and two that heal: each thing happens once."""

import pytest
from django.utils import timezone

from integration.completeness import proof as completeness
from integration.completeness import work
from integration.models import MissingOrder, ProofDay, ReportJob, TimelineEvent
from tests.concurrency.threads import Threads
from tests.fixtures_shop import Shop
from tests.integration.completeness.nights import (
    day_of,
    sell_unseen,
    sync_blind_to_the_oldest,
    want,
    yesterday,
)

pytestmark = pytest.mark.postgres
WORKERS = 4


def at_once(work: object) -> None:
    threads = Threads()
    for _ in range(WORKERS):
        threads.add(work)  # type: ignore[arg-type]
    threads.run()


def test_of_several_workers_one_asks_one_reads_and_one_records(shop: Shop) -> None:
    sell_unseen(shop, at=yesterday(10))
    sell_unseen(shop, at=yesterday(11))
    sync_blind_to_the_oldest(shop)
    job = want(shop)
    for _ in range(2):
        ReportJob.objects.update(next_look_at=timezone.now())
        at_once(lambda: work.work(job_id=job.pk, now=timezone.now()))
    operations = [call.operation for call in shop.amazon.log]
    assert [operations.count(name) for name in ("createReport", "getReport", "document")] == [1, 1, 1]
    assert MissingOrder.objects.count() == 1
    assert day_of(yesterday(), shop).missing == 1


def test_of_several_that_heal_one_says_so(shop: Shop) -> None:
    lost = [sell_unseen(shop, at=yesterday(hour)) for hour in (8, 9)]
    shop.sync()
    for order_id in lost:
        MissingOrder.objects.create(
            store=shop.store,
            amazon_order_id=order_id,
            day=yesterday().date(),
            last_updated_at=yesterday(),
            why="LEFT_OUT",
            found_at=timezone.now(),
        )
    ProofDay.objects.create(
        store=shop.store,
        day=yesterday().date(),
        amazon=2,
        stored=0,
        missing=2,
        listed_at=timezone.now(),
        source="REPORT",
    )
    at_once(lambda: completeness.heal(now=timezone.now()))
    assert TimelineEvent.objects.filter(code="HEALED").count() == 2
    proof = day_of(yesterday(), shop)
    assert (proof.stored, proof.missing, proof.healed) == (2, 0, 2)
