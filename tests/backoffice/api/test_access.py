"""Who gets in, what each address asks for, and how refusals look."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from backoffice.api import urls
from integration.access import Permission
from integration.models import Role
from integration.people import users
from tests.backoffice.api.conftest import Api, ClientOf
from tests.factories import amazon
from tests.factories import people as person

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")


def test_every_method_of_every_address_declares_its_permission() -> None:
    undeclared = [
        (str(pattern.pattern), method)
        for pattern in urls.urlpatterns
        for method in METHODS
        if hasattr(pattern.callback.cls, method)  # type: ignore[attr-defined]
        and not isinstance(pattern.callback.cls.permissions.get(method.upper()), Permission)  # type: ignore[attr-defined]
    ]
    assert undeclared == []


ROLE_OF_ADDRESS = [
    # method, path, admin, merchant, operator
    ("get", "stores/", 200, 200, 200),
    ("get", "stores/{store}/import-settings/", 200, 200, 200),
    ("patch", "stores/{store}/import-settings/", 200, 403, 403),
    ("put", "stores/{store}/matches/SKU/", 400, 400, 403),
    ("delete", "stores/{store}/matches/SKU/", 404, 404, 403),
    ("get", "stores/{store}/import-orders/", 200, 200, 200),
    ("post", "stores/{store}/import-orders/", 400, 400, 403),
    ("get", "import-batches/1/", 404, 404, 404),
    ("get", "import-batches/1/orders/", 404, 404, 404),
    ("get", "amazon-orders/", 200, 200, 200),
    ("get", "amazon-orders/{order}/", 200, 200, 200),
    ("post", "amazon-orders/{order}/retry/", 202, 202, 202),
    ("post", "amazon-orders/{order}/refresh/", 202, 202, 202),
    ("post", "amazon-orders/{order}/import/", 409, 409, 403),
    ("post", "amazon-orders/{order}/skip/", 400, 400, 403),
    ("post", "amazon-orders/{order}/settle/", 409, 409, 403),
    ("get", "products/", 200, 200, 200),
    ("get", "products/X/", 404, 404, 404),
    ("put", "products/X/", 201, 201, 403),
    ("patch", "products/X/", 404, 404, 403),
    ("put", "products/X/stock/main/", 400, 400, 403),
    ("get", "commerce-orders/", 200, 200, 200),
    ("get", "commerce-orders/1/", 404, 404, 404),
    ("get", "completeness/", 200, 200, 200),
    ("get", "system-messages/", 200, 200, 200),
    ("get", "sync-runs/", 200, 200, 200),
    ("post", "commerce-orders/1/shipments/", 404, 404, 403),
    ("get", "carriers/", 200, 200, 200),
    ("post", "commerce-orders/1/pickup/", 404, 404, 403),
    ("post", "commerce-orders/1/cancel/", 404, 404, 403),
    ("post", "commerce-orders/1/refunds/", 404, 404, 403),
    ("post", "commerce-orders/1/hold/", 404, 404, 403),
    ("post", "commerce-orders/1/unhold/", 404, 404, 403),
    ("get", "commerce-orders/1/comments/", 404, 404, 403),
    ("post", "commerce-orders/1/comments/", 404, 404, 403),
    ("get", "communication-errors/", 200, 200, 200),
    ("get", "health/quota/", 200, 403, 200),
]


@pytest.mark.parametrize(("method", "path", "admin", "merchant", "operator"), ROLE_OF_ADDRESS)
def test_each_role_gets_what_it_may(
    as_role: ClientOf, method: str, path: str, admin: int, merchant: int, operator: int
) -> None:
    order = amazon.order(amazon.store())
    address = path.format(store=order.store_id, order=order.amazon_order_id)
    for role, expected in ((Role.OPERATOR, operator), (Role.MERCHANT, merchant), (Role.ADMIN, admin)):
        answer = as_role(role, order.store).send(method, address, {})
        if path == "products/X/" and method == "put" and answer.status_code == 200:
            assert role == Role.ADMIN
            continue
        assert (role, answer.status_code) == (role, expected)


def test_the_matrix_of_roles_has_a_row_for_every_address() -> None:
    in_matrix = {(method, _shape(path)) for method, path, *_ in ROLE_OF_ADDRESS}
    offered = {
        (method, _shape(str(pattern.pattern)))
        for pattern in urls.urlpatterns
        if pattern.name != "missing"
        for method in METHODS
        if hasattr(pattern.callback.cls, method)  # type: ignore[attr-defined]
    }
    assert in_matrix == offered


def _shape(path: str) -> tuple[str, ...]:
    fixed = {
        "stores",
        "import-settings",
        "matches",
        "amazon-orders",
        "retry",
        "refresh",
        "import",
        "skip",
        "settle",
    }
    fixed |= {"import-orders", "import-batches", "orders"}
    fixed |= {"products", "stock", "commerce-orders", "system-messages"}
    fixed |= {"carriers", "pickup", "shipments", "cancel", "refunds", "hold", "unhold", "comments"}
    fixed |= {"sync-runs", "communication-errors", "health", "quota"}
    return tuple(part if part in fixed else "*" for part in path.strip("/").split("/"))


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}])
def test_without_a_token_in_force_nothing_is_told(header: dict[str, str]) -> None:
    answer = Client(headers=header).get("/api/v1/amazon-orders/")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["title"], answer.json()["status"]) == ("Unauthorized", 401)


def test_a_revoked_token_and_one_whose_user_left_are_refused() -> None:
    user = person.user(Role.ADMIN)
    token = users.issue_token(user=user, role=Role.ADMIN, stores=[], now=amazon.NOW)
    assert Api(token.text).get("stores/").status_code == 200
    user.is_active = False
    user.save()
    assert Api(token.text).get("stores/").status_code == 401
    user.is_active = True
    user.save()
    assert users.revoke_token(token_id=token.id, by="maria", now=amazon.NOW) is True
    assert Api(token.text).get("stores/").status_code == 401


def test_an_address_that_leads_nowhere_is_a_problem_too(as_role: ClientOf) -> None:
    api = as_role(Role.ADMIN)
    for path in ("nothing/", "stores", "stores/x/import-settings/"):
        answer = api.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert "slash" in api.get("stores").json()["detail"]


def test_a_method_that_is_not_there_and_a_body_that_is_no_json(as_role: ClientOf) -> None:
    api = as_role(Role.ADMIN)
    answer = api.send("delete", "stores/")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")
    broken = api.client.put("/api/v1/products/X/", "{", content_type="application/json")
    assert (broken.status_code, broken.json()["title"]) == (400, "Bad Request")
    assert broken.headers["Content-Type"] == "application/problem+json"
    other = api.client.put("/api/v1/products/X/", "a=b", content_type="text/plain")
    assert (other.status_code, other.json()["status"]) == (415, 415)
    bodies: list[Any] = [[], "text", 5]
    for body in bodies:
        assert api.send("put", "products/X/", body).status_code == 400
        store = amazon.store()
        assert api.send("patch", f"stores/{store.pk}/import-settings/", body).status_code == 400


def test_a_bug_is_answered_with_a_problem_that_tells_nothing(
    as_role: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("Jane Invented")

    monkeypatch.setattr("integration.messages.open_messages.open_messages", broken)
    answer = as_role(Role.ADMIN).get("system-messages/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert "Jane" not in answer.content.decode()


def test_too_many_requests_are_told_to_wait(as_role: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.api.throttling.PerToken.rate", "2/min")
    api = as_role(Role.ADMIN)
    assert [api.get("stores/").status_code for _ in range(3)] == [200, 200, 429]
    assert int(api.get("stores/").headers["Retry-After"]) <= 60
    assert as_role(Role.ADMIN).get("stores/").status_code == 200


def test_the_openapi_document_is_complete(tmp_path: Any) -> None:
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    text = target.read_text()
    for path in (
        "amazon-orders/{amazon_order_id}/skip/",
        "products/{sku}/stock/{source}/",
        "system-messages/",
        "sync-runs/",
        "communication-errors/",
        "health/quota/",
    ):
        assert f"/api/v1/{path}" in text
    assert "bearerToken" in text
