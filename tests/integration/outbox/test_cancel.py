"""Canceling: what is held here and what is owed to Amazon come together, or not at all."""

import pytest

from integration.models import Cancellation, FeedRequestState
from integration.outbox import cancel
from tests.factories import amazon
from tests.integration.outbox.owed import NOW, imported, refusals, shipped

pytestmark = pytest.mark.django_db


def test_a_cancel_is_owed_and_holds_the_commerce_order() -> None:
    order = imported("SKU-1")
    asked = cancel.cancel_orders(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
    assert asked.at_amazon == (order.channel_reference,)
    order.refresh_from_db()
    assert order.status == "ON_HOLD"
    assert Cancellation.objects.get().state == FeedRequestState.OWED
    assert sorted(refusals(order)) == ["CANCEL_ASKED", "STATUS"]


def test_a_cancel_needs_an_order_that_is_unshipped() -> None:
    for status in ("PENDING", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"):
        order = imported("SKU-1", status=status)
        with pytest.raises(cancel.CannotCancel) as refused:
            cancel.cancel_orders(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
        assert [each.code for each in refused.value.refusals] == ["NOT_UNSHIPPED"]


def test_a_cancel_after_shipping_here_is_refused() -> None:
    order = imported("SKU-1")
    shipped(order)
    with pytest.raises(cancel.CannotCancel) as refused:
        cancel.cancel_orders(commerce_order_ids=[order.pk], reason="NoInventory", by="maria", now=NOW)
    assert [each.code for each in refused.value.refusals] == ["STATUS"]


def test_an_order_without_a_commerce_order_is_canceled_at_amazon_too() -> None:
    order = amazon.order(amazon.store(), status="UNSHIPPED")
    cancel.cancel_at_amazon(amazon_order_ids=[order.pk], reason="BuyerCanceled", by="maria", now=NOW)
    row = Cancellation.objects.get()
    assert (row.amazon_order_id, row.state, row.has_held) == (order.amazon_order_id, "OWED", False)
    assert row.item_ids
    with pytest.raises(cancel.CannotCancel):
        cancel.cancel_at_amazon(amazon_order_ids=[order.pk], reason="BuyerCanceled", by="maria", now=NOW)
    assert Cancellation.objects.count() == 1


def test_an_order_of_no_channel_is_canceled_at_once() -> None:
    order = imported("SKU-1", channel="PHONE")
    asked = cancel.cancel_orders(
        commerce_order_ids=[order.pk], reason="no longer wanted", by="maria", now=NOW
    )
    assert asked.canceled == (order.pk,)
