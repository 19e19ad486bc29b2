"""Giving money back from a page."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from commerce.models import CreditMemo, Order, StockItem
from integration.models import Adjustment, Role
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import read
from tests.backoffice.pages.workshop import ship
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr("integration.tasks.wake_feeds", lambda: heard.append("feeds"))
    return heard


def post(client: Client, order: Order, **fields: Any) -> Any:
    return client.post(
        f"/commerce-orders/{order.number}/refund/", {"reason": "CustomerReturn", "step": "review", **fields}
    )


def test_it_shows_what_can_still_be_given_back(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    page = read(sign_in(Role.MERCHANT, store).get(f"/commerce-orders/{order.number}/refund/").content)
    assert "$32.05 of $32.05 can still be given back." in page.words
    [row] = page.one("tbody").all("tr")
    assert [cell.words for cell in row.all("td")][:2] == ["MUG-1", "2$27.06"]
    assert page.one("input", name="alone_shipping").attributes["placeholder"] == "4.99"


def test_units_go_back_with_price_and_tax_and_into_stock_after_a_review(
    sign_in: SignIn, rings: list[str]
) -> None:
    store, mug = amazon.store(), workshop.product()
    order = workshop.place(store, (mug, 2))
    ship(order, units=2)
    [line] = order.lines.values_list("pk", flat=True)
    client = sign_in(Role.MERCHANT, store)
    asked = {f"units-{line}": 1, f"restock-{line}": 1, "source": "main", "alone_shipping": "1.00"}
    page = read(post(client, order, **asked).content)
    assert page.one("div", id="review").words.startswith("Refund total: $14.53 (Customer Return).")
    total = page.one("input", name="total").attributes["value"]
    assert not CreditMemo.objects.exists()
    assert post(client, order, step="refund", total=total, **asked).status_code == 303
    memo = CreditMemo.objects.get()
    assert (memo.items, memo.tax, memo.shipping, memo.total) == tuple(
        map(Decimal, ("12.50", "1.03", "1.00", "14.53"))
    )
    assert StockItem.objects.get(product=mug).on_hand == 19
    assert Adjustment.objects.get().state == "OWED"
    assert rings == ["feeds"]
    page = read(client.get(f"/commerce-orders/{order.number}/").content)
    assert "To be sent to Amazon" in page.one("section", id="refunds").words
    assert "Refunded with credit memo" in page.words
    paper = read(client.get(f"/commerce-orders/{order.number}/credit-memos/{memo.number}/").content)
    assert "Given back$14.53" in paper.one("article").words.replace(" $", "$")


def test_an_amount_can_be_given_back_instead_of_units(sign_in: SignIn, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    [line] = order.lines.values_list("pk", flat=True)
    asked = {f"price-{line}": "3.50", "step": "refund", "total": "3.50"}
    assert post(sign_in(Role.MERCHANT, store), order, **asked).status_code == 303
    memo = CreditMemo.objects.get()
    assert (memo.total, memo.lines.get().units) == (Decimal("3.50"), 0)


def test_everything_that_is_left_is_given_back(sign_in: SignIn, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    client = sign_in(Role.MERCHANT, store)
    assert b"Refund total: $32.05" in post(client, order, is_full="on").content
    assert post(client, order, is_full="on", step="refund", total="32.05").status_code == 303
    assert CreditMemo.objects.get().total == Decimal("32.05")
    answer = client.get(f"/commerce-orders/{order.number}/refund/", follow=True)
    assert "can be given back now" in read(answer.content).words


def test_a_total_that_nobody_has_seen_is_reviewed_first(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    client = sign_in(Role.MERCHANT, store)
    for total in ("", "99", "x"):
        answer = post(client, order, is_full="on", step="refund", total=total)
        assert b'id="review"' in answer.content
    assert not CreditMemo.objects.exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Say what is given back"),
        ({"reason": "", "is_full": "on"}, "Reason: This field is required."),
        ({"units": "3"}, "Ensure this value is less than or equal to 2."),
        ({"price": "25.01", "step": "refund", "total": "25.01"}, "25.01 of items is more than the"),
        ({"price": "0.001", "step": "refund", "total": "0.001"}, "USD has no such amount."),
    ],
)
def test_what_cannot_be_given_back_is_said_at_its_line(
    asked: dict[str, str], words: str, sign_in: SignIn
) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    [line] = order.lines.values_list("pk", flat=True)
    fields = {
        f"{name}-{line}" if name in ("units", "price") else name: value for name, value in asked.items()
    }
    answer = post(sign_in(Role.MERCHANT, store), order, **fields)
    assert answer.status_code == 422
    assert words in read(answer.content).one("div", role="alert").words
    assert not CreditMemo.objects.exists()


def test_a_refused_refund_is_asked_for_again_or_settled(sign_in: SignIn, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    post(client, order, is_full="on", step="refund", total="18.52")
    memo = CreditMemo.objects.get()
    Adjustment.objects.update(state="REFUSED", refusal="Order too old.")
    assert "Amazon: Order too old." in read(client.get(f"/commerce-orders/{order.number}/").content).words
    client.post(f"/commerce-orders/{order.number}/refunds/{memo.pk}/send-again/")
    assert Adjustment.objects.get().state == "OWED"
    Adjustment.objects.update(state="REFUSED", refusal="Order too old.")
    client.post(f"/commerce-orders/{order.number}/refunds/{memo.pk}/settle/")
    assert Adjustment.objects.get().settled_at is not None
    assert client.post(f"/commerce-orders/{order.number}/refunds/999/settle/").status_code == 404


def test_a_refused_refund_is_void(sign_in: SignIn, rings: list[str]) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, store)
    post(client, order, is_full="on", step="refund", total="18.52")
    memo = CreditMemo.objects.get()
    path = f"/commerce-orders/{order.number}/refunds/{memo.pk}/void/"
    client.post(path, {"reason": "AGREED"})
    memo.refresh_from_db()
    assert memo.voided_at is None
    Adjustment.objects.update(state="REFUSED", refusal="Order too old.")
    page = read(client.get(f"/commerce-orders/{order.number}/").content)
    assert "Void the credit memo" in page.words
    client.post(path, {"reason": "NONE"})
    memo.refresh_from_db()
    assert memo.voided_at is None
    client.post(path, {"reason": "AGREED"})
    memo.refresh_from_db()
    assert memo.void_reason == "AGREED"
    said = read(client.get(f"/commerce-orders/{order.number}/").content).words
    assert "Agreed with the buyer otherwise" in said
    assert "Void the credit memo" not in said
    assert (
        "(void)"
        in read(client.get(f"/commerce-orders/{order.number}/credit-memos/{memo.number}/").content).words
    )
    assert client.post(f"/commerce-orders/{order.number}/refunds/999/void/").status_code == 404
