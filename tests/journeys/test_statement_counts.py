"""How many SQL statements a pass takes: the same for a page of 10 and of 100, and within the budgets."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_orders import normalize
from commerce.models import Order
from integration.models import OrderImport, SyncRun
from integration.order_import import judge
from integration.sync import account_sync, receive
from tests.factories import commerce as catalog
from tests.fixtures_shop import Shop

pytestmark = pytest.mark.postgres

OWN = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
PER_PAGE = 36
UNCHANGED_PAGE = 4
IDLE_POLL = 10
SKUS = 40


def statements(context: CaptureQueriesContext) -> list[str]:
    """Without the transaction's own."""
    return [query["sql"] for query in context.captured_queries if not query["sql"].startswith(OWN)]


def writes_to_orders(sqls: list[str]) -> list[str]:
    return [sql for sql in sqls if re.match(r'(INSERT INTO|UPDATE|DELETE FROM) "amazon_orders_', sql)]


def page_of(shop: Shop, count: int, *, sku: str = "MANY", **fields: Any) -> list[Any]:
    """Orders of one or two lines over many products, as Amazon tells them."""
    page = []
    for number in range(count):
        lines = [(f"{sku}-{(number * 7 + line) % SKUS}", 1, "9.95") for line in range(1 + number % 2)]
        page.append(shop.document(shop.sell(*lines, **fields)))
    return page


def store_and_judge(shop: Shop, payloads: list[Any]) -> list[str]:
    """Receive, check and place one page."""
    now = timezone.now()
    with CaptureQueriesContext(connection) as context:
        received = receive.run(
            account_id=shop.store.account_id,
            stores=[shop.store],
            payloads=payloads,
            data_sets=normalize.DATA_SETS,
            asked_at=now,
            now=now,
        )
        judge.judge_orders(order_ids=received.order_ids, now=now)
    return statements(context)


@pytest.fixture
def wide_shop(shop: Shop) -> Shop:
    for number in range(SKUS):
        catalog.product(f"MANY-{number}", stock={"main": 500})
    return shop


def test_a_page_of_new_orders_takes_the_same_statements_however_long(wide_shop: Shop) -> None:
    ten = store_and_judge(wide_shop, page_of(wide_shop, 10))
    hundred = store_and_judge(wide_shop, page_of(wide_shop, 100))

    assert len(hundred) == len(ten)
    assert len(hundred) <= PER_PAGE
    assert Order.objects.count() == 110


def test_an_unchanged_page_is_read_and_nothing_is_written(wide_shop: Shop) -> None:
    page = page_of(wide_shop, 100)
    store_and_judge(wide_shop, page)

    again = store_and_judge(wide_shop, page)

    assert len(again) <= UNCHANGED_PAGE
    assert writes_to_orders(again) == []


def test_blocked_pending_and_shipped_pages_take_the_same_statements_however_long(wide_shop: Shop) -> None:
    pages: dict[int, list[list[str]]] = {10: [], 100: []}
    for count, taken in pages.items():
        taken.append(store_and_judge(wide_shop, blocked := page_of(wide_shop, count, sku="GONE")))
        taken.append(store_and_judge(wide_shop, page_of(wide_shop, count, status="PENDING")))
        new = page_of(wide_shop, count)
        store_and_judge(wide_shop, new)
        for document in new:
            wide_shop.set_status(document["orderId"], "SHIPPED")
        taken.append(
            store_and_judge(wide_shop, [wide_shop.document(document["orderId"]) for document in new])
        )
        assert OrderImport.objects.filter(state="BLOCKED").count() == len(blocked)
        OrderImport.objects.filter(state="BLOCKED").update(state="WAITING")

    assert [len(sqls) for sqls in pages[10]] == [len(sqls) for sqls in pages[100]]


def test_an_idle_poll_takes_few_statements_and_keeps_no_run(shop: Shop) -> None:
    account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())

    with CaptureQueriesContext(connection) as context:
        outcome = account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now())

    assert outcome.problems == []
    assert outcome.requests == 1
    assert len(statements(context)) <= IDLE_POLL
    assert SyncRun.objects.count() == 0
