"""Imports of chosen orders over a whole shop: each number ends with an outcome, and nothing is done twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.models import Order
from integration.models import BatchOrder, ImportBatch, OrderImport, OrderRequest
from integration.order_import import judge
from integration.orders import actions
from integration.orders.bulk import batches
from integration.orders.bulk import work as serve
from integration.sync import single_orders
from tests.fixtures_shop import (
    Shop,
    commerce_order_of,
    events_of,
    has_commerce_order,
    import_of,
    state_of,
    stock_of,
)


def import_numbers(shop: Shop, *numbers: str, token: str = "a") -> ImportBatch:
    return batches.start_by_number(
        store=shop.store, numbers=numbers, token=token, by="maria", now=timezone.now()
    )


def work(shop: Shop, *, rounds: int = 3) -> None:
    """What the workers do, until nothing is left that waits for them."""
    for _ in range(rounds):
        BatchOrder.objects.filter(outcome="").update(look_at=timezone.now())
        serve.run(now=timezone.now())
        single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
        judge.judge_due(now=timezone.now())


def outcomes(batch: ImportBatch) -> dict[str, str]:
    return dict(batch.orders.order_by("pk").values_list("amazon_order_id", "outcome"))


def test_every_number_ends_with_an_outcome(shop: Shop) -> None:
    canada = shop.connect("Harbor CA", "CA")
    shop.settings(import_amazon_orders=False)
    view_only = shop.sell(("SKU-1", 2, "10.00"))
    shop.sync()
    shop.settings(import_amazon_orders=True)
    imported, blocked, waiting = shop.sell(), shop.sell(("GONE", 1, "5.00")), shop.sell(status="PENDING")
    skipped, canceled = shop.sell(("LATER", 1, "5.00")), shop.sell(status="CANCELLED")
    other = shop.sell(place="CA")
    shop.sync()
    actions.skip(
        order_ids=[import_of(skipped).pk], reason="Later", until=None, by="maria", now=timezone.now()
    )
    shop.judge()
    fresh = shop.sell(("SKU-1", 1, "10.00"))
    nowhere = "999-0000000-0000009"
    assert AmazonOrder.objects.get(amazon_order_id=other).store_id == canada.pk

    batch = import_numbers(
        shop, view_only, imported, blocked, waiting, skipped, canceled, other, fresh, nowhere
    )
    work(shop)

    assert outcomes(batch) == {
        view_only: "IMPORTED",
        imported: "IMPORTED",
        blocked: "BLOCKED",
        waiting: "WAITING",
        skipped: "BLOCKED",
        canceled: "CANCELED",
        other: "OTHER_STORE",
        fresh: "IMPORTED",
        nowhere: "UNKNOWN",
    }
    batch.refresh_from_db()
    assert batch.finished_at is not None
    assert events_of(view_only)[-2:] == ["IMPORT_REQUESTED", "IMPORTED"]
    assert import_of(view_only).timeline.get(code="IMPORT_REQUESTED").actor == "maria"
    assert not OrderRequest.objects.filter(answered_at=None).exists()


def test_an_order_from_before_the_connection_comes_in_when_a_person_names_it_and_is_followed(
    shop: Shop,
) -> None:
    old = shop.sell(created=shop.opened_at - timedelta(days=60))
    unnamed = shop.sell(created=shop.opened_at - timedelta(days=60))
    assert shop.sync().counts["ignored"] == 2
    assert not AmazonOrder.objects.exists()

    batch = import_numbers(shop, old)
    work(shop)

    assert outcomes(batch) == {old: "IMPORTED"}
    assert stock_of() == (10, 1)
    assert not AmazonOrder.objects.filter(amazon_order_id=unnamed).exists()
    # What Amazon changes about it later is taken in like any other order's.
    shop.cancel_at_amazon(old)
    shop.sync()
    assert commerce_order_of(old).status == "CANCELED"
    assert stock_of() == (10, 0)


def test_a_named_order_is_imported_although_import_is_off(shop: Shop) -> None:
    shop.settings(import_amazon_orders=False)
    order_id = shop.sell()

    batch = import_numbers(shop, order_id)
    work(shop, rounds=4)

    assert outcomes(batch) == {order_id: "IMPORTED"}
    assert has_commerce_order(order_id)


def test_all_that_came_in_while_import_was_off_since_a_date(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "CHUNK", 2)
    monkeypatch.setattr(serve, "COLLECTED_AT_A_TIME", 2)
    shop.settings(import_amazon_orders=False)
    orders = [shop.sell() for _ in range(5)]
    early = shop.sell()
    shop.sync()
    AmazonOrder.objects.filter(amazon_order_id=early).update(received_at=timezone.now() - timedelta(days=9))

    batch = batches.start_since(
        store=shop.store,
        since=timezone.now() - timedelta(days=1),
        token="a",
        by="maria",
        now=timezone.now(),
    )
    assert batch.expected == 5
    assert batches.progress([batch])[batch.pk].total == 5
    work(shop, rounds=1)

    assert outcomes(batch) == dict.fromkeys(orders, "IMPORTED")
    assert state_of(early) == "VIEW_ONLY"
    batch.refresh_from_db()
    assert (batch.collected_after, batch.finished_at is not None) == (None, True)


def test_two_batches_about_the_same_orders_import_each_once(shop: Shop) -> None:
    shop.settings(import_amazon_orders=False)
    orders = [shop.sell() for _ in range(3)]
    shop.sync()
    first, second = import_numbers(shop, *orders), import_numbers(shop, *orders, token="b")
    work(shop)
    assert outcomes(first) == outcomes(second) == dict.fromkeys(orders, "IMPORTED")
    assert Order.objects.count() == 3
    assert events_of(orders[0]).count("IMPORT_REQUESTED") == 1


def test_a_claim_is_one_workers_and_comes_back_when_that_one_dies(shop: Shop) -> None:
    import_numbers(shop, "999-0000000-0000001", "999-0000000-0000002")
    now = timezone.now()
    assert len(serve.claim(now=now)) == 2
    assert serve.claim(now=now) == []
    assert len(serve.claim(now=now + serve.CLAIMED_FOR)) == 2


def test_a_refresh_by_hand_waits_behind_few_however_many_are_imported(shop: Shop) -> None:
    batch = import_numbers(shop, *(f"999-0000000-{number:07d}" for number in range(1, 26)))
    serve.run(now=timezone.now())
    assert OrderRequest.objects.filter(answered_at=None).count() == serve.ASKED_AT_ONCE
    work(shop, rounds=6)
    assert set(outcomes(batch).values()) == {"UNKNOWN"}


@pytest.mark.parametrize("count", [2, 12])
def test_a_look_costs_the_same_statements_however_many_orders(shop: Shop, count: int) -> None:
    shop.settings(import_amazon_orders=False)
    here = [shop.sell() for _ in range(count)]
    shop.sync()
    import_numbers(shop, *here, *(f"999-0000000-{number:07d}" for number in range(count)))
    rows = serve.claim(now=timezone.now())
    with CaptureQueriesContext(connection) as statements:
        looked = serve.look(rows, now=timezone.now())
    assert len(looked.to_judge) == count
    assert len([each for each in statements if "SAVEPOINT" not in each["sql"]]) <= 20
    assert OrderImport.objects.filter(is_import_requested=True).count() == count


def test_an_unreadable_order_says_so(shop: Shop) -> None:
    order_id = shop.sell(edit=lambda document: document.pop("orderItems"))
    batch = import_numbers(shop, order_id)
    work(shop)
    assert outcomes(batch) == {order_id: "UNREADABLE"}
