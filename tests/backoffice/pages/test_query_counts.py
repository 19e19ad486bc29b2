"""No page asks more than eight times, however much there is, beside who is looking."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import Store
from commerce.models import Product
from integration.models import Role
from tests.backoffice.pages import workshop
from tests.backoffice.pages.full_pages import fill
from tests.factories import amazon, people

SignIn = Callable[..., Client]
# Beside the session, the user and, but for an admin, the user's stores.
AT_MOST = 8
FOR_ADMINS = (
    "connect",
    "reauthorize",
    "delete",
    "read-only mode",
    "health",
    "people",
    "invite",
    "person",
    "purges",
)


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    # Whoever looks at an address is written down as well.
    beside = ("SAVEPOINT", 'INSERT INTO "integration_auditentry')
    return len([each for each in asked.captured_queries if not any(word in each["sql"] for word in beside)])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MERCHANT])
def test_no_page_asks_more_than_eight_times_and_none_asks_more_when_there_is_more(
    role: Role, sign_in: SignIn, subtests: pytest.Subtests
) -> None:
    pages = fill(stores=2, orders=1)
    client = sign_in(role, *Store.objects.all())
    client.post("/accounts/reauthenticate/", {"password": people.PASSWORD})
    if role != Role.ADMIN:
        pages = {name: path for name, path in pages.items() if name not in FOR_ADMINS}
    few = {name: count(client, path) for name, path in pages.items()}
    for store in Store.objects.all():
        for state in ("BLOCKED", "IMPORTED") * 5:
            amazon.order(store, state=state)
        for _ in range(3):
            workshop.place(store, (Product.objects.get(sku="MUG-1"), 1))
    many = {name: count(client, path) for name, path in pages.items()}
    for name in pages:
        with subtests.test(page=name):
            assert many[name] <= AT_MOST + (2 if role == Role.ADMIN else 3)
            assert many[name] == few[name]
