"""Compares what was shipped and canceled here with what Amazon knows of it once all is quiet."""

from collections import Counter
from collections.abc import Iterator

from commerce.models import Shipment
from integration.models import (
    Cancellation,
    ConfirmationState,
    FeedJob,
    FeedRequestState,
    ShipmentConfirmation,
)
from integration.outbox import confirmations
from sandbox.confirmation_body import shipped_package
from sandbox.lifecycle import find_package, packed, unfulfilled
from tests.faults.simulation.shop import Json, Shop

UNSETTLED = (ConfirmationState.OWED, ConfirmationState.SENT)
CONTESTED = (ConfirmationState.REFUSED, ConfirmationState.DIFFERS)


def is_at_rest() -> bool:
    """Whether nothing is owed to Amazon, and nothing is on its way."""
    return not (
        ShipmentConfirmation.objects.filter(state__in=UNSETTLED).exists()
        or Cancellation.objects.filter(state__in=(FeedRequestState.OWED, FeedRequestState.SENT)).exists()
        or FeedJob.objects.filter(ended_at=None).exists()
    )


def contested() -> set[str]:
    """Orders of which Amazon took no parcel of ours: somebody there was quicker, and a person decides; or
    their account was deleted with what it owed (`_never_owed` looks for any other reason).
    """
    rows = ShipmentConfirmation.objects.filter(state__in=CONTESTED)
    untold = Shipment.objects.filter(is_ours=True, confirmation=None)
    return {
        *rows.values_list("amazon_order_id", flat=True),
        *untold.values_list("order__channel_reference", flat=True),
    }


def differences(shop: Shop) -> Iterator[str]:
    """All that is not as it must be."""
    yield from _sent_twice(shop)
    yield from _never_owed(shop)
    rows = list(ShipmentConfirmation.objects.select_related("shipment").order_by("pk"))
    items = confirmations.items_of([row.pk for row in rows])
    for row in rows:
        version = shop.amazon.world.order(row.amazon_order_id)
        if version is not None:
            yield from _against(row, items[row.pk], version.document())
    for wish in Cancellation.objects.filter(state__in=(FeedRequestState.OWED, FeedRequestState.SENT)):
        yield f"{wish}: never answered"


def _sent_twice(shop: Shop) -> Iterator[str]:
    """One word about a parcel is taken by Amazon once; but who was shown an older order may say it again."""
    taken = Counter(
        (each.order_id, package.reference, package.tracking_number)
        for each in shop.amazon.world.confirmations
        for package in [shipped_package(each.body)]
    )
    for (order_id, reference, tracking_number), times in sorted(taken.items()):
        if times > 1 and order_id not in shop.shown_older:
            yield f"{order_id}: parcel {reference} with {tracking_number} was told {times} times"


def _never_owed(shop: Shop) -> Iterator[str]:
    """A store that is deleted takes what it owes with it."""
    gone = {
        one.order_id
        for one in shop.amazon.world.orders()
        if (one.seller_id, one.marketplace_id) in shop.ever_deleted
    }
    for parcel in Shipment.objects.filter(is_ours=True, confirmation=None).select_related("order"):
        if parcel.order.channel_reference not in gone:
            yield f"{parcel.order.channel_reference}: Amazon is told nothing of parcel {parcel.pk}"


def _against(row: ShipmentConfirmation, items: dict[str, int], document: Json) -> Iterator[str]:
    package = find_package(document, row.package_reference)
    if row.state in UNSETTLED:
        yield f"{row}: nobody knows whether Amazon has it"
    elif row.state in CONTESTED:
        left = unfulfilled(document)
        could_leave = all(left.get(item_id, 0) >= count for item_id, count in items.items())
        is_open = document["fulfillment"]["fulfillmentStatus"] in ("UNSHIPPED", "PARTIALLY_SHIPPED")
        if package is not None:
            yield f"{row}, but Amazon has it ({row.refusal}{row.differences})"
        elif is_open and could_leave:
            yield f"{row}, but Amazon would take it ({row.refusal}{row.differences})"
    elif package is None:
        yield f"{row}, but Amazon does not know it"
    elif (known := (package["trackingNumber"], packed(package))) != (row.shipment.tracking_number, items):
        yield f"{row} is {known}, should be {row.shipment.tracking_number} with {items}"
