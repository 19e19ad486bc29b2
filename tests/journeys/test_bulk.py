"""Many orders retried, skipped and refreshed over a whole shop; each ends with what it has become."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from integration.models import BatchAction, BatchOrder, ImportBatch, OrderRequest
from integration.order_import import judge
from integration.orders.bulk import selection
from integration.orders.bulk import work as serve
from integration.orders.bulk.selection import Bulk
from integration.orders.order_list import OrderFilter
from integration.sync import single_orders
from tests.factories import commerce as catalog
from tests.factories import people
from tests.fixtures_shop import Shop, events_of, import_of, state_of


def start(action: BatchAction, *, filters: OrderFilter | None = None, **fields: Any) -> ImportBatch:
    bulk = Bulk(action=action, token=f"{action}", by="maria", now=timezone.now(), **fields)
    [batch] = selection.start_fitting(filters=filters or OrderFilter(), viewer=people.admin(), bulk=bulk)
    return batch


def work(shop: Shop, *, rounds: int = 4) -> None:
    for _ in range(rounds):
        BatchOrder.objects.filter(outcome="").update(look_at=timezone.now())
        serve.run(now=timezone.now())
        single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
        judge.judge_due(now=timezone.now())


def outcomes(batch: ImportBatch) -> dict[str, str]:
    batch.refresh_from_db()
    return dict(batch.orders.values_list("amazon_order_id", "outcome"))


def test_all_that_fit_are_retried_and_skipped_for_a_reason(shop: Shop) -> None:
    imported, blocked = shop.sell(), shop.sell(("GONE", 1, "5.00"))
    late = shop.sell(("LATER", 1, "5.00"))
    shop.sync()
    # Not noticed yet: the retry judges it.
    catalog.product("LATER", stock={"main": 4})

    batch = start(BatchAction.RETRY)
    work(shop, rounds=1)

    assert outcomes(batch) == {imported: "IMPORTED", blocked: "BLOCKED", late: "IMPORTED"}
    assert batch.finished_at is not None
    assert import_of(late).timeline.get(code="RETRY_REQUESTED").actor == "maria"
    assert "RETRY_REQUESTED" not in events_of(imported)

    until = timezone.now() + timedelta(days=3)
    batch = start(BatchAction.SKIP, reason="On a fair", until=until)
    work(shop, rounds=1)

    assert outcomes(batch) == {imported: "IMPORTED", blocked: "SKIPPED", late: "IMPORTED"}
    assert (state_of(blocked), import_of(blocked).skip_reason) == ("SKIPPED", "On a fair")
    assert import_of(blocked).recheck_at == until


def test_skipped_and_view_only_orders_are_imported(shop: Shop) -> None:
    shop.settings(import_amazon_orders=False)
    view_only = shop.sell()
    shop.sync()
    shop.settings(import_amazon_orders=True)
    skipped = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    start(BatchAction.SKIP, filters=OrderFilter(states=("BLOCKED",)), reason="Later")
    work(shop, rounds=1)
    catalog.product("GONE", stock={"main": 1})

    batch = start(BatchAction.IMPORT)
    work(shop)

    assert outcomes(batch) == {view_only: "IMPORTED", skipped: "IMPORTED"}


def test_a_skip_whose_end_has_come_before_its_turn_skips_nothing(shop: Shop) -> None:
    blocked = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    batch = start(BatchAction.SKIP, reason="Soon", until=timezone.now() + timedelta(seconds=1))
    ImportBatch.objects.update(skip_until=timezone.now())
    work(shop, rounds=1)
    assert outcomes(batch) == {blocked: "BLOCKED"}


def test_many_are_refreshed_few_at_a_time_and_end_as_amazon_says(shop: Shop) -> None:
    orders = [shop.sell(("GONE", 1, "5.00")) for _ in range(serve.ASKED_AT_ONCE + 2)]
    shop.sync()
    shop.cancel_at_amazon(orders[0])

    batch = start(BatchAction.REFRESH)
    serve.run(now=timezone.now())

    assert OrderRequest.objects.filter(answered_at=None, why="BULK").count() == serve.ASKED_AT_ONCE
    work(shop, rounds=5)
    assert outcomes(batch) == {**dict.fromkeys(orders, "BLOCKED"), orders[0]: "CANCELED"}
    assert events_of(orders[1]).count("REFRESH_REQUESTED") == 1


def test_of_a_store_that_was_switched_off_meanwhile_nothing_is_asked(shop: Shop) -> None:
    order = shop.sell()
    shop.sync()
    batch = start(BatchAction.REFRESH)
    shop.store.is_active = False
    shop.store.save()
    work(shop, rounds=1)
    assert outcomes(batch) == {order: "IMPORTED"}
