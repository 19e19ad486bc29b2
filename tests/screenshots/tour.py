"""Which pages are photographed, and how the shop is brought to where they have something to show."""

import time
from dataclasses import dataclass

from playwright.sync_api import Page

ORDERS_WITHIN_SECONDS = 180.0
ENOUGH_BLOCKED = 5
FIXED = {
    "stores": "/",
    "connect a store": "/stores/connect/",
    "orders": "/orders/",
    "orders filtered": "/orders/?state=BLOCKED&state=WAITING",
    "nothing found": "/orders/?q=no-such-order",
    "blocked orders": "/blocked/",
    "commerce orders": "/commerce-orders/",
    "commerce orders on hold": "/commerce-orders/?view=on-hold",
    "tracking numbers": "/warehouse/tracking/",
    "sources": "/warehouse/sources/",
    "statuses": "/warehouse/statuses/",
    "products": "/products/",
    "catalog files": "/catalogue/imports/",
    "imports": "/imports/",
    "messages": "/messages/",
    "activity": "/activity/",
    "communication errors": "/activity/errors/",
    "audit log": "/activity/audit/",
    "purges": "/activity/personal-data/",
    "health": "/health/",
    "completeness": "/completeness/",
    "read-only mode": "/read-only/",
    "people": "/people/",
    "invite": "/people/invite/",
    "account": "/account/",
    "password": "/accounts/password/change/",
    "second factor": "/accounts/2fa/",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the README: a page of the tour in a size and a mode."""

    file: str
    page: str
    size: str = "desk"
    mode: str = "light"


README = (
    Picture("stores", "stores"),
    Picture("orders", "orders"),
    Picture("blocked-orders", "blocked orders"),
    Picture("blocked-order", "blocked order"),
    Picture("dashboard-dark", "dashboard", mode="dark"),
    Picture("commerce-order", "commerce order"),
    Picture("health", "health"),
    Picture("dashboard-phone", "dashboard", size="phone"),
)


def prepare(page: Page) -> dict[str, str]:
    """Wait for the first orders, and find one of each kind. Gives the path of every page by its name."""
    _wait_for_orders(page)
    store = _first(page, "/", "/stores/")
    blocked = _first(page, "/orders/?state=BLOCKED", "/orders/")
    commerce = _first(page, "/commerce-orders/", "/commerce-orders/")
    product = _first(page, "/products/", "/products/")
    return {
        **FIXED,
        "dashboard": store,
        "settings": f"{store}settings/",
        "lateness": f"{store}lateness/",
        "import": f"{store}import/",
        "reauthorize": f"{store}reauthorize/",
        "delete store": f"{store}delete/",
        "blocked order": blocked,
        "commerce order": commerce,
        "ship": f"{commerce}ship/",
        "refund": f"{commerce}refund/",
        "invoice": f"{commerce}invoice/",
        "packing slip": f"{commerce}packing-slip/",
        "product": product,
    }


def _wait_for_orders(page: Page) -> None:
    give_up = time.monotonic() + ORDERS_WITHIN_SECONDS
    while time.monotonic() < give_up:
        page.goto("/orders/?state=BLOCKED")
        if page.locator("main tbody tr").count() >= ENOUGH_BLOCKED:
            return
        time.sleep(1)
    raise SystemExit(f"fewer than {ENOUGH_BLOCKED} blocked orders after {ORDERS_WITHIN_SECONDS:.0f} s")


def _first(page: Page, listed_on: str, starts_with: str) -> str:
    """The path of the first thing a list links to: `starts_with`, its key and a slash."""
    page.goto(listed_on)
    links = page.locator(f'main a[href^="{starts_with}"]')
    paths = [link.get_attribute("href") or "" for link in links.all()]
    for path in paths:
        key = path.removeprefix(starts_with)
        if key.count("/") == 1 and key.endswith("/") and key != "connect/":
            return path
    raise SystemExit(f"{listed_on} links to nothing under {starts_with}")
