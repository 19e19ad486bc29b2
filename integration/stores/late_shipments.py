"""The late-shipment radar: what must leave when, and how often it left late or not at all, as Amazon counts.

Amazon measures a seller by the day of the confirmation, not of the parcel, and cancels by itself what is not
confirmed about seven business days after its ship-by date.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from amazon_orders import marketplaces
from amazon_orders.models import AmazonOrder, AmazonOrderItem, AmazonPackage, Store
from integration.decision.facts import AMAZON
from integration.decision.policy import CANCELED, OPEN, SHIPPED
from integration.models import Cancellation, ConfirmationState, FeedRequestState, ShipmentConfirmation

SHIP_BY_NEAR = "SHIP_BY_NEAR"
AUTO_CANCEL_NEAR = "AUTO_CANCEL_NEAR"
TEXTS = {
    SHIP_BY_NEAR: "Orders of {store} must ship within 24 hours, or are late already: {orders}. Ship them, or "
    "cancel what cannot be shipped.",
    AUTO_CANCEL_NEAR: "Amazon is about to cancel orders of {store} that are long past their ship-by date: "
    "{orders}. Ship them and see that Amazon confirms it.",
}
NEAR = timedelta(hours=24)
# Amazon says "seven business days"; it is said two of them before.
CANCELED_AFTER_DAYS = 7
TOLD_DAYS_BEFORE = 2
# Amazon judges by both (Seller Central help; facts as of November 2026).
LATE_OVER = timedelta(days=30)
LATE_OVER_SHORT = timedelta(days=10)
CANCELED_OVER = timedelta(days=7)
# Amazon's words for who canceled, where it says so.
SELLER = "MERCHANT"
BY_AMAZON = "AMAZON"
# Amazon's word for who asked for it.
BUYER = "BUYER"
# An order confirmed within the period was to be shipped at most this long before it.
_LONGEST_DELAY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rates:
    """`late` of `shipped` orders within 30 days (`_short`: 10), `canceled` of `orders` within 7.

    Of those the seller ships. `canceled`: by the seller, here or in Seller Central, as a whole or an item of
    it; or by Amazon because it was not shipped. Left out is only what the buyer asked for at Amazon.
    """

    shipped: int = 0
    late: int = 0
    orders: int = 0
    canceled: int = 0
    shipped_short: int = 0
    late_short: int = 0
    tracked_of: int = 0
    tracked: int = 0

    @property
    def late_rate(self) -> float | None:
        """Amazon wants less than 0.04; None where nothing was shipped."""
        return self.late / self.shipped if self.shipped else None

    @property
    def late_rate_short(self) -> float | None:
        """The same over 10 days."""
        return self.late_short / self.shipped_short if self.shipped_short else None

    @property
    def tracking_rate(self) -> float | None:
        """Amazon wants at least 0.95; None where nothing was told from here."""
        return self.tracked / self.tracked_of if self.tracked_of else None

    @property
    def cancel_rate(self) -> float | None:
        """Amazon wants less than 0.025; None where nothing was sold."""
        return self.canceled / self.orders if self.orders else None


@dataclass(frozen=True, slots=True)
class Clocks:
    """Orders that have not left: past their ship-by date, and due until the store's midnight."""

    overdue: int = 0
    due_today: int = 0


def to_ship() -> QuerySet[AmazonOrder]:
    """What the seller still has to ship, as far as is known here and at Amazon."""
    orders = AmazonOrder.objects.filter(
        status__in=OPEN, latest_ship_at__isnull=False, order_import__commerce_order__fully_shipped_at=None
    )
    return orders.exclude(fulfilled_by=AMAZON)


def messages(*, now: datetime) -> list[tuple[str, QuerySet[AmazonOrder], str]]:
    """(code, orders, the name of the column that says since when) of what a person must be told."""
    bound = business_days_before(now, CANCELED_AFTER_DAYS - TOLD_DAYS_BEFORE)
    near = to_ship().filter(latest_ship_at__gt=bound, latest_ship_at__lt=now + NEAR)
    return [
        (AUTO_CANCEL_NEAR, to_ship().filter(latest_ship_at__lte=bound), "latest_ship_at"),
        (SHIP_BY_NEAR, near, "latest_ship_at"),
    ]


def business_days_before(moment: datetime, days: int) -> datetime:
    """The same time of day so many days (Monday to Friday) earlier."""
    while days:
        moment -= timedelta(days=1)
        days -= moment.weekday() < 5
    return moment


def clocks(stores: Collection[Store], *, now: datetime) -> dict[int, Clocks]:
    """By store: an entry for each; one statement."""
    ends = {store.pk: _midnight(store, now) for store in stores}
    today = Q()
    for store_id, midnight in ends.items():
        today |= Q(store_id=store_id, latest_ship_at__gte=now, latest_ship_at__lt=midnight)
    rows = (
        to_ship()
        .filter(store_id__in=ends)
        .order_by()
        .values("store_id")
        .annotate(overdue=Count("pk", filter=Q(latest_ship_at__lt=now)), due_today=Count("pk", filter=today))
    )
    found = {row["store_id"]: Clocks(row["overdue"], row["due_today"]) for row in rows}
    return {store_id: found.get(store_id, Clocks()) for store_id in ends}


def _midnight(store: Store, now: datetime) -> datetime:
    zone = marketplaces.by_id(store.marketplace_id).time_zone
    local = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return local + timedelta(days=1)


def rates(store_ids: Collection[int], *, now: datetime) -> dict[int, Rates]:
    """By store: an entry for each; four statements."""
    shipped = _shipped(store_ids, now)
    tracked = _tracked(store_ids, now)
    sold = _counted(
        _of_sellers(store_ids).filter(purchased_at__gte=now - CANCELED_OVER, purchased_at__lte=now)
    )
    canceled = _counted(_canceled_by_seller(store_ids, now))
    return {
        store_id: Rates(
            **shipped.get(store_id, {}),
            **tracked.get(store_id, {}),
            orders=sold.get(store_id, 0),
            canceled=canceled.get(store_id, 0),
        )
        for store_id in store_ids
    }


def _tracked(store_ids: Collection[int], now: datetime) -> Mapping[int, Mapping[str, int]]:
    """Parcels told from here within 30 days, and those with a tracking number of a carrier that Amazon knows.

    Whether a number was scanned by its carrier, which Amazon asks for too, is not known here.
    """
    told = ShipmentConfirmation.objects.filter(
        state=ConfirmationState.CONFIRMED,
        answered_at__gte=now - LATE_OVER,
        answered_at__lte=now,
    )
    # "Other" and a name of our own does not count (Seller Central help 202014610).
    valid = ~Q(shipment__tracking_number="") & ~Q(shipment__carrier_code__in=["", "Other"])
    store = _of_sellers(store_ids).filter(
        amazon_order_id=OuterRef("amazon_order_id"), store__account_id=OuterRef("account_id")
    )
    rows = (
        told.annotate(store_id=Subquery(store.values("store_id")[:1]))
        .filter(store_id__isnull=False)
        .order_by()
        .values("store_id")
        .annotate(tracked_of=Count("pk"), tracked=Count("pk", filter=valid))
    )
    return _by_store(rows)


def _shipped(store_ids: Collection[int], now: datetime) -> Mapping[int, Mapping[str, int]]:
    told = ShipmentConfirmation.objects.filter(amazon_order_id=OuterRef("amazon_order_id"))
    shown = AmazonPackage.objects.filter(order=OuterRef("pk"))
    # Amazon counts the moment of the confirmation; of a parcel that was confirmed in Seller Central
    # only its ship time is known.
    confirmed_at = Coalesce(
        Subquery(told.order_by().values("amazon_order_id").annotate(last=Max("answered_at")).values("last")),
        Subquery(shown.order_by().values("order").annotate(last=Max("shipped_at")).values("last")),
    )
    orders = (
        _of_sellers(store_ids)
        .filter(status=SHIPPED, latest_ship_at__gte=now - LATE_OVER - _LONGEST_DELAY)
        .annotate(confirmed_at=confirmed_at)
        .filter(confirmed_at__gte=now - LATE_OVER, confirmed_at__lte=now)
    )
    late, short = Q(confirmed_at__gt=F("latest_ship_at")), Q(confirmed_at__gte=now - LATE_OVER_SHORT)
    rows = (
        orders.order_by()
        .values("store_id")
        .annotate(
            shipped=Count("pk"),
            late=Count("pk", filter=late),
            shipped_short=Count("pk", filter=short),
            late_short=Count("pk", filter=late & short),
        )
    )
    return _by_store(rows)


def _canceled_by_seller(store_ids: Collection[int], now: datetime) -> QuerySet[AmazonOrder]:
    """Asked for from here, or told by Amazon to be the seller's doing or failure; each order once.

    Amazon leaves out what the buyer asked for through the account (Seller Central help 200285210), not what
    we called "buyer canceled".
    """
    since = now - CANCELED_OVER
    asked = Cancellation.objects.filter(state=FeedRequestState.DONE, answered_at__gte=since)
    numbers = asked.values("amazon_order_id")
    items = AmazonOrderItem.objects.filter(order=OuterRef("pk"))
    # An order is canceled while it is to be shipped; so far back goes the index.
    recent = Q(last_updated_at__gte=since, purchased_at__gte=since - _LONGEST_DELAY)
    by_seller = recent & Exists(items.filter(details__canceled_by=SELLER))
    # Amazon also cancels what was never paid. Only what it cancels past the ship-by date is the seller's
    # failure; a date that is not told proves none.
    late = recent & Q(status__in=CANCELED, latest_ship_at__lt=F("last_updated_at"))
    by_amazon = late & Exists(items.filter(details__canceled_by=BY_AMAZON))
    # A request that is carried out is no open one any more: the items keep who asked.
    wished = Exists(items.filter(details__cancel_asked_by=BUYER))
    orders = _of_sellers(store_ids).filter(~wished, is_cancel_requested=False)
    return orders.filter(Q(amazon_order_id__in=numbers) | by_seller | by_amazon)


def _by_store(rows: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, int]]:
    return {row["store_id"]: {name: row[name] for name in row if name != "store_id"} for row in rows}


def _of_sellers(store_ids: Collection[int]) -> QuerySet[AmazonOrder]:
    return AmazonOrder.objects.filter(store_id__in=store_ids).exclude(fulfilled_by=AMAZON)


def _counted(orders: QuerySet[AmazonOrder]) -> dict[int, int]:
    rows = orders.order_by().values("store_id").annotate(count=Count("pk"))
    return {row["store_id"]: row["count"] for row in rows}
