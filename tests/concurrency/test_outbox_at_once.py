"""The way back to Amazon at once: ship against cancel, two workers at one parcel, two at one feed."""

import pytest
from django.utils import timezone

from commerce.models import Shipment
from commerce.shipping.ship import CannotShip
from integration.models import Cancellation, FeedJob, ShipmentConfirmation
from integration.outbox import feeds
from integration.outbox.cancel import CannotCancel
from integration.outbox.confirm import confirm_account
from integration.transactions import repeat_when_beaten
from tests.concurrency.threads import Threads
from tests.fixtures_shop import Shop, commerce_order_of, stock_of
from tests.journeys.workshop import asked, calls, cancel_here, confirm, feed, ship_here, sold

pytestmark = pytest.mark.postgres
WORKERS = 4


def test_of_shipping_and_canceling_here_one_happens(shop: Shop) -> None:
    for _ in range(6):
        number = sold(shop)
        refused: list[str] = []

        def ship(number: str = number, refused: list[str] = refused) -> None:
            try:
                ship_here(number)
            except CannotShip:
                refused.append("ship")

        def cancel(number: str = number, refused: list[str] = refused) -> None:
            try:
                cancel_here(number)
            except CannotCancel:
                refused.append("cancel")

        threads = Threads()
        threads.add(ship)
        threads.add(cancel)
        threads.run()
        assert len(refused) == 1
        has_shipped = Shipment.objects.filter(order__channel_reference=number).exists()
        is_asked = Cancellation.objects.filter(amazon_order_id=number).exists()
        assert has_shipped != is_asked
    confirm(shop)
    feed(shop)
    left = Shipment.objects.count()
    assert stock_of() == (10 - left, 0)


def test_a_cancel_at_amazon_and_a_parcel_here_leave_stock_right(shop: Shop) -> None:
    for _ in range(4):
        number = sold(shop)
        shop.cancel_at_amazon(number)

        def ship(number: str = number) -> None:
            try:
                ship_here(number)
            except CannotShip:
                return

        threads = Threads()
        threads.add(ship)
        threads.add(lambda: repeat_when_beaten(shop.sync))
        threads.run()
        has_shipped = Shipment.objects.filter(order__channel_reference=number).exists()
        assert commerce_order_of(number).status == ("PROCESSING" if has_shipped else "CANCELED")
    confirm(shop)
    assert not shop.amazon.world.confirmations
    assert stock_of() == (10 - Shipment.objects.count(), 0)


def test_of_several_workers_one_tells_amazon_of_a_parcel(shop: Shop) -> None:
    numbers = [sold(shop) for _ in range(5)]
    for number in numbers:
        ship_here(number)
    problems: list[str] = []

    def tell() -> None:
        done = confirm_account(account_id=shop.store.account_id)
        problems.extend(problem.message for problem in done.problems)

    threads = Threads()
    for _ in range(WORKERS):
        threads.add(tell)
    threads.run()
    assert problems == []
    assert calls(shop) == len(numbers)
    assert set(ShipmentConfirmation.objects.values_list("state", flat=True)) == {"SENT"}


def test_of_several_workers_one_hands_in_a_feed(shop: Shop) -> None:
    for _ in range(3):
        cancel_here(sold(shop))
    for _ in range(4):
        FeedJob.objects.filter(ended_at=None).update(next_look_at=timezone.now())
        threads = Threads()
        for _ in range(WORKERS):
            threads.add(lambda: feeds.feed_account(account_id=shop.store.account_id))
        threads.run()
    assert asked(shop, "createFeed") == 1
    assert set(Cancellation.objects.values_list("state", flat=True)) == {"DONE"}
