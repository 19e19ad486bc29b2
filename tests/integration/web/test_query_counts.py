"""No page asks more than eight times, however much there is, beside who is looking."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import Store
from integration import import_batches
from integration.models import Role
from tests.factories import amazon, commerce, records

SignIn = Callable[..., Client]
# Beside the session, the user and, but for an admin, the user's stores.
AT_MOST = 8
FOR_ADMINS = ("connect", "reauthorize", "delete", "read-only mode", "health")


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
    imported = made[1].order_import.commerce_order
    assert imported is not None
    batch = import_batches.start_by_number(
        store=made[0].store,
        numbers=[order.amazon_order_id for order in made],
        token="a",
        by="maria",
        now=amazon.NOW,
    )
    return {
        "stores": "/",
        "store": f"/stores/{made[0].store_id}/",
        "settings": f"/stores/{made[0].store_id}/settings/",
        "connect": "/stores/connect/",
        "reauthorize": f"/stores/{made[0].store_id}/reauthorize/",
        "delete": f"/stores/{made[0].store_id}/delete/",
        "import": f"/stores/{made[0].store_id}/import/",
        "imports": "/imports/",
        "import batch": f"/imports/{batch.pk}/",
        "import progress": f"/imports/{batch.pk}/progress/",
        "messages": "/messages/",
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
        "products": "/products/",
        "product": "/products/SKU-1/",
        "commerce orders": "/commerce-orders/",
        "commerce order": f"/commerce-orders/{imported.number}/",
    }


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len([query for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MERCHANT])
def test_no_page_asks_more_than_eight_times_and_none_asks_more_when_there_is_more(
    role: Role, sign_in: SignIn, subtests: pytest.Subtests
) -> None:
    pages = fill(stores=2, orders=1)
    client = sign_in(role, *Store.objects.all())
    if role != Role.ADMIN:
        pages = {name: path for name, path in pages.items() if name not in FOR_ADMINS}
    few = {name: count(client, path) for name, path in pages.items()}
    for store in Store.objects.all():
        for state in ("BLOCKED", "IMPORTED") * 5:
            amazon.order(store, state=state)
    many = {name: count(client, path) for name, path in pages.items()}
    for name in pages:
        with subtests.test(page=name):
            assert many[name] <= AT_MOST + (2 if role == Role.ADMIN else 3)
            assert many[name] == few[name]
