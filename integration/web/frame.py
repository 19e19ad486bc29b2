"""The frame of a page: navigation, the viewer's role and the banner."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from integration import messages
from integration.messages import StoreName, SystemMessage
from integration.web.permissions import viewer_of


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
    """`banner_text` ends where the stores' names begin."""

    role: str
    links: tuple[Link, ...]
    banner_text: str
    banner_code: str
    blocked_stores: tuple[StoreName, ...]


_ENTRIES = (
    ("Stores", "stores", "store", "s", ("/stores/",)),
    ("All Orders", "orders", "package", "o", ("/orders/",)),
    ("Commerce orders", "commerce_orders", "receipt-text", "c", ("/commerce-orders/",)),
    ("Products", "products", "tags", "p", ("/products/",)),
    ("System messages", "system_messages", "bell", "m", ("/messages/",)),
)


def banner_of(request: HttpRequest) -> SystemMessage | None:
    """The message on top of every page, if there is one. One statement."""
    return messages.banner(viewer=viewer_of(request))


def frame_of(request: HttpRequest, banner: SystemMessage | None) -> Frame:
    """The frame around the page of somebody who is signed in."""
    return Frame(
        role=viewer_of(request).role.label,
        links=_links(request.path),
        banner_text=messages.BANNER.format(stores=""),
        banner_code=messages.Code.ORDERS_BLOCKED,
        blocked_stores=banner.stores if banner else (),
    )


def _links(path: str) -> tuple[Link, ...]:
    return tuple(
        Link(
            name=name,
            url=reverse(view),
            icon=icon,
            key=key,
            is_current=path == reverse(view) or path.startswith(prefixes),
        )
        for name, view, icon, key, prefixes in _ENTRIES
    )
