"""Personal data that a page does not need is masked until somebody asks for it, which is written down.

Names stay: they are on every list. Street, telephone, e-mail and gift messages are shown for one look.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from integration.access import Viewer
from integration.commerce_orders.details import CommerceDetails
from integration.orders.details import OrderDetails
from integration.people import audit
from integration.people.audit import AuditAction

MASK = "•••••"
_ADDRESS_PARTS = ("line1", "line2", "line3", "phone")
_BUYER_PARTS = ("buyer_email",)
_SESSION_KEY = "personal_data_shown"


def amazon_order(details: OrderDetails) -> OrderDetails:
    """The same order with what is personal in it masked."""
    address = replace(
        details.address,
        amazon=_address(details.address.amazon),
        correction=_address(details.address.correction),
    )
    items = tuple(replace(item, gift_message=_mask(item.gift_message)) for item in details.items)
    return replace(
        details,
        address=address,
        items=items,
        buyer=_masked(details.buyer, _BUYER_PARTS),
        # The code of a gate is among them.
        delivery_wishes=(MASK,) if details.delivery_wishes else (),
    )


def commerce_order(found: CommerceDetails) -> CommerceDetails:
    """The same order with what is personal in it masked."""
    personal = _masked(found.personal, _BUYER_PARTS)
    if personal.get("address"):
        personal["address"] = _address(personal["address"])
    if personal.get("delivery_wishes"):
        personal["delivery_wishes"] = [MASK]
    lines = tuple(replace(line, gift_message=_mask(line.gift_message)) for line in found.lines)
    return replace(found, personal=personal, lines=lines)


def is_masked(before: object, after: object) -> bool:
    """Whether anything was there to mask."""
    return before != after


def show_once(request: HttpRequest, key: str) -> None:
    """Let the next page about this order show everything."""
    request.session[_SESSION_KEY] = key


def is_to_show(request: HttpRequest, key: str) -> bool:
    """Whether this page is the one; the next is masked again."""
    if request.session.get(_SESSION_KEY) != key:
        return False
    # Gone with the first look: the back button and a second tab are masked again.
    del request.session[_SESSION_KEY]
    return True


def note_seen(viewer: Viewer, *, subject: str, store_ids: Collection[int], where: str, now: datetime) -> None:
    """Write down who saw whose data, by the number of the order."""
    audit.record_event(
        what=AuditAction.PERSONAL_DATA_SEEN,
        by=viewer.name,
        now=now,
        store_ids=store_ids,
        subject=subject,
        details={"where": where},
    )


def _address(address: dict[str, str] | None) -> dict[str, str] | None:
    return None if address is None else _masked(address, _ADDRESS_PARTS)


def _masked(parts: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: _mask(value) if name in names else value for name, value in parts.items()}


def _mask(value: Any) -> str:
    return MASK if value else ""
