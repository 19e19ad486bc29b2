"""GET carriers/, POST commerce-orders/{number}/pickup/."""

from collections.abc import Callable
from typing import Any

import pytest

from amazon_orders.models import AmazonOrder
from integration.models import PickupNotice, Role
from tests.backoffice.pages import workshop
from tests.factories import amazon

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("?q=hermes&country=GB", {"code": "Hermes UK", "name": "Hermes UK (Evri)"}),
        ("?q=hermes&country=uk", {"code": "Hermes UK", "name": "Hermes UK (Evri)"}),
        ("?q=hermes&country=de", {"code": "Hermes Logistik Gruppe", "name": "Hermes Germany"}),
        ("?q=ｙａｍａｔｏ&country=JP", {"code": "YAMATO", "name": "Yamato Transport"}),
    ],
)
def test_carriers_are_found_by_a_word_in_a_country(
    query: str, first: dict[str, str], as_role: ClientOf
) -> None:
    answer = as_role(Role.OPERATOR).get(f"carriers/{query}")
    assert (answer.status_code, answer.json()["results"][0]) == (200, first)


def test_without_a_word_all_carriers_are_told(as_role: ClientOf) -> None:
    found = as_role(Role.OPERATOR).get("carriers/?country=IT").json()["results"]
    assert len({each["code"] for each in found}) == len(found) == 366
    assert "Poste Italiane" in [each["code"] for each in found[:20]]


def test_amazon_is_told_that_goods_wait_in_the_store(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    AmazonOrder.objects.update(programs=["IN_STORE_PICK_UP"])
    api, path = as_role(Role.MERCHANT, store), f"commerce-orders/{order.number}/pickup/"
    made = api.client.post(f"/api/v1/{path}", {"status": "ReadyForPickup"}, content_type="application/json")
    assert made.status_code == 202
    assert (made.json()["status"], made.json()["state"]) == ("ReadyForPickup", "OWED")
    assert (
        api.client.post(
            f"/api/v1/{path}", {"status": "ReadyForPickup"}, content_type="application/json"
        ).status_code
        == 202
    )
    assert PickupNotice.objects.get().amazon_order_id == order.channel_reference
    assert (
        api.client.post(
            f"/api/v1/{path}", {"status": "PickedUp"}, content_type="application/json"
        ).status_code
        == 400
    )
    AmazonOrder.objects.update(programs=[])
    refused = api.client.post(f"/api/v1/{path}", {"status": "RefusedPickup"}, content_type="application/json")
    assert (refused.status_code, refused.json()["refusals"][0]["code"]) == (409, "NO_PICKUP")
