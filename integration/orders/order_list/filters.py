"""Which orders a list shows: the filters of All Orders and of the REST list, one meaning for both."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from amazon_orders.models import AmazonOrder, AmazonOrderItem, BuyerNameWord
from integration import access
from integration.access import Permission, Viewer
from integration.models import Blocker, OrderImport
from sealing import search_hash

# What the beginning of an Amazon order id looks like; the id is 3-7-7.
_ID_BEGINNING = re.compile(r"[0-9A-Z]{3}-[0-9]{0,7}(-[0-9]{0,7})?")


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Empty fields do not filter. Several values of one field are alternatives, several fields all apply.

    `purchased_after` is included, `purchased_before` is not; both totals are included, in each order's own
    currency. `number`: an Amazon order id or Commerce number, else the beginning of an Amazon order id.
    `sku`: a seller SKU or product that keeps the order from being imported. `buyer`: words of a name, all of
    them. `q`: an order number, else a seller SKU, else a buyer's name.
    """

    store_ids: tuple[int, ...] = ()
    statuses: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    fulfillment: str = ""
    purchased_after: datetime | None = None
    purchased_before: datetime | None = None
    total_min: Decimal | None = None
    total_max: Decimal | None = None
    number: str = ""
    sku: str = ""
    buyer: str = ""
    q: str = ""
    is_prime: bool | None = None
    is_business: bool | None = None


def orders(viewer: Viewer, filters: OrderFilter) -> QuerySet[AmazonOrder]:
    """The orders that the viewer sees and the filters let through, unsorted. At most two statements.

    Raises access.NotPermitted where a viewer who sees no personal data searches by buyer.
    """
    found = narrowed(access.scope_amazon_orders(viewer, AmazonOrder.objects.all()), filters)
    if filters.buyer:
        access.require(viewer, Permission.SEE_PERSONAL_DATA)
        found = _bought_by(found, filters.buyer)
    return _searched(viewer, found, filters.q.strip()) if filters.q.strip() else found


def narrowed(found: QuerySet[AmazonOrder], filters: OrderFilter) -> QuerySet[AmazonOrder]:
    """Those of these orders that the filters let through, whoever looks: all but `buyer` and `q`."""
    found = found.filter(_columns(filters))
    if filters.blockers or filters.sku:
        found = found.filter(pk__in=_in_the_way(filters).values("order_import_id"))
    return _numbered(found, filters.number) if filters.number else found


def _in_the_way(filters: OrderFilter) -> QuerySet[Blocker]:
    found = Blocker.objects.filter(closed_at=None)
    if filters.blockers:
        found = found.filter(code__in=filters.blockers)
    if filters.sku:
        found = found.filter(Q(seller_sku=filters.sku) | Q(product__sku=filters.sku))
    return found


def _columns(filters: OrderFilter) -> Q:
    conditions = {
        "store_id__in": filters.store_ids,
        "status__in": filters.statuses,
        "order_import__state__in": filters.states,
        "fulfilled_by": filters.fulfillment,
        "purchased_at__gte": filters.purchased_after,
        "purchased_at__lt": filters.purchased_before,
        "total__gte": filters.total_min,
        "total__lte": filters.total_max,
        "is_prime": filters.is_prime,
        "is_business": filters.is_business,
    }
    return Q(**{name: value for name, value in conditions.items() if value not in (None, "", ())})


def _numbered(found: QuerySet[AmazonOrder], number: str) -> QuerySet[AmazonOrder]:
    # By key, from two unique indexes: an OR over two tables would have PostgreSQL read both.
    exact = _ids_of_number(number.strip())
    if exact:
        return found.filter(pk__in=exact)
    return found.filter(amazon_order_id__startswith=number.strip().upper())


def _ids_of_number(number: str) -> list[int]:
    """Primary keys of the orders with exactly this number, Amazon's or Commerce's; at most two."""
    by_amazon = AmazonOrder.objects.filter(amazon_order_id=number).values_list("pk")
    by_commerce = OrderImport.objects.filter(commerce_order__number=number).values_list("pk")
    return [key for (key,) in by_amazon.union(by_commerce)]


def _bought_by(found: QuerySet[AmazonOrder], name: str) -> QuerySet[AmazonOrder]:
    asked = search_hash.hash_asked(name)
    if not asked:
        return found.none()
    for spellings in asked:
        # One subquery per word, so that all of them must fit; a name of twelve words has twelve.
        found = found.filter(pk__in=BuyerNameWord.objects.filter(word_hash__in=spellings).values("order_id"))
    return found


def _searched(viewer: Viewer, found: QuerySet[AmazonOrder], text: str) -> QuerySet[AmazonOrder]:
    exact = _ids_of_number(text)
    if exact:
        return found.filter(pk__in=exact)
    # The whole SKU: its index answers that, and a part of one would read every item.
    items = AmazonOrderItem.objects.filter(seller_sku=text)
    if items.exists():
        return found.filter(pk__in=items.values("order_id"))
    if _ID_BEGINNING.fullmatch(text.upper()):
        return found.filter(amazon_order_id__startswith=text.upper())
    # Nothing instead of a refusal: in the search box nobody has said that it is a name.
    return _bought_by(found, text) if viewer.may(Permission.SEE_PERSONAL_DATA) else found.none()
