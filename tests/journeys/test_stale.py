"""Orders that changed without their update time moving: no search shows them, the prober finds them."""

from datetime import timedelta

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from integration.models import OrderImport, OrderRequest
from integration.sync import probe, single_orders
from sandbox import lifecycle
from tests.fixtures_shop import Shop, events_of, import_of, state_of, stock_of


def probe_and_refresh(shop: Shop) -> int:
    """A round of the prober, and what Amazon answers."""
    found = probe.run(now=timezone.now())
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    return found


def cancel_unseen(shop: Shop, order_id: str) -> None:
    shop.edit(
        order_id, lambda document: lifecycle.cancel(document, "BUYER", "Ordered by mistake"), keep_time=True
    )


def age(order_id: str, **moved: timedelta) -> None:
    """As if the order had come in, or had been asked for, that long ago."""
    if "received" in moved:
        AmazonOrder.objects.filter(amazon_order_id=order_id).update(
            received_at=timezone.now() - moved["received"]
        )
    if "asked" in moved:
        OrderImport.objects.filter(amazon_order__amazon_order_id=order_id).update(
            asked_at=timezone.now() - moved["asked"]
        )


def test_a_pending_order_canceled_without_a_word_is_found_and_its_stock_is_free(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"), status="PENDING")
    shop.sync()
    assert stock_of() == (10, 3)
    before = AmazonOrder.objects.get().last_updated_at

    cancel_unseen(shop, order_id)
    assert probe_and_refresh(shop) == 0
    assert state_of(order_id) == "WAITING"
    age(order_id, received=timedelta(hours=2))
    assert probe_and_refresh(shop) == 1

    assert state_of(order_id) == "CANCELED"
    assert stock_of() == (10, 0)
    assert AmazonOrder.objects.get().last_updated_at == before
    assert events_of(order_id)[-3:] == ["STATUS_CHANGED", "STOCK_RELEASED", "CANCELED"]
    assert import_of(order_id).asked_at is not None
    assert not OrderRequest.objects.exists()


def test_what_still_waits_is_asked_for_every_six_hours(shop: Shop) -> None:
    order_id = shop.sell(("SKU-1", 3, "10.00"), status="PENDING")
    shop.sync()
    age(order_id, received=timedelta(days=1))
    assert probe_and_refresh(shop) == 1
    assert probe_and_refresh(shop) == 0

    cancel_unseen(shop, order_id)
    age(order_id, asked=timedelta(hours=6))
    assert probe_and_refresh(shop) == 1

    assert state_of(order_id) == "CANCELED"


def test_a_blocked_order_that_was_shipped_over_there_is_found_before_its_ship_by(shop: Shop) -> None:
    order_id = shop.sell(("GONE", 1, "5.00"))
    shop.sync()
    AmazonOrder.objects.update(latest_ship_at=timezone.now() + timedelta(hours=20))
    shop.edit(
        order_id,
        lambda document: lifecycle.set_status(document, "SHIPPED", shop.opened_at),
        keep_time=True,
    )

    assert probe_and_refresh(shop) == 1

    assert AmazonOrder.objects.get().status == "SHIPPED"
    assert events_of(order_id)[-1] == "SHIPPED_AT_AMAZON"


def test_an_order_that_amazon_no_longer_knows_waits_and_is_asked_for_again_later(shop: Shop) -> None:
    order_id = shop.sell(status="PENDING")
    shop.sync()
    AmazonOrder.objects.update(
        received_at=timezone.now() - timedelta(hours=3), amazon_order_id="111-9999999-9999999"
    )

    assert probe_and_refresh(shop) == 1

    assert state_of("111-9999999-9999999") == "WAITING"
    assert events_of("111-9999999-9999999")[-1] == "UNKNOWN_AT_AMAZON"
    assert probe_and_refresh(shop) == 0
    assert order_id != "111-9999999-9999999"
