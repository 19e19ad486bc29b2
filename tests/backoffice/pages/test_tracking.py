"""Tracking numbers by CSV: preview, then shipping."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commerce.models import Shipment
from integration.models import Role, ShipmentConfirmation
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db
HEAD = "order_number,amazon_order_id,carrier,tracking_number,shipped_at,sku,quantity\n"


def preview(client: Client, text: str) -> Element:
    answer = client.post("/warehouse/tracking/", {"text": text})
    assert answer.status_code == 200
    return read(answer.content).one("main")


def test_a_file_is_shown_first_and_then_shipped(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    rings: list[str] = []
    monkeypatch.setattr("integration.tasks.wake_confirm", lambda: rings.append("confirm"))
    store, mug, pan = amazon.store(), workshop.product(), workshop.product("PAN-1")
    whole, part = workshop.place(store, (mug, 2)), workshop.place(store, (mug, 1), (pan, 3))
    text = (
        f"{HEAD}{whole.number},,ups,1Z1,,,\n"
        f",{part.channel_reference},Grandpa's van,V1,2026-11-20,PAN-1,2\n"
        f",{part.channel_reference},Grandpa's van,V1,2026-11-20,MUG-1,1\n"
    )
    client = sign_in(Role.MERCHANT, store)
    sent = SimpleUploadedFile("tracking.csv", text.encode("utf-8-sig"))
    page = read(client.post("/warehouse/tracking/", {"file": sent}).content).one("main")
    assert page.one("h2", id="planned").words == "2 orders to ship in 2 packages"
    assert "in part" in page.words
    assert not Shipment.objects.exists()
    answer = client.post("/warehouse/tracking/ship/", {"text": page.one("textarea").text}, follow=True)
    assert "2 packages of 2 orders shipped. Amazon is told." in read(answer.content).words
    parcels = {row.tracking_number: row for row in Shipment.objects.prefetch_related("lines")}
    assert {number: (row.carrier_code, row.carrier) for number, row in parcels.items()} == {
        "1Z1": ("UPS", "UPS"),
        "V1": ("Other", "Grandpa's van"),
    }
    assert sorted(line.quantity for line in parcels["V1"].lines.all()) == [1, 2]
    assert f"{parcels['V1'].shipped_at:%F}" == "2026-11-20"
    assert ShipmentConfirmation.objects.count() == 2
    assert rings == ["confirm"]


def test_bad_lines_are_told_by_their_numbers_and_the_others_can_go(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    good, other = workshop.place(store, (mug, 1)), workshop.place(amazon.store(), (mug, 1))
    pending, twice = workshop.place(store, (mug, 1), is_paid=False), workshop.place(store, (mug, 2))
    text = (
        f"{HEAD.strip()},color\n"
        f"{good.number},,UPS,1Z1,,,,blue\n"
        f"{other.number},,UPS,1Z2,,,\n"
        f"{pending.number},,UPS,1Z3,,,\n"
        ",,UPS,1Z4,,,\n"
        f"{good.number}x,,,,soon,,5\n"
        "\n"
        f"{twice.number},,UPS,1Z7,,,\n"
        f"{twice.number},,UPS,1Z8,,,\n"
        f"{good.number},111,UPS,1Z9,,,\n"
    )
    page = preview(sign_in(Role.MERCHANT, store), text)
    assert "Columns that nobody knows are passed over: color." in page.words
    rows = page.one("section", id="faults-card").one("tbody").all("tr")
    faults = [" ".join(cell.words for cell in row.all("td")) for row in rows]
    for words in (
        f"3 There is no Commerce order {other.number}.",
        f"4 {pending.number} is Pending and cannot be shipped.",
        "5 No order is named.",
        "6 The carrier is missing.",
        "6 The tracking number is missing.",
        "6 A quantity needs a sku.",
        "6 'soon' is no day such as 2026-11-20.",
        f"8 {twice.number} is named 2 times: say with sku and quantity what goes where.",
        f"10 {good.number} is not the order of Amazon's 111.",
    ):
        assert words in faults
    assert page.one("h2", id="planned").words == "1 order to ship in 1 package"


def test_too_many_units_unknown_skus_and_what_left_already_are_refused(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 2))
    client = sign_in(Role.MERCHANT, store)
    for cells, words in (
        ("MUG-1,3", "MUG-1: 3 cannot be shipped, 2 are left to ship."),
        ("NOPE,1", f"{order.number} has no NOPE."),
        ("MUG-1,0", "'0' is no quantity"),
    ):
        assert words in preview(client, f"{HEAD}{order.number},,UPS,1Z1,,{cells}\n").words
    client.post("/warehouse/tracking/ship/", {"text": f"{HEAD}{order.number},,UPS,1Z1,,,\n"})
    answer = client.post(
        "/warehouse/tracking/ship/", {"text": f"{HEAD}{order.number},,UPS,1Z1,,,\n"}, follow=True
    )
    assert "Not shipped: Line 2:" in read(answer.content).words
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("order_number;carrier\n1;UPS\n", "The heading has no column tracking_number."),
        ("carrier,tracking_number\n", "The heading has no column order_number or amazon_order_id."),
        ('order_number,carrier,tracking_number\n"1', "The carrier is missing."),
    ],
)
def test_a_file_that_makes_no_sense_says_why(text: str, words: str, sign_in: SignIn) -> None:
    assert words in preview(sign_in(Role.ADMIN), text).words


def test_nothing_sent_is_refused(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMIN)
    empty: dict[str, Any] = {"text": " "}
    answer = client.post("/warehouse/tracking/", empty)
    assert answer.status_code == 422
    assert "Choose a file, or paste its lines." in read(answer.content).words


def test_a_sheet_to_fill_in_holds_what_is_left(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2), (workshop.product("=PAN"), 1))
    hidden = workshop.place(amazon.store(), (workshop.product("POT"), 1))
    client = sign_in(Role.MERCHANT, store)
    sheet = client.get(f"/warehouse/tracking/sheet.csv?order={order.pk}&order={hidden.pk}").content.decode()
    number, reference = order.number, order.channel_reference
    assert sheet.splitlines() == [
        HEAD.strip(),
        f"{number},{reference},,,,MUG-1,2",
        f"{number},{reference},,,,'=PAN,1",
    ]
    filled = sheet.replace(f"{reference},,,", f"{reference},UPS,1Z1,")
    assert preview(client, filled).one("h2", id="planned").words == "1 order to ship in 1 package"


def test_a_long_file_costs_no_more_statements(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product(on_hand=100)
    orders = [workshop.place(store, (mug, 1)) for _ in range(12)]
    client = sign_in(Role.MERCHANT, store)
    counts = []
    for some in (orders[:1], orders):
        text = HEAD + "".join(f"{order.number},,UPS,1Z{order.pk},,,\n" for order in some)
        with CaptureQueriesContext(connection) as asked:
            preview(client, text)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_only_those_who_fulfill_send_files(sign_in: SignIn) -> None:
    operator = sign_in(Role.OPERATOR)
    assert operator.get("/warehouse/tracking/").status_code == 403
    assert operator.post("/warehouse/tracking/ship/").status_code == 403
    assert operator.get("/warehouse/tracking/sheet.csv").status_code == 403
