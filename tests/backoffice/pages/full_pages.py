"""All pages, with a few of everything on them."""

from decimal import Decimal

from amazon_orders.models import AmazonOrder, Store
from commerce.catalog import uploads
from commerce.orders import comments
from commerce.refunds.refund import Parts, Refund
from integration.orders.bulk import batches
from integration.outbox.cancel import cancel_orders
from integration.outbox.refund import refund_orders
from integration.people import audit
from integration.people.audit import AuditAction
from tests.backoffice.pages import workshop
from tests.backoffice.pages.workshop import ship
from tests.factories import amazon, commerce, people, records


def fill(stores: int, orders: int) -> dict[str, str]:
    """A few of everything; gives the addresses of all pages."""
    product = commerce.product("SKU-1", stock={"main": 3, "east": 4})
    made = []
    for number in range(stores):
        store = amazon.store(f"Store {number}", marketplace=("US", "UK", "JP")[number % 3])
        run = records.run(store.account, problem="BUG")
        records.failure(store.account, run=run.run)
        for state in ("BLOCKED", "IMPORTED", "WAITING", "VIEW_ONLY") * orders:
            order = amazon.order(
                store, state=state, skus=("SKU-1", "SKU-2"), personal={"buyer_name": "Ada Byron"}
            )
            amazon.event(order, "RECEIVED", status="UNSHIPPED")
            amazon.package(order)
            if state == "BLOCKED":
                amazon.blocker(order, "OUT_OF_STOCK", "SKU-1", product=product)
                amazon.blocker(order, "PRODUCT_MISSING", "SKU-2")
            made.append(order)
        amazon.proof_day(store)
        amazon.missing_order(store)
    batch = batches.start_by_number(
        store=made[0].store,
        numbers=[order.amazon_order_id for order in made],
        token="a",
        by="maria",
        now=amazon.NOW,
    )
    return {
        "stores": "/",
        "store": f"/stores/{made[0].store_id}/",
        "lateness": f"/stores/{made[0].store_id}/lateness/",
        "settings": f"/stores/{made[0].store_id}/settings/",
        "connect": "/stores/connect/",
        "reauthorize": f"/stores/{made[0].store_id}/reauthorize/",
        "delete": f"/stores/{made[0].store_id}/delete/",
        "import": f"/stores/{made[0].store_id}/import/",
        "imports": "/imports/",
        "import batch": f"/imports/{batch.pk}/",
        "import progress": f"/imports/{batch.pk}/progress/",
        "messages": "/messages/",
        "closed messages": "/messages/?state=closed&severity=WARNING",
        "read-only mode": "/read-only/",
        "activity": "/activity/?store=Store&troubled=on",
        "errors": "/activity/errors/",
        "health": "/health/",
        "completeness": "/completeness/",
        "completeness of a store": f"/completeness/?store={made[0].store_id}&days=90",
        "orders": "/orders/",
        "orders, filtered": "/orders/?state=BLOCKED&blocker=OUT_OF_STOCK&total_min=1",
        "orders, by ship date": "/orders/?ordering=latest_ship_at",
        "orders, by number": f"/orders/?number={made[0].amazon_order_id}",
        "order": f"/orders/{made[0].amazon_order_id}/",
        **_of_products(),
        **_of_the_desk(made[0]),
        **_of_commerce(made[0].store),
        **_of_people(),
    }


def _of_products() -> dict[str, str]:
    file = uploads.upload(
        b"sku,on_hand\nSKU-1,4\nNEW,1\n", file_name="a.csv", token="t", by="maria", now=amazon.NOW
    )
    return {
        "products": "/products/",
        "product": "/products/SKU-1/",
        "product's stock": "/catalogue/stock/?sku=MUG-1",
        "product files": "/catalogue/imports/",
        "product file": f"/catalogue/imports/{file.pk}/",
        "product file's progress": f"/catalogue/imports/{file.pk}/progress/",
    }


def _of_the_desk(order: AmazonOrder) -> dict[str, str]:
    """What is blocked, and what is done to many orders at once."""
    return {
        "blocked orders": "/blocked/",
        "blocked orders of a store": f"/blocked/?store={order.store_id}",
        "bulk actions under way": "/imports/under-way/",
        "bulk actions of one form": "/imports/?token=a",
        "address form": f"/orders/{order.amazon_order_id}/address-form/",
    }


def _of_people() -> dict[str, str]:
    """Somebody with every store, and a deed in each."""
    store_ids = list(Store.objects.values_list("pk", flat=True))
    audit.record_event(what=AuditAction.EXPORTED, by="maria", now=amazon.NOW, store_ids=store_ids)
    return {
        "audit log": "/activity/audit/?store=Store",
        "purges": "/activity/personal-data/",
        "people": "/people/",
        "invite": "/people/invite/",
        "person": f"/people/{people.user(stores=Store.objects.all()).pk}/",
        "account": "/account/",
        "make token": "/account/tokens/make/",
    }


def _of_commerce(store: Store) -> dict[str, str]:
    """Commerce orders with a parcel, a refund, a comment and a wish to cancel."""
    mug = workshop.product(on_hand=60)
    order, other = workshop.place(store, (mug, 3)), workshop.place(store, (mug, 1))
    shipment = ship(order, units=1)
    wanted = Refund(order_id=order.pk, reason="Other", alone=Parts(shipping=Decimal(1)))
    memo = refund_orders(refunds=[wanted], reason="Other", by="maria", now=amazon.NOW)[order.pk]
    comments.add(order_id=order.pk, text="Blue", now=amazon.NOW, by="maria")
    cancel_orders(commerce_order_ids=[other.pk], reason="NoInventory", by="maria", now=amazon.NOW)
    address, chosen = f"/commerce-orders/{order.number}/", f"?order={order.pk}&order={other.pk}"
    return {
        "commerce orders": "/commerce-orders/",
        "commerce orders, filtered": f"/commerce-orders/?view=all&text=MUG&store={store.pk}",
        "commerce orders on hold": "/commerce-orders/?view=on-hold",
        "commerce order": address,
        "canceled commerce order": f"/commerce-orders/{other.number}/",
        "ship": f"{address}ship/",
        "tracking": f"{address}shipments/{shipment}/tracking/",
        "refund": f"{address}refund/",
        "invoice": f"{address}invoice/",
        "credit memo": f"{address}credit-memos/{memo.number}/",
        "packing slip": f"{address}packing-slip/",
        "packing slips": f"/warehouse/packing-slips/{chosen}",
        "pick list": f"/warehouse/pick-list/{chosen}",
        "tracking numbers": "/warehouse/tracking/",
        "tracking sheet": f"/warehouse/tracking/sheet.csv{chosen}",
        "sources": "/warehouse/sources/",
        "statuses": "/warehouse/statuses/",
    }
