"""Columns and saved views of All Orders: each person's own, and never a buyer's name among them."""

from collections.abc import Callable

import pytest
from django.test import Client

from integration.models import Role, SavedView
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon

SignIn = Callable[..., Client]
SAVE = "/orders/views/save/"


def heading(page: Element) -> list[str]:
    return [cell.words for cell in page.one("thead").all("th")]


def test_columns_are_chosen_for_oneself_and_kept(sign_in: SignIn) -> None:
    store = amazon.store("Harbor")
    order = amazon.order(store, state="IMPORTED")
    client, other = sign_in(Role.MERCHANT, store), sign_in(Role.MERCHANT, store)
    usual = heading(read(client.get("/orders/").content))
    answer = client.post(
        "/orders/columns/",
        {"column": ["total", "commerce", "store", "nonsense"], "next": "/orders/?state=IMPORTED"},
    )
    assert answer.headers["Location"] == "/orders/?state=IMPORTED"
    page = read(client.get("/orders/").content)
    assert heading(page) == ["Order Number", "Commerce order", "Store", "Total"]
    assert order.order_import.commerce_order is not None
    cells = [cell.words for cell in page.one("tbody").one("tr").all("td")]
    assert cells[1:] == [order.order_import.commerce_order.number, "Harbor", "$24.98"]
    assert heading(read(other.get("/orders/").content)) == usual
    # The store's own list has all of them.
    assert "Order Notes" in heading(
        read(client.get(f"/stores/{store.pk}/").content).one("section", id="recent-orders")
    )
    client.post("/orders/columns/", {"usual": "1"})
    assert heading(read(client.get("/orders/").content)) == usual


def test_a_view_is_saved_shown_replaced_and_removed(sign_in: SignIn) -> None:
    store = amazon.store()
    client = sign_in(Role.MERCHANT, store)
    query = "state=BLOCKED&ordering=-total&cursor=abc"
    answer = client.post(SAVE, {"name": "  Dear and  stuck ", "query": query})
    assert answer.headers["Location"] == "/orders/?state=BLOCKED&ordering=-total"
    page = read(client.get("/orders/?ordering=-total&state=BLOCKED").content)
    views = page.one("nav", **{"aria-label": "Saved views"})
    assert [(link.words, "aria-current" in link.attributes) for link in views.all("a")] == [
        ("All", False),
        ("Dear and stuck", True),
    ]
    client.post(SAVE, {"name": "Dear and stuck", "query": "state=WAITING"})
    view = SavedView.objects.get()
    assert view.query == "state=WAITING"
    assert not read(sign_in(Role.MERCHANT, store).get("/orders/").content).all(
        "nav", **{"aria-label": "Saved views"}
    )
    sign_in(Role.MERCHANT, store).post(f"/orders/views/{view.pk}/remove/")
    assert SavedView.objects.exists()
    client.post(f"/orders/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()


def test_a_view_never_holds_a_buyer(sign_in: SignIn) -> None:
    client = sign_in(Role.MERCHANT, amazon.store())
    page = read(client.post("/orders/", {"filters": "1", "buyer": "Ada", "state": "BLOCKED"}).content)
    form = page.one("form", action=SAVE)
    assert form.one("input", name="query").attributes["value"] == "state=BLOCKED"
    client.post(SAVE, {"name": "Hers", "query": "state=BLOCKED&buyer=Ada"})
    assert SavedView.objects.get().query == "state=BLOCKED"


@pytest.mark.parametrize("name", ["", "  ", "x" * 41])
def test_a_view_needs_a_name(name: str, sign_in: SignIn) -> None:
    client = sign_in(Role.MERCHANT, amazon.store())
    answer = client.post(SAVE, {"name": name, "query": ""}, follow=True)
    assert "needs a name" in read(answer.content).words
    assert not SavedView.objects.exists()
