"""Every page on a phone and on a desk, light and dark, and without JavaScript."""

from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from commerce.catalog import uploads
from commerce.orders import comments
from commerce.refunds.refund import Parts, Refund
from integration.catalog import product_files
from integration.models import Heartbeat, ShipmentConfirmation
from integration.orders.bulk import batches, work
from integration.outbox.refund import refund_orders
from tests.backoffice.pages import workshop
from tests.backoffice.pages.workshop import ship
from tests.browser import people_pages
from tests.browser.conftest import Visit
from tests.browser.page_checks import AXE, CHECKS, SIZES
from tests.factories import amazon, commerce
from tests.fixtures_shop import Shop, commerce_order_of


@pytest.fixture
def paths(shop: Shop) -> dict[str, str]:
    """Every page, with something on it."""
    commerce.product("PAN-1", stock={"main": 0, "east": 0})
    commerce.product("OFF-1", is_enabled=False)
    imported = shop.sell()
    blocked = shop.sell(("PAN-1", 2, "30.00"), ("OFF-1", 1, "9.00"), ("GONE-1", 1, "5.00"))
    shop.settings(import_amazon_orders=False)
    shop.sell()
    shop.sync()
    shop.settings(import_amazon_orders=True)
    outside = shop.sell(("SKU-1", 2, "10.00"))
    shop.sync()
    shop.ship_at_amazon(outside, 1)
    shop.sync()
    shop.amazon.faults.queue("html503", operation="searchOrders")
    shop.sync()
    Heartbeat.objects.create(worker="celery@one", seen_at=timezone.now())
    store = shop.store.pk
    batch = batches.start_by_number(
        store=shop.store,
        numbers=[blocked, imported, "999-0000000-0000001"],
        token="a",
        by="maria",
        now=timezone.now(),
    )
    work.run(now=timezone.now())
    amazon.proof_day(shop.store, missing=1, amazon=9)
    amazon.missing_order(shop.store)
    return {
        **_of_product_files(),
        "dashboard of a week": f"/stores/{store}/?days=7",
        "stores": "/",
        "connect": "/stores/connect/",
        "dashboard": f"/stores/{store}/",
        "settings": f"/stores/{store}/settings/",
        "changed order": f"/orders/{outside}/",
        "import": f"/stores/{store}/import/",
        "imports": "/imports/",
        "import batch": f"/imports/{batch.pk}/",
        "view-only orders": "/orders/?state=VIEW_ONLY",
        "reauthorize": f"/stores/{store}/reauthorize/",
        "delete": f"/stores/{store}/delete/",
        "orders": "/orders/?state=BLOCKED&state=IMPORTED",
        "blocked orders": "/blocked/",
        "blocked order": f"/orders/{blocked}/",
        "imported order": f"/orders/{imported}/",
        "products": "/products/",
        "product": "/products/PAN-1/",
        **_of_commerce(shop),
        "commerce order": f"/commerce-orders/{commerce_order_of(imported).number}/",
        "messages": "/messages/",
        "closed messages": "/messages/?state=closed",
        "read-only mode": "/read-only/",
        "activity": "/activity/?since=2026-01-01",
        "communication errors": "/activity/errors/",
        "health": "/health/",
        "completeness": "/completeness/",
        **people_pages.fill(shop.store),
    }


def _of_product_files() -> dict[str, str]:
    """A file to look at first, and one that is being worked off."""
    file = uploads.upload(
        b"sku,price,currency\nPAN-1,3,USD\nNEW,abc,USD\n",
        file_name="a.csv",
        token="a",
        by="maria",
        now=timezone.now(),
    )
    started = uploads.upload(b"sku\nPAN-1\n", file_name="b.csv", token="b", by="maria", now=timezone.now())
    product_files.start(started, by="maria", now=timezone.now())
    return {
        "product files": "/catalogue/imports/",
        "preview of a product file": f"/catalogue/imports/{file.pk}/",
        "product file under way": f"/catalogue/imports/{started.pk}/",
    }


def _of_commerce(shop: Shop) -> dict[str, str]:
    """An order with all that can happen to one, and the pages for work on many."""
    mug = workshop.product("MUG-9")
    order, asking = workshop.place(shop.store, (mug, 3)), workshop.place(shop.store, (mug, 1))
    asking.order_import.amazon_order.is_cancel_requested = True
    asking.order_import.amazon_order.save()
    shipment = ship(order, units=1)
    wanted = Refund(order_id=order.pk, reason="Other", alone=Parts(shipping=Decimal(1)))
    memo = refund_orders(refunds=[wanted], reason="Other", by="maria", now=timezone.now())[order.pk]
    ShipmentConfirmation.objects.update(
        state="REFUSED", refusal="Bad number.", sent_at=timezone.now(), due_at=None
    )
    comments.add(order_id=order.pk, text="Blue, please.", now=timezone.now(), by="maria")
    address, chosen = f"/commerce-orders/{order.number}/", f"?order={order.pk}&order={asking.pk}"
    return {
        "commerce orders": "/commerce-orders/",
        "commerce orders on hold": "/commerce-orders/?view=on-hold",
        "order with a refused parcel": address,
        "order whose buyer asks to cancel": f"/commerce-orders/{asking.number}/",
        "ship": f"/commerce-orders/{asking.number}/ship/",
        "tracking": f"{address}shipments/{shipment}/tracking/",
        "refund": f"{address}refund/",
        "invoice": f"{address}invoice/",
        "credit memo": f"{address}credit-memos/{memo.number}/",
        "packing slips": f"/warehouse/packing-slips/{chosen}",
        "pick list": f"/warehouse/pick-list/{chosen}",
        "tracking numbers": "/warehouse/tracking/",
        "sources": "/warehouse/sources/",
        "statuses": "/warehouse/statuses/",
        "product's stock": "/catalogue/stock/?sku=MUG-9",
        "radar": f"/stores/{shop.store.pk}/lateness/",
    }


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_nothing_sticks_out_and_no_accessibility_fault_is_found(
    size: str, mode: str, paths: dict[str, str], person: Visit, page: Page
) -> None:
    page.set_viewport_size(SIZES[size])
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    faults: dict[str, list[str]] = {}
    for name, path in paths.items():
        person(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        found = [f"{width} px wide"] if width > SIZES[size]["width"] else []
        if AXE.is_file():
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found += page.evaluate(CHECKS)
        if found:
            faults[name] = found
    assert faults == {}


def test_every_page_works_without_javascript(paths: dict[str, str], page: Page, person: Visit) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    origin = page.url.rstrip("/")
    reader = plain.new_page()
    for name, path in paths.items():
        answer = reader.goto(f"{origin}{path}")
        assert answer is not None, name
        assert answer.status == 200, name
        assert (
            reader.get_by_role("navigation", name="Main").get_by_role("link", name="All Orders").is_visible()
        ), name
    plain.close()
