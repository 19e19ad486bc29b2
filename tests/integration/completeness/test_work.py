"""Whole nights over HTTP: Amazon's report is asked for, read, and what the sync never saw comes in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration.completeness import proof as completeness
from integration.completeness import report_jobs
from integration.models import (
    JobState,
    MissingOrder,
    OrderRequest,
    ProofDay,
    QuotaBucket,
    ReportJob,
    StoreSync,
    SyncRun,
    TimelineEvent,
)
from integration.spapi.client import SellerClient
from sandbox.faults import Fault
from tests.fixtures_shop import SECOND_SELLER, Shop, events_of, state_of
from tests.integration.completeness.nights import (
    day_of,
    fetch_missing,
    look,
    prove,
    sell_unseen,
    sync_blind_to_the_oldest,
    want,
    yesterday,
)


def test_an_order_the_sync_never_saw_is_found_fetched_and_said(shop: Shop) -> None:
    lost = sell_unseen(shop, at=yesterday(10))
    kept = sell_unseen(shop, at=yesterday(11))
    sync_blind_to_the_oldest(shop)
    assert not AmazonOrder.objects.filter(amazon_order_id=lost).exists()
    shop.sync()
    assert not AmazonOrder.objects.filter(amazon_order_id=lost).exists()

    job = prove(shop)

    assert (job.state, job.orders, job.requested, job.error) == (JobState.DONE, 2, 1, "")
    [run] = SyncRun.objects.filter(kind="RECONCILE")
    assert (run.counts, run.problem) == ({"listed": 2, "missing": 1}, "")
    assert run.requests
    assert run.ended_at
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.stored, proof.imported, proof.missing, proof.healed) == (2, 1, 1, 1, 0)
    assert proof.source == "REPORT"
    [missing] = MissingOrder.objects.all()
    assert (missing.amazon_order_id, missing.why) == (lost, "LEFT_OUT")
    [wanted] = OrderRequest.objects.all()
    assert (wanted.amazon_order_id, wanted.get_lane_display()) == (lost, "Reconcile")

    fetch_missing(shop)

    assert (state_of(lost), state_of(kept)) == ("IMPORTED", "IMPORTED")
    assert "HEALED" in events_of(lost)
    event = TimelineEvent.objects.get(code="HEALED")
    assert "left it out" in event.details["text"]
    proof.refresh_from_db()
    assert (proof.amazon, proof.stored, proof.imported, proof.missing, proof.healed) == (2, 2, 2, 0, 1)
    completeness.heal(now=timezone.now())
    assert events_of(lost).count("HEALED") == 1

    prove(shop)
    proof.refresh_from_db()
    assert (proof.amazon, proof.stored, proof.missing, proof.healed) == (2, 2, 0, 1)


def test_the_proof_spends_nothing_of_the_syncs_quota(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    searches = QuotaBucket.objects.get(operation="searchOrders").tokens
    prove(shop)
    assert QuotaBucket.objects.get(operation="searchOrders").tokens == searches
    operations = [call.operation for call in shop.amazon.log][-4:]
    assert operations == ["createReport", "getReport", "getReportDocument", "document"]


def test_every_day_of_the_period_is_proved_and_counts_what_became_of_its_orders(shop: Shop) -> None:
    imported = sell_unseen(shop)
    sell_unseen(shop, ("SKU-9", 1, "5.00"))
    sell_unseen(shop, status="PENDING")
    sell_unseen(shop, patch={"salesChannel": {"channelName": "NON_AMAZON"}})
    sell_unseen(shop, status="CANCELLED")
    shop.sync()
    prove(shop)
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.stored, proof.missing) == (5, 5, 0)
    assert (proof.imported, proof.blocked, proof.waiting, proof.view_only, proof.canceled) == (1, 1, 1, 1, 1)
    assert state_of(imported) == "IMPORTED"
    assert ProofDay.objects.filter(store=shop.store).count() == 4
    assert sum(ProofDay.objects.exclude(day=yesterday().date()).values_list("amazon", flat=True)) == 0


def test_stores_of_an_account_are_told_apart_by_their_channel(shop: Shop) -> None:
    canada = shop.connect("Harbor CA", "CA")
    sell_unseen(shop)
    sell_unseen(shop, place="CA")
    sell_unseen(shop, place="CA")
    sell_unseen(shop, place="MX")
    shop.sync()
    prove(shop)
    assert day_of(yesterday(), shop).amazon == 1
    assert ProofDay.objects.get(store=canada, day=yesterday().date()).amazon == 2
    [asked] = [call for call in shop.amazon.log if call.operation == "createReport"]
    assert asked.status == 202


def test_orders_from_before_the_connection_are_not_counted(shop: Shop) -> None:
    shop.store.connected_at = yesterday(12)
    shop.store.save()
    sell_unseen(shop, at=yesterday(11))
    sell_unseen(shop, at=yesterday(13))
    shop.sync()
    prove(shop)
    assert day_of(yesterday(), shop).amazon == 1
    assert not ProofDay.objects.filter(day__lt=yesterday().date()).exists()


def test_what_the_sync_has_still_to_read_is_not_missing(shop: Shop) -> None:
    shop.sync()
    StoreSync.objects.update(synced_until=yesterday(11))
    sell_unseen(shop, at=yesterday(12))
    prove(shop)
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.to_come, proof.missing) == (1, 1, 0)
    assert not MissingOrder.objects.exists()
    assert not OrderRequest.objects.exists()


def test_a_report_that_is_not_ready_is_looked_at_again_less_and_less_often(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    shop.amazon.world.reports.queue_seconds = shop.amazon.world.reports.work_seconds = 600
    job = look(look(want(shop)))
    assert job.state == JobState.ASKED
    soon = job.next_look_at - timezone.now()
    shop.amazon.clock.advance(600)
    ReportJob.objects.update(asked_at=timezone.now() - timedelta(minutes=10))
    later = look(job).next_look_at - timezone.now()
    assert soon < timedelta(seconds=30) < timedelta(minutes=2) < later
    shop.amazon.clock.advance(600)
    assert look(job).state == JobState.DONE


def test_no_orders_are_no_report_and_a_proof_all_the_same(shop: Shop) -> None:
    shop.sync()
    job = prove(shop)
    assert (job.state, job.orders) == (JobState.DONE, 0)
    assert day_of(yesterday(), shop).amazon == 0


def test_no_orders_are_not_believed_where_some_are_here(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    shop.amazon.world.reports.queue_seconds = 600
    job = look(want(shop))
    shop.amazon.world.reports.find("A1SELLER", job.report_id).status = "CANCELLED"  # type: ignore[union-attr]
    look(job)
    assert (job.state, job.attempts) == (JobState.WANTED, 1)
    assert "some are here" in job.error
    assert not ProofDay.objects.exists()


def test_a_failed_report_is_asked_for_again_and_in_the_end_searched_for(shop: Shop) -> None:
    lost = sell_unseen(shop, at=yesterday(10))
    sell_unseen(shop, at=yesterday(11))
    sync_blind_to_the_oldest(shop)
    shop.amazon.faults.queue(Fault("fatal_report", times=0))
    job = prove(shop)
    assert (job.state, job.attempts, job.is_refused) == (JobState.DONE, 2, False)
    assert "could not write" in job.error
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.missing, proof.source) == (2, 1, "SEARCH")
    assert MissingOrder.objects.get().amazon_order_id == lost


@pytest.mark.parametrize("fault", ["forbidden403"])
def test_where_reports_are_refused_the_proof_is_searched_for_and_the_sync_goes_on(
    shop: Shop, fault: str
) -> None:
    sell_unseen(shop)
    shop.amazon.faults.queue(Fault(fault, operation="createReport", times=0))
    job = prove(shop)
    assert (job.state, job.is_refused) == (JobState.DONE, True)
    assert day_of(yesterday(), shop).source == "SEARCH"
    assert shop.sync().problems == []


def test_a_search_for_a_proof_goes_page_by_page_and_survives_its_death(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.spapi.client.ORDERS_A_PAGE", 2)
    ids = [sell_unseen(shop, at=yesterday(hour)) for hour in (8, 9, 10, 11, 12)]
    shop.sync()
    AmazonOrder.objects.filter(amazon_order_id=ids[0]).update(amazon_order_id="111-9999999-0000001")
    shop.amazon.faults.queue(Fault("forbidden403", operation="createReport", times=0))
    job = look(look(want(shop)))
    assert job.state == JobState.SEARCHING
    assert job.progress is not None
    look(job)
    look(job)
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.stored, proof.missing) == (5, 4, 1)


def test_a_search_for_a_proof_leaves_the_poll_its_reserve(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    QuotaBucket.objects.filter(operation="searchOrders").update(tokens=2)
    shop.amazon.faults.queue(Fault("forbidden403", operation="createReport", times=0))
    job = look(look(want(shop)))
    assert job.state == JobState.SEARCHING
    assert job.next_look_at > timezone.now() + timedelta(minutes=3)
    assert job.is_refused
    assert shop.sync().problems == []


def test_every_account_has_its_own_report(shop: Shop) -> None:
    shop.amazon.add_seller(SECOND_SELLER, "Pier", ("US",), shop.token + "-2")
    other = shop.connect("Pier US", seller_id=SECOND_SELLER, refresh_token=shop.token + "-2")
    sell_unseen(shop)
    sell_unseen(shop, seller=SECOND_SELLER)
    sell_unseen(shop, seller=SECOND_SELLER)
    shop.sync()
    shop.sync(other)
    now = timezone.now().replace(hour=23, minute=59)
    assert report_jobs.want_nightly(now=now) == 2
    assert report_jobs.want_nightly(now=now) == 0
    for job in ReportJob.objects.all():
        look(look(job))
    assert day_of(yesterday(), shop).amazon == 1
    assert ProofDay.objects.get(store=other, day=yesterday().date()).amazon == 2


def test_the_reconcile_lane_asks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes: list[str] = []

    def create_report(client: SellerClient, *_: object, **__: object) -> str:
        lanes.append(client.lane.name)
        return "1"

    monkeypatch.setattr(SellerClient, "create_report", create_report)
    look(want(shop))
    assert lanes == ["RECONCILE"]
