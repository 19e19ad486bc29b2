"""Amazon's list holds the seller's whole region: only what the connected stores sold is looked after."""

from datetime import timedelta

from django.utils import timezone

from integration.completeness import report_jobs
from integration.models import MissingOrder, OrderRequest, ProofDay, ReportJob
from tests.fixtures_shop import Shop
from tests.integration.completeness.nights import (
    day_of,
    look_until_the_end,
    prove,
    sell_unseen,
    sync_blind_to_the_oldest,
    yesterday,
)


def catch_up(shop: Shop) -> ReportJob:
    since = timezone.now() - timedelta(days=5)
    report_jobs.want_catch_up(account_id=shop.store.account_id, since=since, now=timezone.now())
    job = ReportJob.objects.get(ended_at=None)
    look_until_the_end(job)
    return job


def asked_for() -> set[str]:
    return set(OrderRequest.objects.values_list("amazon_order_id", flat=True))


def test_other_marketplaces_of_the_region_are_neither_missing_nor_asked_for(shop: Shop) -> None:
    ours = sell_unseen(shop)
    sell_unseen(shop, place="CA")
    sell_unseen(shop, place="MX")
    job = prove(shop)
    assert (job.orders, set(MissingOrder.objects.values_list("amazon_order_id", flat=True))) == (1, set())
    assert day_of(yesterday(), shop).to_come == 1
    assert catch_up(shop).requested == 1
    assert asked_for() == {ours}


def test_what_was_bought_before_the_connection_is_not_asked_for(shop: Shop) -> None:
    shop.store.connected_at = yesterday(12)
    shop.store.save()
    old, new = sell_unseen(shop, at=yesterday(11)), sell_unseen(shop, at=yesterday(13))
    shop.amazon.world.change_order(old, {"programs": ["PRIME"]})
    assert catch_up(shop).requested == 1
    assert asked_for() == {new}


def test_an_order_of_another_channel_is_never_missing(shop: Shop) -> None:
    sell_unseen(shop, at=yesterday(9), patch={"salesChannel": {"channelName": "NON_AMAZON"}})
    known = sell_unseen(shop, at=yesterday(13), patch={"salesChannel": {"channelName": "NON_AMAZON"}})
    sync_blind_to_the_oldest(shop)
    prove(shop)
    proof = day_of(yesterday(), shop)
    assert (proof.amazon, proof.stored, proof.missing) == (1, 1, 0)
    assert not MissingOrder.objects.exists()
    assert catch_up(shop).requested == 0
    assert known not in asked_for()


def test_a_report_in_utf_16_proves_as_any_other(shop: Shop) -> None:
    shop.amazon.world.reports.charset = "utf-16"
    sell_unseen(shop)
    sync_blind_to_the_oldest(shop)
    assert prove(shop).error == ""
    assert day_of(yesterday(), shop).missing == 1


def test_a_sentence_in_place_of_the_table_is_said_and_the_proof_is_searched_for(shop: Shop) -> None:
    sell_unseen(shop)
    shop.sync()
    assert report_jobs.want_proof(account_id=shop.store.account_id, by="maria", now=timezone.now())
    long_ago = timezone.now() - timedelta(days=31)
    ReportJob.objects.update(data_from=long_ago)
    job = ReportJob.objects.get()
    look_until_the_end(job)
    assert job.state == "DONE"
    assert job.error.startswith(
        "Amazon's report holds a sentence instead of a table: The requested date range"
    )
    assert ProofDay.objects.get(day=yesterday().date()).source == "SEARCH"
