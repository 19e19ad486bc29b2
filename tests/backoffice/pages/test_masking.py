"""Street, telephone, e-mail and gift messages are shown for one look, and who looked is on record."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from integration.models import AuditEntry, Role, User
from integration.people import users
from tests.backoffice.pages import workshop
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db
PERSONAL: dict[str, Any] = {
    "buyer_name": "Ada Byron",
    "buyer_email": "ada@marketplace.example",
    "address": {
        "name": "Ada Byron",
        "line1": "1 High Street",
        "city": "Ashford",
        "country": "GB",
        "phone": "+44 1233 000000",
    },
}
SECRETS = ("1 High Street", "+44 1233 000000", "ada@marketplace.example")
EVERYTHING = (*SECRETS, "Ada", "Byron", "Ashford", "Grace", "Gate Street")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_click_shows_it_for_one_look_and_goes_on_record(sign_in: SignIn) -> None:
    store = amazon.store("Mugs")
    order = amazon.order(store, state="BLOCKED", personal=PERSONAL)
    merchant = sign_in(Role.MERCHANT, store)
    path = f"/orders/{order.amazon_order_id}/"
    masked = page(merchant, path)
    assert "Ada Byron" in masked
    assert "Show personal data" in masked
    assert not any(secret in masked for secret in SECRETS)
    assert "Save address" not in masked
    answer = merchant.post(f"{path}reveal/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}#address")
    shown = page(merchant, path)
    assert [secret for secret in SECRETS if escape(secret) not in shown] == []
    assert "Save address" in shown
    assert "1 High Street" not in page(merchant, path)
    (seen,) = AuditEntry.objects.filter(what="PERSONAL_DATA_SEEN")
    assert (seen.subject, seen.details) == (order.amazon_order_id, {"where": "Amazon order"})
    assert list(seen.stores.values_list("store_id", flat=True)) == [store.pk]


def test_an_order_without_a_street_is_corrected_at_once(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED", personal={"address": {"city": "Ashford"}})
    shown = page(sign_in(), f"/orders/{order.amazon_order_id}/")
    assert "Save address" in shown
    assert "Show personal data" not in shown


def test_who_may_not_see_people_reveals_nothing(sign_in: SignIn) -> None:
    store, other = amazon.store(), amazon.store()
    order = amazon.order(store, state="BLOCKED", personal=PERSONAL)
    assert sign_in(Role.OPERATOR, store).post(f"/orders/{order.amazon_order_id}/reveal/").status_code == 403
    assert sign_in(Role.MERCHANT, other).post(f"/orders/{order.amazon_order_id}/reveal/").status_code == 404
    assert not AuditEntry.objects.filter(what="PERSONAL_DATA_SEEN").exists()


def test_a_commerce_order_and_its_papers(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    path = f"/commerce-orders/{order.number}/"
    whole = client.post(f"{path}reveal/", follow=True).content.decode()
    masked = page(client, path)
    assert masked != whole
    assert "Show personal data" in masked
    assert "•••••" in page(client, f"{path}ship/")
    for paper in ("packing-slip/", "invoice/"):
        page(client, f"{path}{paper}")
    seen = AuditEntry.objects.filter(what="PERSONAL_DATA_SEEN").order_by("pk")
    assert [entry.details["where"] for entry in seen] == ["Commerce order", "packing slip", "invoice"]


def test_what_programs_read_goes_on_record_too() -> None:
    store = amazon.store()
    order = amazon.order(store, personal=PERSONAL)
    user = User.objects.create_user("erp", role=Role.MERCHANT)
    user.stores.add(store)
    for role, entries in ((Role.MERCHANT, 1), (Role.OPERATOR, 1)):
        user.role = role
        user.save()
        token = users.issue_token(user=user, role=role, stores=[], now=timezone.now())
        answer = Client().get(
            f"/api/v1/amazon-orders/{order.amazon_order_id}/", HTTP_AUTHORIZATION=f"Bearer {token.text}"
        )
        assert answer.status_code == 200
        assert ("High Street" in answer.content.decode()) == (role == Role.MERCHANT)
        assert AuditEntry.objects.filter(what="PERSONAL_DATA_SEEN").count() == entries


def test_the_log_itself_names_nobody_who_bought(sign_in: SignIn) -> None:
    """Every door of a person on an order that names people everywhere."""
    store = amazon.store()
    order = amazon.order(store, state="BLOCKED", personal=PERSONAL)
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")
    placed = workshop.place(store, (workshop.product(), 2))
    client = sign_in()
    path, commerce_path = f"/orders/{order.amazon_order_id}/", f"/commerce-orders/{placed.number}/"
    for address, sent in (
        (f"{path}reveal/", {}),
        (
            f"{path}address/",
            {"line1": "1 High Street", "city": "Ashford", "country": "GB", "name": "Ada Byron"},
        ),
        (f"{path}skip/", {"reason": "Ada Byron of 1 High Street asked for it"}),
        (f"{commerce_path}reveal/", {}),
        (f"{commerce_path}comments/", {"text": "Ada Byron rang"}),
        (f"{commerce_path}cancel/", {"reason": "NoInventory"}),
        ("/orders/", {"filters": "1", "buyer": "Byron"}),
        ("/orders/export/", {"query": "state=BLOCKED", "buyer": "Byron", "with_people": "1"}),
    ):
        assert client.post(address, sent).status_code < 500
    page(client, f"{commerce_path}packing-slip/")
    told = str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.filter(subject=order.amazon_order_id).count() >= 3
    assert not [word for word in EVERYTHING if word in told]
