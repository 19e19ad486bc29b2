"""A product that is disabled blocks the orders that wait, also those blocked by something else until now."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from amazon_orders.models import AmazonOrderItem
from commerce.catalog import disabled_products
from commerce.catalog.disabled_products import Disabled
from integration.models import OrderImport, ProductMatch
from integration.order_import import due


def make_due() -> int:
    """Make open orders with newly disabled products due; gives how many.

    One statement where there is no news. A judgment whose facts are older than the news is void: the news
    is read after it was committed, and raises versions under the imports' locks.
    """
    news = disabled_products.news()
    if not news:
        return 0
    with transaction.atomic():
        count = due.mark_due(_with_products(news))
        # Last: the row of the news is locked after the imports (docs/locking.md), and is gone only if
        # they were made due (ADR 0028).
        disabled_products.take_note(news)
    return count


def _with_products(news: Sequence[Disabled]) -> QuerySet[OrderImport]:
    """Open orders of which a line may stand for one of these products; some are judged in vain."""
    matches = ProductMatch.objects.filter(product_id__in=[each.product_id for each in news])
    keys = {each.sku for each in news} | set(matches.values_list("seller_sku", flat=True))
    items = AmazonOrderItem.objects.filter(Q(seller_sku__in=keys) | Q(seller_sku="", asin__in=keys))
    return OrderImport.objects.filter(pk__in=items.order_by().values("order_id"), state__in=due.OPEN_STATES)
