"""Amazon is asked to send to our queue: once, again and again, and no longer when nobody sells any more."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from integration import stores
from integration.installation import read_only
from integration.messages import open_messages
from integration.models import (
    CommunicationError,
    NotificationQueue,
    QuotaBucket,
    Subscription,
    SyncRun,
    UnreadableNotification,
)
from integration.notifications import intake, subscriptions
from integration.spapi.application import ApplicationClient
from integration.spapi.errors import ReadOnly
from sandbox.faults import Fault
from tests.factories import people
from tests.fixtures_queue import TestQueue
from tests.fixtures_shop import SECOND_SELLER, SELLER, Shop, state_of
from tests.integration.notifications.conftest import calls, look_after


def at_amazon(shop: Shop) -> list[str]:
    """Which sellers are subscribed."""
    known = shop.amazon.world.subscriptions
    return [seller for seller in (SELLER, SECOND_SELLER) if known.of_seller(seller, "ORDER_CHANGE")]


def make_due() -> None:
    Subscription.objects.update(check_at=timezone.now())


def the_one() -> Subscription:
    return Subscription.objects.get()


def test_an_account_is_subscribed_to_every_change_in_amazons_own_body(shop: Shop, queue: TestQueue) -> None:
    look_after()
    row = the_one()
    found = shop.amazon.world.subscriptions.of_seller(SELLER, "ORDER_CHANGE")
    assert found is not None
    assert (row.subscription_id, row.destination_id) == (
        found.subscription_id,
        found.destination.destination_id,
    )
    assert (row.queue_arn, found.destination.arn, row.error) == (queue.arn, queue.arn, "")
    assert found.directive == {
        "eventFilter": {
            "eventFilterType": "ORDER_CHANGE",
            "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange", "DeliveryTipChange"],
        }
    }
    # That there was none yet is no failure of a call.
    assert not CommunicationError.objects.exists()
    state = intake.state_of([shop.store.account_id])[shop.store.account_id]
    assert (state.is_subscribed, state.last_received_at) == (True, None)


def test_looked_after_again_it_is_only_looked_at(shop: Shop, queue: TestQueue) -> None:
    look_after()
    since = the_one().subscribed_at
    shop.amazon.log.clear()
    look_after()
    assert len(shop.amazon.log) == 0
    make_due()
    look_after()
    assert [one.operation for one in shop.amazon.log] == ["getSubscription"]
    assert the_one().subscribed_at == since


def test_two_accounts_share_the_destination(shop: Shop, queue: TestQueue) -> None:
    look_after()
    shop.amazon.add_seller(SECOND_SELLER, "Second", ("US",), "refresh-second")
    shop.connect("Second US", seller_id=SECOND_SELLER, refresh_token="refresh-second")
    look_after()
    assert at_amazon(shop) == [SELLER, SECOND_SELLER]
    assert calls(shop, "createDestination") == 1


def test_what_amazon_has_already_is_looked_up(shop: Shop, queue: TestQueue) -> None:
    look_after()
    before = the_one()
    # A database that was put back to the time before.
    Subscription.objects.all().delete()
    look_after()
    after = the_one()
    assert (after.subscription_id, after.destination_id) == (before.subscription_id, before.destination_id)
    assert [one.status for one in shop.amazon.log if one.operation == "createDestination"] == [200, 409]
    assert calls(shop, "createSubscription") == 1


def test_one_that_is_gone_at_amazon_is_made_again(shop: Shop, queue: TestQueue) -> None:
    look_after()
    before = the_one().subscription_id
    shop.amazon.world.subscriptions.remove_subscription(before, "ORDER_CHANGE")
    make_due()
    look_after()
    assert the_one().subscription_id not in ("", before)


def test_a_destination_that_is_gone_at_amazon_is_made_again(shop: Shop, queue: TestQueue) -> None:
    look_after()
    row = the_one()
    shop.amazon.world.subscriptions.remove_subscription(row.subscription_id, "ORDER_CHANGE")
    shop.amazon.world.subscriptions.remove_destination(row.destination_id)
    shop.amazon.add_seller(SECOND_SELLER, "Second", ("US",), "refresh-second")
    shop.connect("Second US", seller_id=SECOND_SELLER, refresh_token="refresh-second")
    look_after()
    assert at_amazon(shop) == [SECOND_SELLER]
    make_due()
    look_after()
    assert at_amazon(shop) == [SELLER, SECOND_SELLER]


def test_a_new_queue_takes_the_place_of_our_old_one(shop: Shop, queue: TestQueue, settings: Settings) -> None:
    look_after()
    settings.NOTIFICATIONS_QUEUE_ARN = queue.arn + "-new"
    subscriptions.look_after_all(now=timezone.now())
    look_after()
    found = shop.amazon.world.subscriptions.of_seller(SELLER, "ORDER_CHANGE")
    assert found is not None
    assert found.destination.arn == the_one().queue_arn == queue.arn + "-new"


def test_another_installations_subscription_is_left_alone_and_told(shop: Shop, queue: TestQueue) -> None:
    known = shop.amazon.world.subscriptions
    other = known.add_destination("other", queue.arn + "-other")
    made = known.subscribe(SELLER, "ORDER_CHANGE", other.destination_id, "1.0", None)
    look_after()
    assert known.of_seller(SELLER, "ORDER_CHANGE") == made
    now = timezone.now()
    assert open_messages.open_messages(viewer=people.admin(), now=now) == []
    [message] = open_messages.open_messages(
        viewer=people.merchant(shop.store), now=now + timedelta(minutes=6)
    )
    assert message.code == "NOTIFICATIONS_NOT_SUBSCRIBED"
    assert message.text.startswith("Amazon does not notify of changed orders of Harbor US: Amazon sends this")
    assert other.destination_id in message.text
    known.remove_subscription(made.subscription_id, "ORDER_CHANGE")
    make_due()
    look_after()
    assert open_messages.open_messages(viewer=people.admin(), now=now + timedelta(minutes=6)) == []


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("createDestination", "error500"),
        ("createSubscription", "throttle"),
        ("getSubscription", "html503"),
        ("token", "bare500"),
    ],
)
def test_amazon_being_away_is_waited_for_and_polling_goes_on(
    shop: Shop, queue: TestQueue, operation: str, kind: str
) -> None:
    shop.amazon.faults.queue(Fault(kind=kind, operation=operation))
    look_after()
    row = the_one()
    assert (row.subscription_id, bool(row.error)) == ("", True)
    assert row.check_at < timezone.now() + timedelta(minutes=3)
    order_id = shop.sell()
    shop.sync()
    assert state_of(order_id) == "IMPORTED"
    make_due()
    QuotaBucket.objects.update(tokens=5)
    look_after()
    assert (at_amazon(shop), the_one().error) == ([SELLER], "")


def test_a_refused_seller_is_tried_again_in_an_hour_and_has_a_message_of_its_own(
    shop: Shop, queue: TestQueue
) -> None:
    shop.amazon.tokens.revoke(SELLER)
    shop.sync()
    look_after()
    row = the_one()
    assert "reauthorize_store" in row.error
    later = timezone.now() + timedelta(minutes=6)
    codes = [message.code for message in open_messages.open_messages(viewer=people.admin(), now=later)]
    assert codes == ["AUTHORIZATION_REFUSED"]
    assert row.check_at > later


def test_without_an_active_store_nothing_is_sent_and_with_one_again_it_is(
    shop: Shop, queue: TestQueue
) -> None:
    look_after()
    stores.deactivate(store_id=shop.store.pk, by="tests", now=timezone.now())
    make_due()
    look_after()
    assert (at_amazon(shop), Subscription.objects.count()) == ([], 0)
    look_after()
    assert Subscription.objects.count() == 0
    stores.activate(store_id=shop.store.pk, by="tests", now=timezone.now())
    look_after()
    assert at_amazon(shop) == [SELLER]


def test_what_a_deleted_store_left_at_amazon_is_cleared_away_without_its_token(
    shop: Shop, queue: TestQueue
) -> None:
    look_after()
    stores.delete(store_id=shop.store.pk, by="tests", now=timezone.now())
    shop.amazon.tokens.revoke(SELLER)
    assert the_one().account is None
    make_due()
    look_after()
    assert (at_amazon(shop), Subscription.objects.count()) == ([], 0)


def test_of_two_who_look_after_one_only_one_does(shop: Shop, queue: TestQueue) -> None:
    now = timezone.now()
    [subscription_id] = subscriptions.due(now=now)
    subscriptions.keep(subscription_id=subscription_id, now=now)
    subscriptions.keep(subscription_id=subscription_id, now=now)
    assert calls(shop, "createSubscription") == 1


def test_silence_is_told_where_polling_found_what_nobody_notified(shop: Shop, queue: TestQueue) -> None:
    look_after()
    now = timezone.now()
    Subscription.objects.update(subscribed_at=now - timedelta(days=2))
    assert open_messages.open_messages(viewer=people.admin(), now=now) == []
    shop.sell()
    shop.sync()
    assert SyncRun.objects.exists()
    [message] = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    assert (message.code, message.stores[0].name) == ("NOTIFICATIONS_SILENT", "Harbor US")
    shop.amazon.world.on_notification = queue.deliver
    shop.sell()
    queue.listen()
    assert open_messages.open_messages(viewer=people.admin(), now=timezone.now()) == []


def test_unsubscribing_ends_all_but_not_while_it_is_configured(
    shop: Shop, queue: TestQueue, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    look_after()
    with pytest.raises(CommandError, match="NOTIFICATIONS_QUEUE_URL is set"):
        call_command("listen", "--unsubscribe")
    settings.NOTIFICATIONS_QUEUE_URL = ""
    shop.amazon.faults.queue(Fault(kind="error500", operation="deleteSubscriptionById"))
    with pytest.raises(CommandError, match="Run it again"):
        call_command("listen", "--unsubscribe")
    call_command("listen", "--unsubscribe")
    assert capsys.readouterr().out == "1 subscriptions ended.\n"
    assert (at_amazon(shop), Subscription.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_without_a_queue_nothing_is_told_and_nothing_asked() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert intake.state_of([1]) == {}
    assert len(captured) == 0


def test_it_is_kept_how_the_queue_is_doing(shop: Shop, queue: TestQueue) -> None:
    assert not NotificationQueue.objects.exists()
    queue.send("no json")
    queue.listen()
    row = NotificationQueue.objects.get(arn=queue.arn)
    assert (row.error, row.polled_at is None, row.failing_since) == ("", False, None)
    assert UnreadableNotification.objects.count() == 1


def test_in_read_only_mode_nothing_is_subscribed_and_nothing_told(shop: Shop, queue: TestQueue) -> None:
    read_only.switch_on(by="maria", now=timezone.now())
    now = timezone.now()
    assert subscriptions.due(now=now) == []
    row = Subscription.objects.create(account=shop.store.account, region="NA", check_at=now)
    shop.amazon.log.clear()
    subscriptions.keep(subscription_id=row.pk, now=now)
    assert (len(shop.amazon.log), the_one().error) == (0, "")
    later = now + timedelta(minutes=11)
    codes = [message.code for message in open_messages.open_messages(viewer=people.admin(), now=later)]
    assert codes == ["READ_ONLY"]
    with pytest.raises(ReadOnly), ApplicationClient(region="NA") as application:
        application.delete_subscription("s-1")
    read_only.switch_off(by="maria", now=timezone.now())
    make_due()
    look_after()
    assert at_amazon(shop) == [SELLER]
