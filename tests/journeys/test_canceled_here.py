"""A merchant cancels: Amazon decides, by feed; until then the Commerce order waits and keeps its stock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.shipping.ship import CannotShip
from integration import stores
from integration.models import Cancellation, FeedJob, ImportState
from integration.outbox import cancel, feed_jobs
from integration.sync import single_orders
from sandbox import lifecycle
from tests.fixtures_shop import Shop, commerce_order_of, events_of, line_id, state_of, stock_of
from tests.journeys.workshop import asked, cancel_here, confirm, feed, ship_here, sold

pytestmark = pytest.mark.django_db(transaction=True)


def wish() -> Cancellation:
    return Cancellation.objects.latest("pk")


def test_amazon_cancels_and_the_commerce_order_follows(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    cancel_here(number)
    assert commerce_order_of(number).status == "ON_HOLD"
    assert stock_of() == (10, 2)
    feed(shop)
    assert (wish().state, FeedJob.objects.get().state) == ("DONE", "DONE")
    assert shop.document(number)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert commerce_order_of(number).status == "CANCELED"
    assert stock_of() == (10, 0)
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now(), in_foreground=True)
    assert AmazonOrder.objects.get(amazon_order_id=number).status == "CANCELLED"
    assert {"CANCEL_ASKED", "CANCEL_ACCEPTED"} <= set(events_of(number))
    shop.sync()
    assert commerce_order_of(number).status == "CANCELED"


def test_several_orders_go_in_one_feed(shop: Shop) -> None:
    numbers = [sold(shop) for _ in range(3)]
    orders = [commerce_order_of(number).pk for number in numbers]
    cancel.cancel_orders(commerce_order_ids=orders, reason="BuyerCanceled", by="maria", now=timezone.now())
    feed(shop)
    assert asked(shop, "createFeed") == 1
    assert {row.state for row in Cancellation.objects.all()} == {"DONE"}


def test_it_works_with_import_off(shop: Shop) -> None:
    shop.settings(import_amazon_orders=False)
    number = shop.sell()
    shop.sync()
    assert state_of(number) == ImportState.VIEW_ONLY
    mirrored = AmazonOrder.objects.get(amazon_order_id=number)
    cancel.cancel_at_amazon(
        amazon_order_ids=[mirrored.pk], reason="NoInventory", by="maria", now=timezone.now()
    )
    feed(shop)
    assert wish().state == "DONE"
    assert shop.document(number)["fulfillment"]["fulfillmentStatus"] == "CANCELLED"


def test_a_ship_at_amazon_meanwhile_wins(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 2, "10.00"))
    other = sold(shop)
    for each in (number, other):
        cancel_here(each)
    shop.ship_at_amazon(number, 2)
    feed(shop)
    states = dict(Cancellation.objects.values_list("amazon_order_id", "state"))
    assert states == {number: "REFUSED", other: "DONE"}
    refused = Cancellation.objects.get(amazon_order_id=number)
    assert "SHIPPED" in refused.refusal
    assert refused.refusal_code
    assert commerce_order_of(number).status == "PROCESSING"
    shop.sync()
    assert commerce_order_of(number).status == "COMPLETE"
    assert stock_of() == (8, 0)


def test_a_cancel_whose_account_is_deleted_lets_the_order_go_on(shop: Shop) -> None:
    number = sold(shop)
    cancel_here(number)
    stores.delete(store_id=shop.store.pk, by="maria", now=timezone.now())
    assert commerce_order_of(number).status == "PROCESSING"
    assert stock_of() == (10, 1)
    shop.store = shop.connect()
    shop.sync()
    assert (commerce_order_of(number).status, state_of(number)) == ("PROCESSING", "IMPORTED")


def test_shipping_here_loses_against_a_cancel_that_was_asked_for(shop: Shop) -> None:
    number = sold(shop)
    cancel_here(number)
    with pytest.raises(CannotShip):
        ship_here(number)
    feed(shop)
    assert commerce_order_of(number).status == "CANCELED"


def test_a_cancel_loses_against_a_parcel_that_has_left(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number)
    with pytest.raises(cancel.CannotCancel):
        cancel_here(number)
    assert confirm(shop).counts["confirmed"] == 1


def test_a_cancel_at_amazon_against_a_parcel_that_has_left_here(shop: Shop) -> None:
    number = sold(shop)
    ship_here(number)
    shop.cancel_at_amazon(number)
    confirm(shop)
    shop.sync()
    # Amazon refuses the parcel; the goods are gone, and both messages say so.
    assert commerce_order_of(number).status == "PROCESSING"
    assert {"SHIPMENT_REFUSED", "CANCELED_AFTER_SHIPPING"} <= set(events_of(number))


@pytest.mark.parametrize(
    "operation", ["createFeedDocument", "feedDocument", "getFeed", "getFeedDocument", "document"]
)
@pytest.mark.parametrize("fault", ["drop", "html503", "cut"])
def test_a_step_that_failed_is_done_again(shop: Shop, operation: str, fault: str) -> None:
    number = sold(shop)
    cancel_here(number)
    shop.amazon.faults.queue(fault, operation=operation)
    feed(shop, times=8)
    assert wish().state == "DONE"
    assert asked(shop, "createFeed") == 1


def test_a_feed_whose_answer_was_lost_is_found_and_not_handed_in_again(shop: Shop) -> None:
    number = sold(shop)
    cancel_here(number)
    shop.amazon.faults.queue("lost_answer", operation="createFeed")
    feed(shop, times=2)
    feed(shop, times=4)
    assert wish().state == "DONE"
    assert (asked(shop, "createFeed"), asked(shop, "getFeeds")) == (1, 1)


def test_a_feed_that_never_arrived_is_handed_in_again(shop: Shop) -> None:
    number = sold(shop)
    cancel_here(number)
    shop.amazon.faults.queue("drop", operation="createFeed")
    feed(shop, times=3)
    assert FeedJob.objects.get().state == "SUBMITTING"
    FeedJob.objects.update(submitting_at=timezone.now() - timedelta(minutes=11))
    feed(shop, times=6)
    assert wish().state == "DONE"
    assert asked(shop, "createFeed") == 2


def test_a_worker_that_dies_between_call_and_record_loses_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sold(shop)
    cancel_here(number)
    with monkeypatch.context() as patched:
        patched.setattr(feed_jobs, "submitted", _die)
        with pytest.raises(KeyboardInterrupt):
            feed(shop)
    assert FeedJob.objects.get().state == "SUBMITTING"
    feed(shop)
    assert (wish().state, asked(shop, "createFeed")) == ("DONE", 1)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("fault", ["throttle", "throttle_bare"])
def test_a_throttled_feed_waits(shop: Shop, fault: str) -> None:
    number = sold(shop)
    cancel_here(number)
    shop.amazon.faults.queue(fault, operation="createFeed")
    assert [problem.code for problem in feed(shop, times=1)[0].problems] == ["QUOTA"]
    assert (FeedJob.objects.get().state, wish().state) == ("UPLOADED", "SENT")


@pytest.mark.parametrize("fault", ["fatal_feed", "cancelled_feed"])
def test_a_feed_that_comes_to_nothing_is_said_and_lets_the_order_go_on(shop: Shop, fault: str) -> None:
    number = sold(shop)
    cancel_here(number)
    shop.amazon.faults.queue(fault, operation="createFeed")
    feed(shop)
    assert (wish().state, FeedJob.objects.get().state) == ("REFUSED", "FAILED")
    assert commerce_order_of(number).status == "PROCESSING"
    assert stock_of() == (10, 1)
    cancel.send_cancellation_again(cancellation_id=wish().pk, by="maria", now=timezone.now())
    feed(shop)
    assert wish().state == "DONE"


def test_a_document_elsewhere_is_neither_put_nor_fetched(shop: Shop) -> None:
    number = sold(shop)
    cancel_here(number)
    shop.amazon.faults.queue("foreign_document", operation="createFeedDocument")
    feed(shop, times=1)
    assert asked(shop, "feedDocument") == 0
    assert wish().state == "SENT"
    feed(shop)
    assert wish().state == "DONE"


def test_every_item_of_the_order_is_named_with_the_reason(shop: Shop) -> None:
    number = sold(shop, ("SKU-1", 1, "10.00"), ("SKU-1", 2, "5.00"))
    cancel_here(number, "CarrierCoverageFailure")
    feed(shop, times=1)
    [document] = shop.amazon.world.feeds.documents.values()
    text = (document.body or b"").decode()
    assert text.count("<CancelReason>CarrierCoverageFailure</CancelReason>") == 2
    assert line_id(number, 2) in text


def test_a_buyers_wish_to_cancel_can_be_answered_from_here(shop: Shop) -> None:
    number = sold(shop)
    shop.edit(number, lambda document: lifecycle.request_cancellation(document, "Ordered by mistake"))
    shop.sync()
    cancel_here(number, "BuyerCanceled")
    feed(shop)
    assert wish().state == "DONE"
