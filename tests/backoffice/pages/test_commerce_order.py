"""The page of a Commerce order, and the small things a person does on it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from commerce.models import Invoice, Order, OrderComment
from commerce.orders import cancellations, custom_statuses
from integration.models import Cancellation, Role, ShipmentConfirmation
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import Element, read
from tests.backoffice.pages.workshop import ship
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def page_of(client: Client, order: Order) -> Element:
    answer = client.get(f"/commerce-orders/{order.number}/")
    assert answer.status_code == 200
    return read(answer.content).one("main")


def do(client: Client, order: Order, what: str, **fields: object) -> Element:
    answer = client.post(f"/commerce-orders/{order.number}/{what}/", fields, follow=True)
    return read(answer.content)


def test_it_says_what_to_do_next(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 2), ship_by=timezone.now())
    page = page_of(sign_in(Role.MERCHANT, store), order)
    assert page.one("section", **{"aria-label": "What to do next"}).words.startswith(
        "Ship it now: 2 units to go."
    )
    assert page.one("a", href=f"/commerce-orders/{order.number}/ship/").words == "Ship"
    assert "Happy birthday, Grace!" not in page.words
    assert "Happy birthday, Grace!" in do(sign_in(Role.MERCHANT, store), order, "reveal").words
    assert "Ada Byron" in page.words


def test_its_history_begins_with_the_placing(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    do(client, order, "hold", reason="OTHER")
    entries = [
        entry.words for entry in page_of(client, order).one("ol", **{"class": "timeline-list"}).all("li")
    ]
    assert len(entries) == 2
    invoice = Invoice.objects.get(order=order)
    placed = f"Placed from Amazon order {order.channel_reference}; invoice {invoice.number}."
    assert entries[-1].startswith(placed)


def test_a_buyers_wish_to_cancel_stands_first(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1), is_cancel_requested=True)
    page = page_of(sign_in(Role.MERCHANT, store), order)
    assert page.one("div", role="alert").words.startswith("The buyer asks to cancel this order.")
    assert page.all("section", **{"aria-label": "What to do next"}) == []


def test_an_order_is_held_and_goes_on(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    page = do(client, order, "hold", reason="ADDRESS_TO_CHECK")
    assert "is on hold: The address is to be checked." in page.words
    assert "On hold: The address is to be checked." in page.one("main").words
    order.refresh_from_db()
    assert order.status == "ON_HOLD"
    assert "cannot be put on hold" in do(client, order, "hold", reason="OTHER").words
    assert "is off hold" in do(client, order, "unhold").words
    order.refresh_from_db()
    assert order.status == "PROCESSING"


def test_a_hold_needs_one_of_the_reasons(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    answer = sign_in(Role.MERCHANT, store).post(
        f"/commerce-orders/{order.number}/hold/", {"reason": "free text"}
    )
    assert answer.status_code == 422
    assert b"Select a valid choice" in answer.content


def test_comments_are_written_and_read_by_those_who_may_see_people(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    page = do(client, order, "comments", text="Mrs Byron called.\nWants it blue.")
    assert "The comment is written." in page.words
    assert "Mrs Byron called." in page.one("section", id="comments").words
    answer = client.post(f"/commerce-orders/{order.number}/comments/", {"text": " "})
    assert answer.status_code == 422
    assert OrderComment.objects.count() == 1
    assert "Byron" not in page_of(sign_in(Role.OPERATOR, store), order).words


def test_an_order_bears_the_shops_own_name_for_its_state(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    custom_statuses.define(code="packing", label="In packing")
    client = sign_in(Role.MERCHANT, store)
    assert "is packing now" in do(client, order, "status", code="packing").words
    order.refresh_from_db()
    assert order.custom_status == "packing"
    assert client.post(f"/commerce-orders/{order.number}/status/", {"code": "nope"}).status_code == 422


def test_amazon_is_asked_to_cancel_and_the_order_is_held_meanwhile(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1), is_cancel_requested=True)
    client = sign_in(Role.MERCHANT, store)
    form = page_of(client, order).one("form", id="cancel")
    assert form.attributes["data-confirm-title"] == f"Cancel order {order.number}?"
    page = do(client, order, "cancel", reason="BuyerCanceled")
    assert f"Amazon is asked to cancel {order.number}." in page.words
    assert Cancellation.objects.get().reason == "BuyerCanceled"
    order.refresh_from_db()
    assert order.status == "ON_HOLD"
    panel = page.one("section", id="amazon").words
    assert "CancellationTo be sent to Amazon Buyer Canceled" in panel
    assert page.all("form", id="cancel") == []
    assert page.all("a", href=f"/commerce-orders/{order.number}/ship/") == []
    assert "wait for its answer" in do(client, order, "unhold").words
    assert (
        client.post(f"/commerce-orders/{order.number}/cancel/", {"reason": "BuyerCanceled"}).status_code
        == 422
    )


def test_a_cancellation_needs_a_reason_of_amazons(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    for reason in ("", "Because"):
        answer = client.post(f"/commerce-orders/{order.number}/cancel/", {"reason": reason})
        assert answer.status_code == 422
        assert read(answer.content).one("form", id="cancel").all("ul")
    assert not Cancellation.objects.exists()


def test_a_refused_cancellation_is_shown_with_amazons_words_until_it_is_settled(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    do(client, order, "cancel", reason="NoInventory")
    Cancellation.objects.update(state="REFUSED", refusal="The order is being packed.")
    page = page_of(client, order)
    assert "Refused by Amazon" in page.one("section", id="amazon").words
    assert "Amazon: The order is being packed." in page.words
    settled = do(client, order, "cancel/settle").one("section", id="amazon")
    assert "Refused by Amazon, settled" in settled.words
    assert settled.all("form") == []


def test_a_refused_parcel_is_corrected_sent_again_or_settled(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    client = sign_in(Role.MERCHANT, store)
    shipment = ship(order, units=1)
    ShipmentConfirmation.objects.update(
        state="REFUSED", refusal="The tracking number is invalid.", sent_at=amazon.NOW, due_at=None
    )
    page = page_of(client, order)
    assert page.one("section", **{"aria-label": "What to do next"}).attributes["class"].endswith("tone-bad")
    assert "Amazon: The tracking number is invalid." in page.words
    do(client, order, f"shipments/{shipment}/send-again")
    assert ShipmentConfirmation.objects.get().state == "OWED"
    ShipmentConfirmation.objects.update(
        state="DIFFERS", due_at=None, differences=[{"what": "carrier", "ours": "UPS", "amazons": "DHL"}]
    )
    assert "carrier: here UPS, at Amazon DHL" in page_of(client, order).words
    page = do(client, order, f"shipments/{shipment}/settle").one("main")
    assert "Amazon shows something else, settled" in page.words
    other = workshop.place(store, (workshop.product("PAN"), 1))
    assert client.post(f"/commerce-orders/{other.number}/shipments/{shipment}/settle/").status_code == 404


def test_money_shows_the_gap_who_remits_the_tax_and_a_void_invoice(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    assert "You remit this tax" in page_of(client, order).words
    item = order.order_import.amazon_order.items.get()
    item.details = {
        "tax_collected_by": ["MARKETPLACE_FACILITATOR"],
        "tax_responsible": ["Amazon Services, Inc."],
    }
    item.save()
    Order.objects.update(grand_total=Decimal("18.53"))
    page = page_of(client, order)
    assert "Amazon collects this tax as marketplace facilitator and remits it" in page.words
    assert "(responsible: Amazon Services, Inc.)" in page.words
    assert "Does not add up" in page.words
    assert "miss Amazon's own total by $0.01" in page.words
    with transaction.atomic():
        cancellations.cancel(order_ids=[order.pk], now=amazon.NOW)
    assert Invoice.objects.get().voided_at is not None
    assert "Invoice void" in page_of(client, order).words


def test_a_yen_order_shows_no_sen(sign_in: SignIn) -> None:
    store = amazon.store(marketplace="JP")
    order = workshop.place(store, (workshop.product(), 1))
    Order.objects.update(currency="JPY", items_total=1994, tax_total=199, shipping_total=0, grand_total=2193)
    page = page_of(sign_in(Role.MERCHANT, store), order)
    assert "¥2,193" in page.one("dl", **{"class": "card-inner facts facts-money"}).words
    assert "Does not add up" not in page.words


@pytest.mark.parametrize(
    "what",
    [
        "hold",
        "unhold",
        "comments",
        "status",
        "cancel",
        "cancel/settle",
        "shipments/1/settle",
        "shipments/1/send-again",
        "refunds/1/settle",
        "refunds/1/send-again",
    ],
)
def test_an_operator_changes_nothing_and_a_stranger_finds_nothing(what: str, sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    path = f"/commerce-orders/{order.number}/{what}/"
    assert sign_in(Role.OPERATOR, store).post(path).status_code == 403
    assert sign_in(Role.MERCHANT, amazon.store()).post(path).status_code == 404
    assert sign_in(Role.MERCHANT, store).get(path).status_code == 405
