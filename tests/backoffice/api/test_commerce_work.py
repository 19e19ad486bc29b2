"""POST commerce-orders/{number}/shipments/, cancel/, refunds/, hold/, unhold/, comments/."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from commerce.models import CreditMemo, Order, Shipment
from integration.models import Adjustment, Cancellation, IdempotencyKey, Role, ShipmentConfirmation
from tests.backoffice.api.conftest import Api, ClientOf
from tests.backoffice.pages import workshop
from tests.factories import amazon

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rings(mounted: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    for name in ("wake_confirm", "wake_feeds"):
        monkeypatch.setattr(f"integration.tasks.{name}", lambda name=name: mounted.append(name))
    return mounted


def post(api: Api, order: Order, what: str, body: Any, *, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else None
    path = f"/api/v1/commerce-orders/{order.number}/{what}/"
    return api.client.post(path, body, content_type="application/json", headers=headers)


PARCEL = {"carrier": "UPS", "tracking_number": "1Z1", "lines": [{"sku": "MUG-1", "quantity": 1}]}


def test_a_parcel_is_shipped_and_amazon_is_told(as_role: ClientOf, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 3))
    line = order.lines.get()
    api = as_role(Role.MERCHANT, store)
    body = {**PARCEL, "shipped_at": "2026-11-20T10:00:00Z", "lines": [{"id": line.pk, "quantity": 2}]}
    answer = post(api, order, "shipments", body)
    assert answer.status_code == 201
    shipment = Shipment.objects.get()
    assert answer.json() == {
        "id": shipment.pk,
        "carrier": "UPS",
        "tracking_number": "1Z1",
        "shipped_at": "2026-11-20T10:00:00Z",
        "lines": [{"id": line.pk, "sku": "MUG-1", "quantity": 2}],
        "carrier_code": "UPS",
        "service": "",
        "is_ours": True,
        "amazon": {"state": "OWED", "refusal": "", "settled_at": None, "way": "CONFIRM"},
    }
    assert "wake_confirm" in rings
    shown = api.get(f"commerce-orders/{order.number}/").json()
    assert shown["lines"][0]["shipped"] == 2
    assert shown["shipments"] == [answer.json()]
    named = post(api, order, "shipments", {**PARCEL, "carrier": "Grandpa's van"}).json()
    assert (named["carrier_code"], named["carrier"]) == ("Other", "Grandpa's van")


def test_the_same_key_does_it_once_and_answers_the_same(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 3))
    api = as_role(Role.MERCHANT, store)
    first = post(api, order, "shipments", PARCEL, key="k1")
    again = post(api, order, "shipments", dict(reversed(PARCEL.items())), key="k1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Shipment.objects.count() == 1
    other = post(api, order, "shipments", {**PARCEL, "tracking_number": "1Z2"}, key="k1")
    assert other.status_code == 422
    assert other.headers["Content-Type"] == "application/problem+json"
    assert post(api, order, "cancel", {"reason": "NoInventory"}, key="k1").status_code == 422
    assert post(as_role(Role.MERCHANT, store), order, "shipments", PARCEL, key="k1").status_code == 201
    assert Shipment.objects.count() == 2
    row = IdempotencyKey.objects.order_by("pk")[0]
    assert row.made == {"shipment": first.json()["id"]}
    assert "1Z1" not in str(vars(row))


def test_a_refused_request_leaves_no_key_behind(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    api = as_role(Role.MERCHANT, store)
    body = {**PARCEL, "lines": [{"sku": "MUG-1", "quantity": 9}]}
    answer = post(api, order, "shipments", body, key="k1")
    assert (answer.status_code, answer.json()["refusals"][0]["code"]) == (409, "TOO_MANY")
    assert not IdempotencyKey.objects.exists()
    assert post(api, order, "shipments", PARCEL, key="k1").status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"carrier": ""}, "carrier"),
        ({"tracking_number": "1" * 129}, "tracking_number"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "MUG-1"}]}, "lines"),
        ({"lines": [{"quantity": 1}]}, "lines"),
        ({"lines": [{"sku": "MUG-1", "id": 1, "quantity": 1}]}, "lines"),
        ({"lines": [{"sku": "MUG-1", "quantity": 0}]}, "lines"),
        ({"shipped_at": "soon"}, "shipped_at"),
        ({"shipped_at": "2999-01-01"}, "shipped_at"),
    ],
)
def test_a_bad_parcel_is_refused_by_the_fields_name(
    change: dict[str, Any], field: str, as_role: ClientOf
) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    answer = post(as_role(Role.MERCHANT, store), order, "shipments", {**PARCEL, **change})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("reason", ["BuyerCanceled", "Buyer Canceled", "BUYER_CANCELLED"])
def test_amazon_is_asked_to_cancel(reason: str, as_role: ClientOf, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    api = as_role(Role.MERCHANT, store)
    answer = post(api, order, "cancel", {"reason": reason}, key="c")
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["cancellation"]["state"]) == ("ON_HOLD", "OWED")
    assert answer.json()["cancellation"]["reason"] == "BuyerCanceled"
    assert post(api, order, "cancel", {"reason": reason}, key="c").json() == answer.json()
    assert Cancellation.objects.count() == 1
    assert post(api, order, "cancel", {"reason": reason}).status_code == 409
    assert post(api, order, "unhold", None).status_code == 409
    assert post(api, order, "shipments", PARCEL).status_code == 409
    assert "wake_feeds" in rings


def test_a_cancellation_needs_a_reason_of_amazons(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    answer = post(as_role(Role.MERCHANT, store), order, "cancel", {"reason": "because"})
    assert answer.status_code == 400
    assert "BuyerCanceled" in answer.json()["errors"]["reason"][0]


def test_money_is_given_back_in_units_amounts_and_full(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 3))
    api = as_role(Role.MERCHANT, store)
    body = {"reason": "CustomerReturn", "lines": [{"sku": "MUG-1", "quantity": 1}], "shipping": "1.00"}
    first = post(api, order, "refunds", body, key="r")
    assert first.status_code == 201
    memo = first.json()
    assert memo["total"] == {"amount": "14.53", "currency": "USD"}
    assert memo["lines"][0]["quantity"] == 1
    assert memo["amazon"]["state"] == "OWED"
    assert post(api, order, "refunds", body, key="r").json() == memo
    line = order.lines.get()
    amount = {"amount": "2.50", "currency": "USD"}
    by_amount = {"reason": "Other", "lines": [{"id": line.pk, "amount": amount}]}
    assert post(api, order, "refunds", by_amount).json()["total"]["amount"] == "2.50"
    rest = post(api, order, "refunds", {"reason": "Other", "full": True}).json()
    assert rest["total"]["amount"] == "28.55"
    again = post(api, order, "refunds", {"reason": "Other", "full": True})
    assert again.status_code == 409
    shown = api.get(f"commerce-orders/{order.number}/").json()
    assert [each["number"] for each in shown["credit_memos"]][0] == memo["number"]
    assert shown["invoice"]["refunded_total"] == shown["invoice"]["grand_total"]
    assert [event["code"] for event in shown["history"]] == ["REFUNDED"] * 3
    assert (CreditMemo.objects.count(), Adjustment.objects.count()) == (3, 3)


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ({"reason": "Other"}, 400, "Name lines, an amount, or full."),
        ({"reason": "Other", "lines": [{"sku": "NOPE", "quantity": 1}]}, 400, "The invoice has no NOPE."),
        ({"reason": "Other", "shipping": {"amount": "1", "currency": "EUR"}}, 400, "The order is in USD."),
        ({"reason": "Other", "shipping": "-1"}, 400, "Write an amount"),
        ({"reason": "Other", "shipping": "NaN"}, 400, "Write an amount"),
        ({"reason": "Other", "shipping": 1.5}, 400, "Write an amount"),
        ({"reason": "Other", "shipping": "99"}, 409, "more than the"),
        ({"reason": "Other", "shipping": "1.001"}, 409, "USD has no such amount"),
        ({"reason": "x", "full": True}, 400, "One of NoInventory"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(
    body: dict[str, Any], code: int, told: str, as_role: ClientOf
) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    answer = post(as_role(Role.MERCHANT, store), order, "refunds", body)
    assert (answer.status_code, told in answer.json()["detail"]) == (code, True)
    assert not CreditMemo.objects.exists()


def test_an_order_is_held_and_goes_on(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    api = as_role(Role.MERCHANT, store)
    assert post(api, order, "hold", {"reason": "ADDRESS_TO_CHECK"}).json()["status"] == "ON_HOLD"
    assert post(api, order, "hold", {"reason": "ADDRESS_TO_CHECK"}).status_code == 409
    assert post(api, order, "hold", {"reason": "free text"}).status_code == 400
    assert post(api, order, "unhold", None).json()["status"] == "PROCESSING"
    assert post(api, order, "unhold", None).status_code == 409


def test_comments_are_for_those_who_may_see_people(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    api = as_role(Role.MERCHANT, store)
    assert post(api, order, "comments", {"text": "Mrs Byron called."}).status_code == 201
    assert post(api, order, "comments", {"text": " "}).status_code == 400
    [row] = api.get(f"commerce-orders/{order.number}/comments/").json()["results"]
    assert (row["text"], row["by"].startswith("merchant")) == ("Mrs Byron called.", True)
    assert as_role(Role.OPERATOR, store).get(f"commerce-orders/{order.number}/comments/").status_code == 403


@pytest.mark.parametrize("what", ["shipments", "cancel", "refunds", "hold", "unhold", "comments"])
def test_an_operator_may_not_and_a_stranger_finds_nothing(what: str, as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    assert post(as_role(Role.OPERATOR, store), order, what, {}).status_code == 403
    assert post(as_role(Role.MERCHANT, amazon.store()), order, what, {}).status_code == 404
    assert not ShipmentConfirmation.objects.exists()


def test_a_parcel_without_a_number_goes_by_feed(as_role: ClientOf, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    api = as_role(Role.MERCHANT, store)
    asked = {"carrier": "us postal service", "service": "Letter", "lines": PARCEL["lines"]}
    made = post(api, order, "shipments", asked).json()
    assert (made["carrier_code"], made["tracking_number"], made["service"]) == ("USPS", "", "Letter")
    assert made["amazon"]["way"] == "FEED"
    assert "wake_feeds" in rings
    blank = post(api, order, "shipments", {**asked, "tracking_number": ""}).json()
    assert blank["amazon"]["way"] == "FEED"


def test_a_label_bought_at_amazon_needs_neither_carrier_nor_number(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    api = as_role(Role.MERCHANT, store)
    refused = post(api, order, "shipments", {"lines": PARCEL["lines"]})
    assert (refused.status_code, refused.json()["refusals"][0]["code"]) == (409, "CARRIER")
    asked = {"label_bought_at_amazon": True, "lines": PARCEL["lines"]}
    made = post(api, order, "shipments", asked)
    assert (made.status_code, made.json()["amazon"]["way"]) == (201, "READ_BACK")


def test_codes_of_units_are_at_most_as_many_as_units(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    api = as_role(Role.MERCHANT, store)
    line = {"sku": "MUG-1", "quantity": 1}
    for codes in (["A", "B"], ["A", "A"]):
        answer = post(api, order, "shipments", {**PARCEL, "lines": [{**line, "transparency_codes": codes}]})
        assert (answer.status_code, answer.json()["refusals"][0]["code"]) == (409, "UNIT_CODES")
    made = post(api, order, "shipments", {**PARCEL, "lines": [{**line, "transparency_codes": ["A"]}]})
    assert made.status_code == 201
    assert Shipment.objects.get().lines.get().unit_codes == ["A"]


def test_a_day_is_one_of_the_stores_time_zone_and_not_before_the_purchase(as_role: ClientOf) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 3))
    seattle = ZoneInfo("America/Los_Angeles")
    # Bought in the evening of the 19th in Seattle, which is the 20th in UTC.
    Order.objects.filter(pk=order.pk).update(purchased_at=datetime(2026, 11, 20, 3, tzinfo=UTC))
    api = as_role(Role.MERCHANT, store)
    for day, shipped_at in (
        ("2026-11-19", "2026-11-20T03:00:00Z"),
        ("2026-11-20", "2026-11-20T20:00:00Z"),
        ("2026-11-20T08:30", "2026-11-20T16:30:00Z"),
    ):
        answer = post(api, order, "shipments", {**PARCEL, "tracking_number": day, "shipped_at": day})
        assert (answer.status_code, answer.json()["shipped_at"]) == (201, shipped_at)
    today = timezone.now().astimezone(seattle).date()
    tomorrow = today + timedelta(days=1)
    for day, said in (
        ("2026-11-18", "The ship date 2026-11-18 lies before the purchase, which was on 2026-11-19."),
        (
            f"{tomorrow}",
            f"The ship date {tomorrow} lies in the future: it is {today} in the store's time zone.",
        ),
    ):
        answer = post(api, order, "shipments", {**PARCEL, "shipped_at": day})
        assert (answer.status_code, answer.json()["errors"]["shipped_at"]) == (400, [said])
