"""Rows a second time, or with what they must not hold: what the constraints are there to refuse."""

from typing import Any

from django.db.models import Model

from amazon_orders.models import Account
from commerce.models import CreditMemo, Invoice, Order, Shipment
from integration.models import (
    Adjustment,
    Cancellation,
    FeedJob,
    MessageRecord,
    ParcelNotice,
    PickupNotice,
    ShipmentConfirmation,
)
from tests.factories import commerce
from tests.factories.amazon import NOW


def again(model: type[Model], **changes: Any) -> None:
    """Store a copy of the first row there is."""
    row = model._default_manager.order_by("pk")[0]
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def changed(model: type[Model], **changes: Any) -> None:
    model._default_manager.all().update(**changes)


def confirmed_again() -> None:
    order = Order.objects.order_by("pk")[0]
    other = Shipment.objects.create(order=order, shipped_at=NOW, created_at=NOW)
    row = ShipmentConfirmation.objects.get()
    row.shipment, row.pk = other, other.pk
    row._state.adding = True
    row.save()


def noticed_again() -> None:
    order = Order.objects.order_by("pk")[0]
    other = Shipment.objects.create(order=order, shipped_at=NOW, created_at=NOW)
    row = ShipmentConfirmation.objects.get()
    row.shipment, row.pk, row.package_reference = other, other.pk, "8"
    row._state.adding = True
    row.save()
    notice = ParcelNotice.objects.get()
    notice.confirmation, notice.pk = row, row.pk
    notice._state.adding = True
    notice.save()


def submitted_again() -> None:
    changed(FeedJob, state="SUBMITTED", feed_id="1")
    again(FeedJob)


def adjusted_again() -> None:
    row = Adjustment.objects.get()
    row.credit_memo = credit_memo("2")
    row.pk = row.credit_memo.pk
    row._state.adding = True
    row.save()


def told_again_of_all() -> None:
    changed(MessageRecord, store=None)
    again(MessageRecord)


def credit_memo(number: str) -> CreditMemo:
    order = commerce.order()
    invoice = Invoice.objects.create(
        order=order, commerce_store=order.commerce_store, number=number, issued_at=NOW, currency="USD"
    )
    return CreditMemo.objects.create(
        invoice=invoice,
        order=order,
        commerce_store=order.commerce_store,
        number=number,
        issued_at=NOW,
        reason="DAMAGED",
        currency="USD",
    )


def owe(account: Account) -> None:
    """One of each that Amazon is owed."""
    memo = credit_memo("1")
    shipment = Shipment.objects.create(order=memo.order, shipped_at=NOW, created_at=NOW)
    of_order = {"account": account, "marketplace_id": "ATVPDKIKX0DER", "amazon_order_id": "1", "owed_at": NOW}
    ShipmentConfirmation.objects.create(shipment=shipment, package_reference="7", due_at=NOW, **of_order)
    feed = FeedJob.objects.create(
        account=account, kind="POST_ORDER_ACKNOWLEDGEMENT_DATA", wanted_at=NOW, next_look_at=NOW
    )
    told = ShipmentConfirmation.objects.get()
    ParcelNotice.objects.create(confirmation=told, feed=feed, message_id=1, **of_order)
    PickupNotice.objects.create(status="ReadyForPickup", due_at=NOW, **of_order)
    Cancellation.objects.create(item_ids=[], reason="NoInventory", feed=feed, message_id=1, **of_order)
    Adjustment.objects.create(
        credit_memo=memo, items=[], currency="USD", reason="Other", feed=feed, message_id=1, **of_order
    )
