"""Role x address: every address that the resolver knows, asked by everybody. A new one needs a row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import Store
from commerce.catalog import uploads
from commerce.refunds.refund import Parts, Refund
from integration.installation import key_check
from integration.models import Role, SavedView, User
from integration.orders.bulk import batches
from integration.outbox.refund import refund_orders
from integration.people import users
from tests.backoffice.pages import matrix, workshop
from tests.backoffice.pages.workshop import ship
from tests.factories import amazon
from tests.factories import people as person

pytestmark = pytest.mark.slow
ROWS = matrix.rows()
# Of whom the orders of the world tell.
PERSONAL = ("Ada Byron", "1 Road", "Grace", "1 Mill Lane")
API = "api/v1/"
# Nobody but staff gets into Django's admin, and no role makes anybody staff: one row for all of it.
ADMIN_SITE = "admin/"
# Addresses of others: what a form does there is tested where it is theirs.
FOREIGN = ("accounts/", "api/schema/", "api/docs/", "healthz", "readyz", "metrics", "invitation/")


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Every route of the resolver, with its whole path."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            else:
                yield path, pattern

    yield from walk(get_resolver().url_patterns, "")


def methods_of(route: str, pattern: URLPattern) -> set[str]:
    """The methods that a row is needed for: those the view itself declares."""
    view = getattr(pattern.callback, "cls", None)
    if route.startswith(API):
        return set(getattr(view, "permissions", {}))
    if route.startswith(FOREIGN):
        return {"GET"}
    return set(pattern.callback.methods) - {"HEAD"}  # type: ignore[attr-defined]


def needed() -> set[tuple[str, str]]:
    """Every (route, method) that must have a row."""
    found = {(ADMIN_SITE, "GET")}
    for route, pattern in routes():
        if not route.startswith(ADMIN_SITE):
            found |= {(route, method) for method in methods_of(route, pattern)}
    return found


def test_every_address_has_a_row_and_no_row_is_without_an_address() -> None:
    assert sorted(needed() - ROWS.keys()) == []
    assert sorted(ROWS.keys() - needed()) == []


@dataclass(frozen=True)
class World:
    """What the addresses are about."""

    store: Store
    other: Store
    values: dict[str, Any]


@pytest.fixture
def world(db: None) -> World:
    key_check.check_keys()
    store, other = amazon.store("Mugs"), amazon.store("Other")
    order = amazon.order(
        store, state="BLOCKED", personal={"buyer_name": "Ada Byron", "address": {"line1": "1 Road"}}
    )
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")
    placed = workshop.place(store, (workshop.product(), 3))
    shipment = ship(placed, units=1)
    wanted = Refund(order_id=placed.pk, reason="Other", alone=Parts(shipping=Decimal(1)))
    memo = refund_orders(refunds=[wanted], reason="Other", by="maria", now=amazon.NOW)[placed.pk]
    batch = batches.start_by_number(
        store=store, numbers=[order.amazon_order_id], token="a", by="maria", now=amazon.NOW
    )
    guest = person.user(stores=[store], invited_at=timezone.now())
    token = users.issue_token(user=guest, role=Role.MERCHANT, stores=[], now=timezone.now())
    file = uploads.upload(b"sku,name\nCUP,Cup\n", file_name="a.csv", token="t", by="maria", now=amazon.NOW)
    view = SavedView.objects.create(user=guest, name="Mine", query="", saved_at=timezone.now())
    values = {
        "store_id": store.pk,
        "batch_id": batch.pk,
        "import_id": file.pk,
        "amazon_order_id": order.amazon_order_id,
        "number": placed.number,
        "shipment_id": shipment,
        "memo_id": memo.pk,
        "memo_number": memo.number,
        "missing_id": amazon.missing_order(store).pk,
        "sku": "MUG-1",
        "source": "main",
        "seller_sku": "SKU-1",
        "user_id": guest.pk,
        "token_id": token.id,
        "device_id": 1,
        "view_id": view.pk,
        "rest": "nothing/",
        "key": "x-y",
        "uidb36": "1",
    }
    return World(store, other, values)


def path_of(route: str, values: dict[str, Any]) -> str:
    """An address of a route."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: str(values[found[1]]), route)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), path)
    return "/" + path.replace("^", "").replace("$", "")


def client_of(role: str, world: World) -> tuple[Client, dict[str, str]]:
    """A browser that is signed in, and the header of a program with a token of the same person."""
    client = Client(raise_request_exception=False)
    if role == "nobody":
        return client, {}
    stores = [world.other] if role == "other merchant" else [world.store]
    user = person.user(Role(role.split()[-1]), stores)
    client.post("/accounts/login/", {"login": user.username, "password": person.PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": person.PASSWORD})
    token = users.issue_token(user=user, role=Role(user.role), stores=[], now=timezone.now())
    return client, {"authorization": f"Bearer {token.text}"}


def answer(
    client: Client, headers: dict[str, str], route: str, method: str, values: dict[str, Any]
) -> tuple[int, str]:
    """The status and the text of one request, whatever it did being taken back."""
    is_api = route.startswith(API)
    content: dict[str, Any] = {"data": "{}", "content_type": "application/json"} if is_api else {}
    if method == "GET":
        content = {}
    with transaction.atomic():
        found = client.generic(method, path_of(route, values), headers=headers if is_api else {}, **content)
        body = b"".join(found) if found.streaming else found.content
        transaction.set_rollback(True)
    return found.status_code, body.decode(errors="replace")


def hidden_from(role: str, world: World) -> tuple[str, ...]:
    """Words that no answer to this role may hold."""
    if role == "operator":
        return PERSONAL
    if role in ("nobody", "other merchant"):
        return (*PERSONAL, "Mugs", world.values["amazon_order_id"], world.values["number"])
    return ()


@pytest.mark.parametrize("number", range(len(matrix.ROLES)), ids=matrix.ROLES)
def test_everybody_gets_the_answer_of_the_table(
    number: int, world: World, settings: Settings, subtests: pytest.Subtests
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
    client, headers = client_of(matrix.ROLES[number], world)
    hidden = hidden_from(matrix.ROLES[number], world)
    for (route, method), statuses in ROWS.items():
        with subtests.test(route=route, method=method):
            status, text = answer(client, headers, route, method, world.values)
            assert status == statuses[number]
            # What was asked for may be said again, where it is not there.
            if status not in (302, 404):
                assert [word for word in hidden if word in text] == []


def test_django_admin_lets_no_role_in(world: World) -> None:
    values = {"object_id": 1, "content_type_id": 1, "app_label": "commerce", "url": "x"}
    for role in matrix.ROLES:
        client, _ = client_of(role, world)
        assert not User.objects.filter(is_staff=True).exists()
        for route, _ in routes():
            if route.startswith(ADMIN_SITE):
                assert client.get(path_of(route, values)).status_code in (302, 301, 404)
