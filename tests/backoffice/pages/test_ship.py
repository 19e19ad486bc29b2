"""Shipping from a page: one package, several, in part; corrections; without JavaScript."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from amazon_orders.models import AmazonOrderItem
from commerce.models import Order, Shipment
from integration.models import Role, ShipmentConfirmation
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import read
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr("integration.tasks.wake_confirm", lambda: heard.append("confirm"))
    return heard


def package(place: int, units: dict[int, int], **fields: Any) -> dict[str, Any]:
    said = {
        "carrier": "UPS",
        "carrier_name": "",
        "tracking_number": f"1Z{place}",
        "service": "",
        "shipped_on": "",
    }
    said |= fields
    return {
        **{f"p{place}-{name}": value for name, value in said.items()},
        **{f"p{place}-line-{line}": quantity for line, quantity in units.items()},
    }


def post(client: Client, order: Order, *packages: dict[str, Any], step: str = "ship", **more: Any) -> Any:
    fields = {name: value for each in packages for name, value in each.items()}
    return client.post(
        f"/commerce-orders/{order.number}/ship/", {"step": step, "packages": len(packages), **fields, **more}
    )


def lines_of(order: Order) -> list[int]:
    return list(order.lines.order_by("position").values_list("pk", flat=True))


def summary(answer: Any) -> str:
    return read(answer.content).one("div", role="alert").words


def test_one_package_with_everything_is_offered_and_ships(sign_in: SignIn, rings: list[str]) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 3))
    client = sign_in(Role.MERCHANT, store)
    page = read(client.get(f"/commerce-orders/{order.number}/ship/").content)
    [line] = lines_of(order)
    assert page.one("input", name=f"p0-line-{line}").attributes["value"] == "3"
    answer = post(client, order, package(0, {line: 3}, service="Ground"))
    assert answer.status_code == 303
    shipment = Shipment.objects.get()
    assert (shipment.carrier_code, shipment.tracking_number, shipment.service) == ("UPS", "1Z0", "Ground")
    assert shipment.by.startswith("merchant-")
    assert ShipmentConfirmation.objects.get().state == "OWED"
    assert rings == ["confirm"]
    page = read(client.get(f"/commerce-orders/{order.number}/").content)
    assert f"1 package of {order.number} shipped. Amazon is told." in page.words
    assert "Amazon is to be told" in page.one("section", id="amazon").words


def test_several_packages_and_a_part_leave_at_once(sign_in: SignIn, rings: list[str]) -> None:
    store, mug, pan = amazon.store(), workshop.product(), workshop.product("PAN-1")
    order = workshop.place(store, (mug, 3), (pan, 2))
    first, second = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    packages = (
        package(0, {first: 2, second: 0}),
        package(1, {second: 1}, carrier="Grandpa's van"),
    )
    assert post(client, order, *packages).status_code == 303
    shipped = [
        (row.carrier_code, row.carrier, row.lines.get().quantity) for row in Shipment.objects.order_by("pk")
    ]
    assert shipped == [("UPS", "UPS", 2), ("Other", "Grandpa's van", 1)]
    page = read(client.get(f"/commerce-orders/{order.number}/").content)
    assert "2 units to go" in page.words
    assert ShipmentConfirmation.objects.count() == 2


def test_packages_are_added_and_taken_away_by_the_server(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 3))
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    more = read(post(client, order, package(0, {line: 2}, tracking_number=""), step="add").content)
    assert more.one("input", name="packages").attributes["value"] == "2"
    assert more.one("input", name=f"p0-line-{line}").attributes["value"] == "2"
    assert more.all("div", role="alert") == []
    assert more.all("ul", **{"class": "field-errors"}) == []
    packages = (package(0, {line: 2}), package(1, {line: 1}, tracking_number="KEPT"))
    fewer = read(post(client, order, *packages, step="take-0").content)
    assert fewer.one("input", name="packages").attributes["value"] == "1"
    assert fewer.one("input", name="p0-tracking_number").attributes["value"] == "KEPT"
    assert not Shipment.objects.exists()


def test_errors_stand_beside_their_fields_with_a_summary_on_top(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 3))
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    today = timezone.now().astimezone(UTC).date()
    packages = (
        package(0, {line: 4}, carrier="", tracking_number=""),
        package(1, {line: 0}, carrier="Other", shipped_on=today + timedelta(days=2)),
    )
    answer = post(client, order, *packages)
    assert answer.status_code == 422
    told = summary(answer)
    assert told.startswith("Nothing was shipped.")
    for words in (
        "Package 1: Carrier: This field is required.",
        "Package 1: Tracking number: Write the number, or tick that the package has none.",
        "Package 1: Units of MUG-1: Ensure this value is less than or equal to 3.",
        "Package 2: Carrier: Amazon wants the name",
        "Package 2: Ship date: A day from",
        "Package 2: Put at least one unit into the package",
    ):
        assert words in told
    assert not Shipment.objects.exists()


def test_more_than_is_left_over_all_packages_is_refused_at_the_line(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 3))
    [line] = lines_of(order)
    answer = post(sign_in(Role.MERCHANT, store), order, package(0, {line: 2}), package(1, {line: 2}))
    assert answer.status_code == 422
    assert "MUG-1: 2 cannot be shipped, 1 are left to ship." in summary(answer)
    assert not Shipment.objects.exists()


def test_only_whole_packs_leave(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 4), units_per_item=2)
    [line] = lines_of(order)
    answer = post(sign_in(Role.MERCHANT, store), order, package(0, {line: 3}))
    assert "3 is no whole number of packs of 2" in summary(answer)
    assert "in packs of 2" in read(answer.content).words


def test_who_ships_against_the_buyers_wish_must_say_so(sign_in: SignIn, rings: list[str]) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 1), is_cancel_requested=True)
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    page = read(client.get(f"/commerce-orders/{order.number}/ship/").content)
    assert "The buyer asks to cancel this order." in page.one("div", role="alert").words
    assert post(client, order, package(0, {line: 1})).status_code == 422
    assert not Shipment.objects.exists()
    assert post(client, order, package(0, {line: 1}), anyway="on").status_code == 303


def test_what_cannot_be_shipped_leads_back_to_the_order(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 1), is_paid=False)
    answer = sign_in(Role.MERCHANT, store).get(f"/commerce-orders/{order.number}/ship/", follow=True)
    assert "is Pending; nothing can be shipped now." in read(answer.content).words


def test_tracking_is_corrected_and_owed_again(sign_in: SignIn, rings: list[str]) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 1))
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    post(client, order, package(0, {line: 1}))
    shipment = Shipment.objects.get()
    ShipmentConfirmation.objects.update(
        state="REFUSED", refusal="Bad number.", sent_at=amazon.NOW, due_at=None
    )
    path = f"/commerce-orders/{order.number}/shipments/{shipment.pk}/tracking/"
    page = read(client.get(path).content)
    assert "Amazon refused it: Bad number." in page.words
    assert page.one("input", name="tracking_number").attributes["value"] == "1Z0"
    wrong = client.post(path, {"carrier": "", "tracking_number": ""})
    assert wrong.status_code == 422
    day = page.one("input", name="shipped_on").attributes["value"]
    said = {"carrier": "FedEx", "tracking_number": "7777", "service": "", "shipped_on": day}
    assert client.post(path, said).status_code == 303
    left = shipment.shipped_at
    shipment.refresh_from_db()
    assert (shipment.carrier, shipment.tracking_number, shipment.version) == ("FedEx", "7777", 2)
    assert shipment.shipped_at == left
    assert ShipmentConfirmation.objects.get().state == "OWED"


def test_a_parcel_that_amazon_told_of_is_not_corrected_here(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 1))
    other = Shipment.objects.create(order=order, shipped_at=amazon.NOW, created_at=amazon.NOW)
    client = sign_in(Role.MERCHANT, store)
    assert client.get(f"/commerce-orders/{order.number}/shipments/{other.pk}/tracking/").status_code == 404
    assert client.get(f"/commerce-orders/{order.number}/shipments/987/tracking/").status_code == 404


@pytest.mark.parametrize("path", ["ship", "refund", "shipments/1/tracking"])
def test_only_those_who_fulfill_get_the_forms(path: str, sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    assert sign_in(Role.OPERATOR, store).get(f"/commerce-orders/{order.number}/{path}/").status_code == 403
    assert (
        sign_in(Role.MERCHANT, amazon.store()).get(f"/commerce-orders/{order.number}/{path}/").status_code
        == 404
    )


def test_a_carrier_is_typed_by_any_of_its_names_in_the_stores_country(
    sign_in: SignIn, rings: list[str]
) -> None:
    store, mug = amazon.store(marketplace="UK"), workshop.product()
    order = workshop.place(store, (mug, 1))
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    page = read(client.get(f"/commerce-orders/{order.number}/ship/").content)
    offered = [option.attributes["value"] for option in page.one("datalist").all("option")]
    assert {"Hermes UK (Evri)", "Royal Mail"} <= set(offered[:40])
    assert len(offered) == 366
    assert page.one("input", name="p0-carrier").attributes["list"] == "carriers"
    assert post(client, order, package(0, {line: 1}, carrier="evri")).status_code == 303
    assert Shipment.objects.get().carrier_code == "Hermes UK"


def test_a_letter_without_a_number_is_said_to_have_none(sign_in: SignIn, rings: list[str]) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 1))
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    letter = package(0, {line: 1}, tracking_number="", carrier="USPS")
    assert post(client, order, letter).status_code == 422
    assert not Shipment.objects.exists()
    assert post(client, order, {**letter, "p0-is_untracked": "on"}).status_code == 303
    assert ShipmentConfirmation.objects.get().way == "FEED"


def test_a_label_of_amazons_needs_nothing_else(sign_in: SignIn, rings: list[str]) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 1))
    [line] = lines_of(order)
    client = sign_in(Role.MERCHANT, store)
    bought = package(0, {line: 1}, tracking_number="", carrier="")
    assert post(client, order, {**bought, "p0-has_channel_label": "on"}).status_code == 303
    assert (ShipmentConfirmation.objects.get().way, ShipmentConfirmation.objects.get().state) == (
        "READ_BACK",
        "SENT",
    )
    page = read(client.get(f"/commerce-orders/{order.number}/").content)
    assert "To be read back from Amazon" in page.one("section", id="amazon").words


def test_codes_that_amazon_misses_are_added_to_a_parcel_that_has_left(
    sign_in: SignIn, rings: list[str]
) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 2))
    [line] = lines_of(order)
    AmazonOrderItem.objects.update(details={"programs": ["TRANSPARENCY"]})
    client = sign_in(Role.MERCHANT, store)
    page = read(client.get(f"/commerce-orders/{order.number}/ship/").content)
    assert len(page.all("textarea", name=f"p0-codes-{line}")) == 1
    post(client, order, {**package(0, {line: 2}), f"p0-codes-{line}": "A1\nA2"})
    shipment = Shipment.objects.get()
    assert shipment.lines.get().unit_codes == ["A1", "A2"]
    path = f"/commerce-orders/{order.number}/shipments/{shipment.pk}/tracking/"
    said = {"carrier": "UPS", "tracking_number": "1Z0", f"codes-{line}": "A1 A1"}
    assert client.post(path, said).status_code == 422
    assert client.post(path, {**said, f"codes-{line}": "A1 B2"}).status_code == 303
    shipment.refresh_from_db()
    assert (shipment.version, shipment.lines.get().unit_codes) == (2, ["A1", "B2"])
    assert ShipmentConfirmation.objects.get().version == 2
