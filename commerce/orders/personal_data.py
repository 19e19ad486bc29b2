"""Buyer, address and gift messages of Commerce orders: sealed, opened, purged.

The sealed JSON: {"buyer_name", "buyer_email", "address": {"name", "company", "line1", "line2", "line3",
"city", "region", "postal_code", "country", "phone"}, "delivery_wishes": [line], "gift_messages": {line
reference: text}}. What the channel withheld is absent or empty.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q

from commerce.models import OrderComment, OrderPersonalData
from commerce.orders import regions
from sealing import seal


def associated_data(channel: str, channel_reference: str) -> str:
    """Where an order's personal data is sealed to."""
    return f"commerce.order:{channel}:{channel_reference}"


def seal_for(*, channel: str, channel_reference: str, personal: dict[str, Any]) -> bytes:
    """Seal the personal data of an order, its region in the form that carriers know.

    Call it outside of any transaction: encryption takes time.
    """
    if address := personal.get("address"):
        region = regions.normalized(address.get("region", ""), country=address.get("country", ""))
        personal = {**personal, "address": {**address, "region": region} if region else address}
    return seal.seal_json(personal, associated_data=associated_data(channel, channel_reference))


def open_of(*, channel: str, channel_reference: str, sealed: bytes | memoryview) -> dict[str, Any]:
    """Open the personal data of an order. Raises sealing.seal.DecryptionError."""
    opened: dict[str, Any] = seal.open_json(
        sealed, associated_data=associated_data(channel, channel_reference)
    )
    return opened


def purge_ended(*, ended_before: datetime) -> int:
    """Delete the personal data of orders that were completed or canceled before; gives how many had any."""
    # By the order's end: Amazon asks for deletion within 30 days after delivery, and an order that
    # never ends is caught by its age elsewhere.
    ended = Q(order__completed_at__lt=ended_before) | Q(order__canceled_at__lt=ended_before)
    purged, _ = OrderPersonalData.objects.filter(ended).delete()
    _empty_comments(ended)
    return purged


def purge(*, order_ids: Collection[int]) -> int:
    """Delete the personal data of these orders; order and money stay. Gives how many had any."""
    purged, _ = OrderPersonalData.objects.filter(order_id__in=order_ids).delete()
    _empty_comments(Q(order_id__in=order_ids))
    return purged


def _empty_comments(of: Q) -> None:
    """Who wrote when stays, what was written may name somebody."""
    OrderComment.objects.filter(of, sealed__isnull=False).update(sealed=None)
