"""Purge: personal data of orders goes, the order and its money stay. It is never stored again (`receive`)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from amazon_orders.models import AmazonOrder, BuyerNameWord, PersonalData

# An order that still has to be shipped needs its address, however old it is.
ENDED = ("SHIPPED", "CANCELLED", "CANCELED")


def delivered_before(moment: datetime) -> Q:
    """Orders that have ended and whose delivery lies before this moment.

    Amazon tells no day of delivery that could be relied on: the latest promised one counts, else the last
    change of the order.
    """
    delivered = Coalesce("latest_deliver_at", "latest_ship_at", "last_updated_at")
    return Q(LessThan(delivered, moment), status__in=ENDED)


def find_delivered_before(*, before: datetime, limit: int) -> list[int]:
    """Keys of orders delivered before this moment whose personal data is still here."""
    rows = AmazonOrder.objects.filter(delivered_before(before), personal_data__isnull=False)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def purge(*, order_ids: Collection[int], now: datetime) -> int:
    """Delete the personal data of these orders and what finds it; gives how many had any. Four statements."""
    with transaction.atomic():
        locked = list(
            AmazonOrder.objects.filter(pk__in=order_ids)
            .order_by("pk")
            .select_for_update()
            .values_list("pk", flat=True)
        )
        BuyerNameWord.objects.filter(order_id__in=locked)._raw_delete(using=BuyerNameWord.objects.db)
        purged: int = PersonalData.objects.filter(order_id__in=locked)._raw_delete(
            using=PersonalData.objects.db
        )
        AmazonOrder.objects.filter(pk__in=locked).update(personal_data_purged_at=now)
    return purged
