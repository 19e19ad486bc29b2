"""A backlog: the report names its orders, and getOrder brings them in beside the search."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import AmazonOrder, Store
from integration import stores
from integration.completeness import backlog, report_jobs
from integration.completeness import work as proving
from integration.models import (
    AccountSync,
    JobKind,
    JobState,
    Lane,
    OrderRequest,
    QuotaBucket,
    ReportJob,
    RequestReason,
    StoreSync,
    SyncRun,
)
from integration.scheduler import account_picker
from integration.spapi import auth
from integration.spapi.client import SellerClient
from integration.sync import account_sync, order_claims, order_requests, single_orders
from integration.sync.order_requests import WantedOrder
from sandbox import tokens_api
from sandbox.amazon import Amazon
from sandbox.faults import Fault
from sandbox.samples import sample_order
from sandbox.wire import Request
from tests.factories import commerce as catalog
from tests.faults.simulation.clock import START, VirtualClock

URL = "http://amazon.invalid"
SELLER = "A1SELLER"
OUTAGE = timedelta(hours=6)


class Merchant:
    """A seller on virtual time with Amazon's real quota; the sandbox answers without a socket."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.amazon = Amazon(clock=self.clock, quota="real")
        self.amazon.add_seller(SELLER, "Harbor", ("US",), "refresh-1")
        catalog.commerce_store()
        catalog.product("SKU-1", stock={"main": 1_000_000})
        self.store: Store = stores.connect(
            name="Harbor US",
            seller_id=SELLER,
            marketplace_code="US",
            refresh_token="refresh-1",
            connected_at=START - timedelta(days=10),
            commerce_store_name=None,
            by="tests",
            now=self.clock.now(),
            verify=False,
        )

    @property
    def account_id(self) -> int:
        return self.store.account_id

    def answer(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = request.url.query.decode()
        asked = Request(request.method, request.url.path, query, headers, request.read())
        answer = self.amazon.answer(asked)
        given = {"content-type": answer.content_type, **answer.headers}
        stream = httpx.ByteStream(answer.body)
        return httpx.Response(answer.status, headers=given, stream=stream, request=request)

    def was_in_step_until(self, moment: datetime, *, orders_a_day: int) -> None:
        """All was well until then; so many orders are here from the day before."""
        rows = [
            AmazonOrder(
                store=self.store,
                amazon_order_id=f"111-1111111-{number:07d}",
                purchased_at=moment - timedelta(days=1) * (number + 1) / (orders_a_day + 1),
                last_updated_at=moment - timedelta(hours=1),
                asked_at=moment,
                received_at=moment,
                changed_at=moment,
            )
            for number in range(orders_a_day)
        ]
        AmazonOrder.objects.bulk_create(rows)
        StoreSync.objects.update(synced_until=moment)
        AccountSync.objects.update(synced_until=moment)

    def sold_meanwhile(self, count: int) -> None:
        """So many orders since, evenly."""
        first = self.clock.now() - OUTAGE
        moments = [first + (OUTAGE - timedelta(minutes=5)) * number / count for number in range(count)]
        documents = [
            sample_order(f"112-0000000-{number:07d}", created=moment, updated=moment)
            for number, moment in enumerate(moments)
        ]
        self.amazon.world.put_new_orders(SELLER, documents)

    def spend_the_bursts(self) -> None:
        """What piled up in the buckets is gone: only what refills counts."""
        for operation, rate in (("searchOrders", 0.0056), ("getOrder", 0.5)):
            self.amazon.quota.empty(SELLER, operation, self.clock.now())
            QuotaBucket.objects.create(
                account_id=self.account_id,
                operation=operation,
                tokens=8 if operation == "getOrder" else 0,
                rate=rate,
                burst=30 if operation == "getOrder" else 20,
                refilled_at=self.clock.now(),
            )

    def work(self) -> None:
        """What beat has the workers do."""
        now = self.clock.now()
        backlog.watch(now=now)
        for job_id in report_jobs.due(now=now):
            proving.work(job_id=job_id, now=self.clock.now())
        held = account_picker.take(account_id=self.account_id, now=self.clock.now())
        if held is not None:
            account_sync.sync_held(held, now=self.clock.now())
        for account_id in order_claims.accounts_waiting(now=self.clock.now()):
            single_orders.refresh_account(account_id=account_id, now=self.clock.now())

    def brought_in(self) -> int:
        return AmazonOrder.objects.filter(amazon_order_id__startswith="112-").count()


@pytest.fixture
def merchant(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Merchant]:
    settings.SPAPI_ENDPOINT, settings.SPAPI_LWA_URL = URL, URL + tokens_api.PATH
    auth.TOKENS.clear()
    merchant = Merchant()
    monkeypatch.setattr(timezone, "now", merchant.clock.now)
    monkeypatch.setitem(SellerClient.__init__.__kwdefaults__ or {}, "clock", merchant.clock.now)
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: merchant.answer(request))
    yield merchant
    auth.TOKENS.clear()


@pytest.mark.slow
def test_search_and_catch_up_together_bring_in_more_than_3500_orders_an_hour(merchant: Merchant) -> None:
    merchant.was_in_step_until(merchant.clock.now() - OUTAGE, orders_a_day=2_400)
    merchant.sold_meanwhile(1_900)
    merchant.amazon.world.reports.queue_seconds = merchant.amazon.world.reports.work_seconds = 30
    merchant.spend_the_bursts()
    while not ReportJob.objects.filter(state=JobState.DONE).exists():
        merchant.clock.advance(20)
        merchant.work()
    before = merchant.brought_in()

    for _ in range(72):
        merchant.clock.advance(20)
        merchant.work()

    an_hour = (merchant.brought_in() - before) * 60 / 24
    assert 3_500 < an_hour < 4_100
    calls = [call for call in merchant.amazon.log if call.status == 200]
    asked = [call.path for call in calls if call.operation == "getOrder"]
    assert len(asked) == len(set(asked))
    assert [call.status for call in merchant.amazon.log if call.status == 429] == []
    assert AccountSync.objects.get().catching_up_since is not None

    for _ in range(30):
        merchant.clock.advance(100)
        merchant.work()

    # The two have met: everything is in. The search has its pages still to read, and what it reads is known.
    assert merchant.brought_in() == 1_900
    assert AccountSync.objects.get().catching_up_since is None
    assert not OrderRequest.objects.filter(answered_at=None).exists()
    assert sum(call.operation == "getOrder" for call in merchant.amazon.log) < 1_200


def want_list(merchant: Merchant, *, since: timedelta) -> ReportJob:
    now = merchant.clock.now()
    report_jobs.want_catch_up(account_id=merchant.account_id, since=now - since, now=now)
    job = ReportJob.objects.get(ended_at=None)
    for _ in range(2):
        merchant.clock.advance(30)
        proving.work(job_id=job.pk, now=merchant.clock.now())
    job.refresh_from_db()
    return job


def wanted() -> list[str]:
    rows = OrderRequest.objects.filter(answered_at=None).order_by("lane", "due_at", "pk")
    return list(rows.values_list("amazon_order_id", flat=True))


def test_only_what_is_not_here_or_older_here_is_asked_for_the_newest_first(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.completeness.report_counts.BATCH", 1)
    monkeypatch.setattr("integration.completeness.report_counts.batches.__defaults__", (1,))
    merchant.sold_meanwhile(5)
    account_sync.sync_account(account_id=merchant.account_id, now=merchant.clock.now())
    old = AmazonOrder.objects.get(amazon_order_id="112-0000000-0000001")
    AmazonOrder.objects.filter(pk=old.pk).update(last_updated_at=old.last_updated_at - timedelta(hours=1))
    gone = AmazonOrder.objects.get(amazon_order_id="112-0000000-0000003")
    gone.order_import.commerce_order = None
    AmazonOrder.objects.filter(pk=gone.pk).update(amazon_order_id="112-9999999-0000003")

    job = want_list(merchant, since=OUTAGE + timedelta(hours=1))

    assert (job.state, job.orders, job.requested) == (JobState.DONE, 5, 2)
    assert SyncRun.objects.get(kind="CATCH_UP").counts == {"listed": 5, "asked_for": 2}
    assert wanted() == ["112-0000000-0000003", "112-0000000-0000001"]
    assert set(OrderRequest.objects.values_list("lane", "why")) == {(Lane.CATCH_UP, RequestReason.BACKLOG)}


def test_what_the_search_brought_in_meanwhile_is_not_asked_for(merchant: Merchant) -> None:
    merchant.sold_meanwhile(3)
    job = want_list(merchant, since=OUTAGE + timedelta(hours=1))
    assert job.requested == 3
    merchant.clock.advance(10)
    account_sync.sync_account(account_id=merchant.account_id, now=merchant.clock.now())
    merchant.clock.advance(10)
    single_orders.refresh_account(account_id=merchant.account_id, now=merchant.clock.now())
    assert wanted() == []
    assert not [call for call in merchant.amazon.log if call.operation == "getOrder"]


def test_dropping_leaves_what_others_want(merchant: Merchant) -> None:
    merchant.sold_meanwhile(1)
    account_sync.sync_account(account_id=merchant.account_id, now=merchant.clock.now())
    order = AmazonOrder.objects.get()
    wish, early = (
        {WantedOrder(merchant.account_id, order.amazon_order_id)},
        order.asked_at - timedelta(minutes=1),
    )
    named: dict[str, Any] = {"lane": Lane.CATCH_UP, "why": RequestReason.BACKLOG}
    order_requests.request(wish, **named, now=order.asked_at + timedelta(seconds=1))
    assert order_requests.drop_fresh(account_id=merchant.account_id) == 0
    OrderRequest.objects.update(wanted_at=early)
    assert order_requests.drop_fresh(account_id=merchant.account_id + 1) == 0
    assert order_requests.drop_fresh(account_id=merchant.account_id) == 1
    order_requests.request(wish, lane=Lane.PERSON, why=RequestReason.PERSON, now=early)
    assert order_requests.drop_fresh(account_id=merchant.account_id) == 0


def test_nobody_behind_is_one_statement(merchant: Merchant, django_assert_num_queries: Any) -> None:
    merchant.was_in_step_until(merchant.clock.now() - timedelta(minutes=10), orders_a_day=5)
    with django_assert_num_queries(1):
        assert backlog.watch(now=merchant.clock.now()) == []


def test_one_list_at_a_time_and_none_while_there_is_enough_to_ask(merchant: Merchant) -> None:
    merchant.was_in_step_until(merchant.clock.now() - OUTAGE, orders_a_day=8_000)
    now = merchant.clock.now()
    assert backlog.watch(now=now) == [merchant.account_id]
    assert backlog.watch(now=now) == []
    ReportJob.objects.update(state=JobState.DONE, ended_at=now)
    assert backlog.watch(now=now + timedelta(minutes=10)) == []
    wishes = {WantedOrder(merchant.account_id, f"113-0000000-{number:07d}") for number in range(300)}
    order_requests.request(wishes, lane=Lane.CATCH_UP, why=RequestReason.BACKLOG, now=now)
    assert backlog.watch(now=now + timedelta(minutes=30)) == []
    OrderRequest.objects.all().delete()
    assert backlog.watch(now=now + timedelta(minutes=30)) == [merchant.account_id]


def test_where_reports_are_refused_the_search_goes_on_alone(merchant: Merchant) -> None:
    merchant.was_in_step_until(merchant.clock.now() - OUTAGE, orders_a_day=8_000)
    merchant.amazon.faults.queue(Fault("forbidden403", operation="createReport", times=0))
    backlog.watch(now=merchant.clock.now())
    job = ReportJob.objects.get(kind=JobKind.CATCH_UP)
    proving.work(job_id=job.pk, now=merchant.clock.now())
    job.refresh_from_db()
    assert (job.state, job.is_refused) == (JobState.FAILED, True)
    assert backlog.watch(now=merchant.clock.now() + timedelta(hours=2)) == []
    assert account_sync.sync_account(account_id=merchant.account_id, now=merchant.clock.now()).problems == []
