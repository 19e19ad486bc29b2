"""News of products that were disabled: kept until whoever has orders with them has taken note.

A row is the message, so none is lost; it is taken by what it says, so one that came meanwhile stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.models import Product
from commerce.stock.stock import NoTransaction

AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class Disabled:
    """A product that was disabled, and when."""

    product_id: int
    sku: str
    at: datetime


def news() -> list[Disabled]:
    """What nobody has taken note of yet, up to 100; 1 statement over an index that holds nothing else."""
    rows = Product.objects.filter(disabled_news_at__isnull=False).order_by("disabled_news_at", "pk")
    found = rows.values_list("pk", "sku", "disabled_news_at")[:AT_A_TIME]
    return [Disabled(product_id, sku, at) for product_id, sku, at in found if at is not None]


def take_note(noted: Sequence[Disabled]) -> None:
    """These are known now; 2 statements. Raises NoTransaction: what is done about them must count with it."""
    if not transaction.get_connection().in_atomic_block:
        raise NoTransaction("take_note needs a transaction around it")
    locked = Product.objects.filter(pk__in=[each.product_id for each in noted]).order_by("pk")
    stamps = dict(locked.select_for_update(no_key=True).values_list("pk", "disabled_news_at"))
    # Compared by the moment: a product that was enabled and disabled again meanwhile has newer news,
    # which stays.
    known = [each.product_id for each in noted if stamps.get(each.product_id) == each.at]
    Product.objects.filter(pk__in=known).update(disabled_news_at=None)
