"""Pages made for printing."""

from collections.abc import Callable

import pytest
from django.test import Client

from commerce.models import Invoice
from integration.models import Role
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import read
from tests.backoffice.pages.workshop import ship
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def test_an_invoice_shows_what_was_charged(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 2))
    path = f"/commerce-orders/{order.number}/invoice/"
    paper = read(sign_in(Role.MERCHANT, store).get(path).content).one("article").words
    for words in (
        f"Invoice {order.invoice.number}",
        "Ada Byron",
        "1 Mill Lane",
        "Stoneware MUG-1",
        "$32.05",
        "$2.06",
    ):
        assert words in paper
    hidden = read(sign_in(Role.OPERATOR, store).get(path).content).one("article").words
    assert "Ada" not in hidden
    assert "$32.05" in hidden
    Invoice.objects.all().delete()
    assert sign_in(Role.MERCHANT, store).get(path).status_code == 404


def test_slips_have_address_and_gift_message_and_no_price(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    first, second = workshop.place(store, (mug, 2)), workshop.place(store, (mug, 1), is_cancel_requested=True)
    ship(first, units=1)
    path = f"/warehouse/packing-slips/?order={first.pk}&order={second.pk}&order=x"
    page = read(sign_in(Role.MERCHANT, store).get(path).content)
    papers = [paper.words for paper in page.all("article")]
    assert [paper.count("Stoneware MUG-1") for paper in papers] == [1, 1, 1]
    assert "1Z999" in papers[0]
    assert all("1 Mill Lane" in paper and "Happy birthday, Grace!" in paper for paper in papers)
    assert "$" not in " ".join(papers)
    (warning,) = page.all("div", role="alert")
    assert warning.words.startswith("1 buyer asks to cancel.")
    assert second.channel_reference in warning.words


def test_an_operators_slip_names_nobody(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    for path in (
        f"/warehouse/packing-slips/?order={order.pk}",
        f"/commerce-orders/{order.number}/packing-slip/",
    ):
        page = read(sign_in(Role.OPERATOR, store).get(path).content).one("main").words
        assert "Stoneware MUG-1" in page
        for words in ("Ada", "Mill Lane", "Grace"):
            assert words not in page


def test_a_pick_list_says_what_to_take_from_where(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    pan = workshop.product("PAN-1", manage_stock=False)
    first, second = workshop.place(store, (mug, 2)), workshop.place(store, (mug, 1), (pan, 1))
    path = f"/warehouse/pick-list/?order={first.pk}&order={second.pk}"
    page = read(sign_in(Role.MERCHANT, store).get(path).content)
    paper = page.one("article")
    assert (
        f"3MUG-1Stoneware MUG-1{first.number} (2), {second.number}"
        in paper.one("section", **{"aria-label": "Main"}).words
    )
    assert "PAN-1" in paper.one("section", **{"aria-label": "Without a reservation"}).words


def test_orders_of_other_stores_are_not_printed(sign_in: SignIn) -> None:
    order = workshop.place(amazon.store(), (workshop.product(), 1))
    client = sign_in(Role.MERCHANT, amazon.store())
    assert "Nothing to pick" in read(client.get(f"/warehouse/pick-list/?order={order.pk}").content).words
    assert "Nothing to print" in read(client.get(f"/warehouse/packing-slips/?order={order.pk}").content).words
    for paper in ("invoice", "packing-slip", "credit-memos/1"):
        assert client.get(f"/commerce-orders/{order.number}/{paper}/").status_code == 404


def test_a_credit_memo_belongs_to_its_order(sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    assert (
        sign_in(Role.MERCHANT, store).get(f"/commerce-orders/{order.number}/credit-memos/7/").status_code
        == 404
    )
