"""The frame of a page: navigation, the viewer's role and the banners."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from backoffice.pages.frame.permissions import viewer_of
from integration.access import Permission, StoreName, Viewer
from integration.messages import banner, open_messages
from integration.messages.open_messages import Code, SystemMessage


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation. `key`: the letter that follows `g` on the keyboard."""

    name: str
    url: str
    icon: str
    key: str
    is_current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """`banner_text` ends where the stores' names begin. `read_only`: the message that this mode is on."""

    role: str
    links: tuple[Link, ...]
    banner_text: str
    banner_code: str
    blocked_stores: tuple[StoreName, ...]
    read_only: SystemMessage | None
    may_manage: bool


_ENTRIES = (
    ("Stores", "stores", "store", "s", ("/stores/",)),
    ("All Orders", "orders", "package", "o", ("/orders/", "/imports/")),
    ("Blocked orders", "blocked", "octagon-alert", "b", ("/blocked/",)),
    ("Commerce orders", "commerce_orders", "receipt-text", "c", ("/commerce-orders/",)),
    ("Products", "products", "tags", "p", ("/products/", "/catalogue/")),
    ("Completeness", "completeness", "list-checks", "l", ("/completeness/",)),
    ("System messages", "system_messages", "bell", "m", ("/messages/", "/read-only/")),
    ("Activity", "activity", "history", "a", ("/activity/",)),
    ("Health", "health", "activity", "h", ("/health/",)),
    ("People", "people", "users", "e", ("/people/",)),
)
# What only some may see, by its view.
_NEEDS = {"health": Permission.VIEW_HEALTH, "people": Permission.MANAGE_PEOPLE}


def banners_of(request: HttpRequest) -> Sequence[SystemMessage]:
    """The messages on top of every page. One statement."""
    return open_messages.banners(viewer=viewer_of(request))


def frame_of(request: HttpRequest, banners: Sequence[SystemMessage]) -> Frame:
    """The frame around the page of somebody who is signed in."""
    viewer = viewer_of(request)
    by_code = {message.code: message for message in banners}
    blocked = by_code.get(Code.ORDERS_BLOCKED)
    return Frame(
        role=viewer.role.label,
        links=_links(request.path, viewer),
        banner_text=banner.TEXT.format(stores=""),
        banner_code=Code.ORDERS_BLOCKED,
        blocked_stores=blocked.stores if blocked else (),
        read_only=by_code.get(Code.READ_ONLY),
        may_manage=viewer.may(Permission.MANAGE_STORES),
    )


def _links(path: str, viewer: Viewer) -> tuple[Link, ...]:
    return tuple(
        Link(
            name=name,
            url=reverse(view),
            icon=icon,
            key=key,
            is_current=path == reverse(view) or path.startswith(prefixes),
        )
        for name, view, icon, key, prefixes in _ENTRIES
        if view not in _NEEDS or viewer.may(_NEEDS[view])
    )
