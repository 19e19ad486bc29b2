"""What must be true of the whole database, whatever happened before."""

from collections import Counter

from django.db.models import Count, F, Sum

from amazon_orders.models import AmazonOrder, AmazonOrderItem
from commerce.models import Order, OrderLine, Reservation, StockItem
from commerce.stock import verification
from integration.models import AccountSync, OrderImport, TimelineEvent
from tests.fixtures_shop import Shop


def assert_stock_is_sound() -> None:
    """Reserved is what is reserved, is there, and is what is still to be shipped; the ledger agrees."""
    assert verification.verify() == []
    held = dict(Reservation.objects.order_by().values_list("stock_item").annotate(Sum("quantity")))
    for item in StockItem.objects.all():
        assert item.reserved == held.get(item.pk, 0)
        assert 0 <= item.reserved <= item.on_hand + item.shortfall
    placed = Reservation.objects.filter(order_line__isnull=False)
    to_ship = OrderLine.objects.filter(order__status="PROCESSING").aggregate(
        units=Sum(F("quantity") - F("quantity_shipped") - F("quantity_canceled"))
    )
    assert (placed.aggregate(units=Sum("quantity"))["units"] or 0) == (to_ship["units"] or 0)


def assert_every_order_is_here_once(shop: Shop) -> None:
    """Amazon's truth is ours: every order once, imported as exactly one Commerce order, told once."""
    at_amazon = {version.order_id: version for version in shop.amazon.world.orders()}
    here = {order.amazon_order_id: order for order in AmazonOrder.objects.all()}
    assert here.keys() == at_amazon.keys()
    for order_id, order in here.items():
        assert order.last_updated_at == at_amazon[order_id].updated_at
        assert order.status == at_amazon[order_id].status
    assert AmazonOrderItem.objects.count() == sum(
        len(version.document()["orderItems"]) for version in at_amazon.values()
    )
    assert set(OrderImport.objects.values_list("state", flat=True)) == {"IMPORTED"}
    assert not OrderImport.objects.filter(version__gt=F("judged_version")).exists()
    assert set(Order.objects.values_list("channel_reference", flat=True)) == at_amazon.keys()
    assert Order.objects.count() == len(at_amazon)
    assert OrderImport.objects.aggregate(Count("commerce_order", distinct=True)) == {
        "commerce_order__count": len(at_amazon)
    }
    told = Counter(TimelineEvent.objects.values_list("code", flat=True))
    assert (told["RECEIVED"], told["IMPORTED"]) == (len(at_amazon), len(at_amazon))


def assert_sync_is_at_rest() -> None:
    """No window under way, no lease held, nothing refused."""
    for sync in AccountSync.objects.all():
        assert (sync.window, sync.lease_owner, sync.lease_expires_at) == (None, "", None)
        assert (sync.failures, sync.refused_at) == (0, None)
