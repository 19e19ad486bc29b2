"""Where a wish for a single order stands, in words."""

from datetime import datetime, timedelta

import pytest

from amazon_orders.models import Store
from integration.installation import read_only
from integration.models import AccountSync, Lane, OrderRequest, QuotaBucket, RequestReason
from integration.orders import refresh_status
from integration.orders.refresh_status import RefreshStatus
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from tests.factories import amazon

pytestmark = pytest.mark.django_db
NOW = amazon.NOW


def wish(store: Store, number: str = "111-0000001-0000001", *, at: datetime = NOW) -> str:
    wishes = [WantedOrder(store.account_id, number)]
    order_requests.request(wishes, lane=Lane.PERSON, why=RequestReason.PERSON, now=at)
    return number


def stand(store: Store, number: str) -> RefreshStatus | None:
    return refresh_status.of_order(account_id=store.account_id, amazon_order_id=number, now=NOW)


def bucket(store: Store, tokens: float) -> QuotaBucket:
    return QuotaBucket.objects.create(
        account=store.account, operation="getOrder", tokens=tokens, rate=0.5, burst=30, refilled_at=NOW
    )


def test_nothing_was_wished() -> None:
    assert stand(amazon.store(), "111-0000001-0000001") is None


def test_it_is_asked_for_now() -> None:
    store = amazon.store()
    number = wish(store)
    assert stand(store, number) == RefreshStatus("Amazon is being asked.")
    bucket(store, 1)
    assert stand(store, number) == RefreshStatus("Amazon is being asked.")


def test_it_waits_for_quota_behind_those_before_it() -> None:
    store = amazon.store()
    bucket(store, 1)
    wish(store, "111-0000001-0000009", at=NOW - timedelta(seconds=9))
    number = wish(store)
    assert stand(store, number) == RefreshStatus(
        "Waiting for Amazon's quota until about", until=NOW + timedelta(seconds=2)
    )


def test_it_waits_for_read_only_mode_to_end() -> None:
    store = amazon.store()
    number = wish(store)
    read_only.switch_on(by="maria", now=NOW)
    assert stand(store, number) == RefreshStatus("Read-only mode is on: Amazon is asked once it ends.")


def test_amazon_refuses_or_does_not_answer() -> None:
    store = amazon.store()
    number = wish(store)
    later = NOW + timedelta(minutes=5)
    AccountSync.objects.update(failures=1, next_poll_at=later)
    assert stand(store, number) == RefreshStatus("Amazon does not answer: it is asked again at", until=later)
    AccountSync.objects.update(refused_at=NOW)
    found = stand(store, number)
    assert found is not None
    assert "refuses the authorization" in found.text


@pytest.mark.parametrize("answer", ["KNOWN", "UNKNOWN", "DENIED"])
def test_it_is_answered(answer: str) -> None:
    store = amazon.store()
    number = wish(store)
    OrderRequest.objects.update(answered_at=NOW, answer=answer)
    found = stand(store, number)
    assert found is not None
    assert found.is_over


@pytest.mark.parametrize(
    ("tokens", "wanted", "elapsed", "seconds"),
    [(30, 1, 0, 0), (0, 1, 0, 2), (0.5, 1, 0, 1), (0, 1, 2, 0), (0, 11, 0, 22), (30, 31, 0, 2)],
)
def test_how_long_tokens_take(tokens: float, wanted: int, elapsed: int, seconds: float) -> None:
    found = bucket(amazon.store(), tokens).time_until(wanted, now=NOW + timedelta(seconds=elapsed))
    assert found == timedelta(seconds=seconds)
