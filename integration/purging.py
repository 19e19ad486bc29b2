"""Purge what names people, in both apps, so many days after delivery; Amazon's policy says 30."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from amazon_orders import purge
from amazon_orders.models import AmazonOrder
from commerce import personal_data
from commerce.models import Order
from integration.channel import CHANNEL
from integration.models import AddressCorrection, Quarantine

BATCH = 500


@dataclass(frozen=True, slots=True)
class Purged:
    """How many orders lost their personal data in the mirror and in Commerce, and payloads of quarantine."""

    amazon_orders: int
    commerce_orders: int
    payloads: int


def purge_personal_data(*, now: datetime) -> Purged:
    """Purge everything that is due, batch by batch; it may be stopped and run again."""
    before = now - timedelta(days=settings.PERSONAL_DATA_KEPT_DAYS)
    amazon_orders = commerce_orders = 0
    while order_ids := purge.find(delivered_before=before, limit=BATCH):
        # Commerce first: an order that is found no more in the mirror would keep its copy here.
        commerce_orders += _purge_commerce(order_ids)
        AddressCorrection.objects.filter(order_import_id__in=order_ids).delete()
        amazon_orders += purge.purge(order_ids=order_ids, now=now)
    payloads, _ = Quarantine.objects.filter(resolved_at__lt=before).delete()
    return Purged(amazon_orders, commerce_orders, payloads)


def _purge_commerce(order_ids: list[int]) -> int:
    references = AmazonOrder.objects.filter(pk__in=order_ids).values_list("amazon_order_id", flat=True)
    orders = Order.objects.filter(channel=CHANNEL, channel_reference__in=list(references))
    return personal_data.purge(order_ids=list(orders.values_list("pk", flat=True)))
