"""Canceling at Amazon from the page of an Amazon order."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from integration.models import Cancellation, ImportState, Role, ShipmentConfirmation
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import read, rows
from tests.backoffice.pages.workshop import ship
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr("integration.tasks.wake_feeds", lambda: heard.append("feeds"))
    return heard


def test_an_order_is_canceled_also_while_import_is_off(sign_in: SignIn, rings: list[str]) -> None:
    store = amazon.store()
    order = amazon.order(store, state=ImportState.VIEW_ONLY)
    client = sign_in(Role.MERCHANT, store)
    path = f"/orders/{order.amazon_order_id}/"
    form = read(client.get(path).content).one("section", id="cancel").one("form")
    assert form.attributes["data-confirm-title"] == f"Cancel order {order.amazon_order_id}?"
    assert len(form.all("option")) == 11
    page = read(client.post(f"{path}cancel/", {"reason": "NoInventory"}, follow=True).content)
    assert f"Amazon is asked to cancel {order.amazon_order_id}." in page.words
    assert rings == ["feeds"]
    card = page.one("section", id="cancel")
    assert "To be sent to Amazon" in card.words
    assert card.all("form") == []
    Cancellation.objects.update(state="REFUSED", refusal="Already packed.")
    card = read(client.get(path).content).one("section", id="cancel")
    assert "Amazon: Already packed." in card.words
    page = read(client.post(f"{path}cancel-settled/", follow=True).content)
    assert "Refused by Amazon, settled" in page.one("section", id="cancel").words


@pytest.mark.parametrize(
    "fields", [{"status": "PENDING"}, {"status": "PARTIALLY_SHIPPED"}, {"fulfilled_by": "AMAZON"}]
)
def test_only_an_unshipped_order_of_the_sellers_is_canceled(fields: dict[str, Any], sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, **fields)
    client = sign_in(Role.MERCHANT, store)
    path = f"/orders/{order.amazon_order_id}/"
    assert read(client.get(path).content).all("section", id="cancel") == []
    assert client.post(f"{path}cancel/", {"reason": "NoInventory"}).status_code == 422
    assert not Cancellation.objects.exists()


def test_who_may_not_cancels_nothing(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store)
    path = f"/orders/{order.amazon_order_id}/cancel/"
    assert sign_in(Role.OPERATOR, store).post(path, {"reason": "NoInventory"}).status_code == 403
    assert sign_in(Role.MERCHANT, amazon.store()).post(path, {"reason": "NoInventory"}).status_code == 404
    assert sign_in(Role.MERCHANT, store).post(path, {"reason": "x"}).status_code == 422


def test_the_list_tells_what_amazon_did_not_take(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    refused, asked = workshop.place(store, (mug, 2)), workshop.place(store, (mug, 1))
    shipment = ship(refused, units=1)
    client = sign_in(Role.MERCHANT, store)
    ShipmentConfirmation.objects.filter(pk=shipment).update(
        state="REFUSED", refusal="No.", sent_at=amazon.NOW, due_at=None
    )
    client.post(f"/commerce-orders/{asked.number}/cancel/", {"reason": "NoInventory"})
    [row] = rows(read(client.get("/commerce-orders/").content))
    assert "Amazon refused a package" in row.words
    [row] = rows(read(client.get("/commerce-orders/?view=on-hold").content))
    assert "Amazon is asked to cancel" in row.words
