"""Failed calls leave a row: what is needed to understand them, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration import stores
from integration.models import AccountSync, CommunicationError, Lane, OrderRequest, QuotaBucket, SyncRun
from integration.spapi import communication
from integration.spapi.client import SellerClient
from integration.spapi.errors import ReadOnly, Rejected, RetryLater, SpApiFailure, StoreMisconfigured
from integration.sync import single_orders
from tests.factories import amazon
from tests.factories.amazon import NOW
from tests.fixtures_shop import SELLER, Shop


def record(account_id: int, *, at: datetime = NOW, status: int = 503, request_id: str = "r-1") -> None:
    communication.record_failure(
        account_id=account_id,
        operation="searchOrders",
        failed=RetryLater("down", timedelta(seconds=1), status=status, request_id=request_id),
        lane=Lane.POLL,
        now=at,
    )


@pytest.mark.django_db
def test_a_storm_raises_a_number_not_rows() -> None:
    account = amazon.account()
    for second in range(30):
        record(account.pk, at=NOW + timedelta(seconds=second), request_id=f"r-{second}")
    row = CommunicationError.objects.get()
    assert (row.times, row.first_at, row.last_at) == (30, NOW, NOW + timedelta(seconds=29))
    assert row.request_id == "r-29"
    record(account.pk, at=NOW + timedelta(minutes=1))
    record(account.pk, status=500)
    record(amazon.account().pk)
    assert CommunicationError.objects.count() == 4


@pytest.mark.django_db
def test_a_worker_whose_clock_is_behind_takes_no_time_back() -> None:
    account = amazon.account()
    record(account.pk, at=NOW + timedelta(seconds=30))
    record(account.pk, at=NOW + timedelta(seconds=10))
    row = CommunicationError.objects.get()
    assert (row.times, row.last_at) == (2, NOW + timedelta(seconds=30))


@pytest.mark.django_db(transaction=True)
def test_an_account_that_was_deleted_meanwhile_is_no_bug() -> None:
    record(10**9)
    assert CommunicationError.objects.count() == 0


LATER = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("operation", "failed", "kind"),
    [
        ("searchOrders", RetryLater("", LATER, is_quota=True), None),
        ("searchOrders", ReadOnly("silent"), None),
        ("searchOrders", RetryLater("", LATER, status=429, is_quota=True), "THROTTLED"),
        ("searchOrders", RetryLater("", LATER), "NO_ANSWER"),
        ("searchOrders", RetryLater("", LATER, status=200), "UNUSABLE_ANSWER"),
        ("searchOrders", RetryLater("", LATER, status=302), "UNUSABLE_ANSWER"),
        ("searchOrders", RetryLater("", LATER, status=400), "REFUSED"),
        ("searchOrders", RetryLater("", LATER, status=504), "UNAVAILABLE"),
        ("getOrder", Rejected("", 404, "NotFound"), None),
        ("getOrder", Rejected("", 400, "InvalidInput"), "REFUSED"),
        ("getMarketplaceParticipations", Rejected("", 404, "NotFound"), "REFUSED"),
        ("signIn", StoreMisconfigured("", status=400), "ACCESS_DENIED"),
        # Settings that kept us from calling at all.
        ("searchOrders", StoreMisconfigured(""), None),
    ],
)
def test_the_kind_of_a_failure(operation: str, failed: SpApiFailure, kind: str | None) -> None:
    assert communication.kind_of(operation, failed) == kind


@pytest.mark.parametrize("text", ["Jane Doe", "a" * 65, "<html>", "jane@example.com", "", "Zoë"])
def test_what_has_not_the_form_of_a_code_or_an_id_is_not_kept(text: str) -> None:
    assert communication.code_of(text) == ""
    assert communication.request_id_of(text) == ""
    assert communication.code_of("InvalidInput") == "InvalidInput"


FAULTS = (
    ("html503", 503, "UNAVAILABLE", ""),
    ("bare500", 500, "UNAVAILABLE", ""),
    ("error500", 500, "UNAVAILABLE", "InternalFailure"),
    ("throttle", 429, "THROTTLED", "QuotaExceeded"),
    ("no_orders", 200, "UNUSABLE_ANSWER", ""),
    ("empty", 200, "UNUSABLE_ANSWER", ""),
    ("cut", 0, "NO_ANSWER", ""),
    ("drop", 0, "NO_ANSWER", ""),
)


@pytest.mark.parametrize(("fault", "status", "kind", "code"), FAULTS)
def test_each_trouble_of_a_pass_is_one_row_of_its_run(
    shop: Shop, fault: str, status: int, kind: str, code: str
) -> None:
    shop.amazon.faults.queue(fault, operation="searchOrders")
    shop.sync()
    row = CommunicationError.objects.get()
    assert (row.operation, row.status, row.kind, row.code) == ("searchOrders", status, kind, code)
    assert (row.lane, row.run) == (Lane.POLL, SyncRun.objects.get().run)
    assert bool(row.request_id) == (status != 0)


def test_the_sign_in_is_an_operation_of_its_own(shop: Shop) -> None:
    shop.amazon.tokens.revoke(SELLER)
    shop.sync()
    row = CommunicationError.objects.get()
    assert (row.operation, row.status, row.kind, row.code) == (
        "signIn",
        400,
        "ACCESS_DENIED",
        "invalid_grant",
    )


def test_our_own_quota_is_no_failure_and_leaves_no_run(shop: Shop) -> None:
    shop.sync()
    QuotaBucket.objects.update(tokens=0, refilled_at=timezone.now())
    assert [problem.code for problem in shop.sync().problems] == ["QUOTA"]
    assert CommunicationError.objects.count() == SyncRun.objects.count() == 0


def test_an_order_that_amazon_has_not_is_an_answer(shop: Shop) -> None:
    with SellerClient(shop.store.account, lane=Lane.PERSON) as client:
        assert client.get_order("111-0000000-9999999").order is None
    assert CommunicationError.objects.count() == 0


def test_a_token_that_was_put_right_by_a_new_one_is_no_failure(shop: Shop) -> None:
    shop.amazon.faults.queue("unauthorized401", operation="searchOrders")
    assert shop.sync().problems == []
    assert CommunicationError.objects.count() == 0


def test_single_orders_are_told_with_the_lane_they_were_asked_for(shop: Shop) -> None:
    order_id = shop.sell()
    OrderRequest.objects.create(
        account=shop.store.account,
        amazon_order_id=order_id,
        lane=Lane.PROBE,
        why="STALE",
        wanted_at=timezone.now(),
        due_at=timezone.now(),
    )
    shop.amazon.faults.queue("html503", operation="getOrder")
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    row = CommunicationError.objects.get()
    assert (row.operation, row.lane) == ("getOrder", Lane.PROBE)
    run = SyncRun.objects.get()
    assert (run.run, run.kind, run.problem) == (row.run, "SINGLE_ORDERS", "AMAZON_UNAVAILABLE")


def test_a_token_that_is_only_tried_out_leaves_no_row(shop: Shop) -> None:
    given: dict[str, Any] = {"seller_id": "NEW", "refresh_token": "Atzr|refused"}
    with pytest.raises(stores.AuthorizationRefused):
        shop.connect("Other", "US", **given)
    assert CommunicationError.objects.count() == 0
    assert AccountSync.objects.count() == 1
