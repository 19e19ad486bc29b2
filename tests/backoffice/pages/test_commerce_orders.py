"""The Commerce orders as a worklist."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from commerce.orders import holds
from integration.models import Role
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import Element, read, rows
from tests.factories import amazon, commerce

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def shown(client: Client, query: str = "") -> list[str]:
    """The numbers on the page, in order."""
    page = read(client.get(f"/commerce-orders/{query}").content)
    return [row.attributes["data-order"] for row in rows(page)] if page.all("tbody") else []


def listed(client: Client, query: str = "") -> Element:
    return read(client.get(f"/commerce-orders/{query}").content)


def test_what_must_go_out_comes_first_with_its_clock(sign_in: SignIn) -> None:
    store, mug, now = amazon.store(), workshop.product(), timezone.now()
    calm = workshop.place(store, (mug, 1), ship_by=now + timedelta(days=3, minutes=5))
    late = workshop.place(store, (mug, 2), ship_by=now - timedelta(hours=3))
    soon = workshop.place(store, (mug, 1), ship_by=now + timedelta(hours=5))
    client = sign_in(Role.MERCHANT, store)
    assert shown(client) == [late.number, soon.number, calm.number]
    page = listed(client)
    pills = [
        (pill.attributes["class"], pill.words)
        for pill in page.one("tbody").all("span")
        if "pill" in pill.attributes.get("class", "")
    ]
    assert ("pill pill-bad", "Late by 3 h") in pills
    assert ("pill pill-warn", "5 h left") in pills
    assert ("pill", "3 days left") in pills
    assert "3 orders to ship, 1 late, 1 due within a day" in page.one("main").words


def test_orders_on_hold_and_all_orders_have_their_own_lists(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    held, pending, open_ = (workshop.place(store, (mug, 1), is_paid=paid) for paid in (True, False, True))
    holds.hold(order_ids=[held.pk], reason="OTHER", now=amazon.NOW, by="maria")
    client = sign_in(Role.MERCHANT, store)
    assert shown(client) == [open_.number]
    assert shown(client, "?view=on-hold") == [held.number]
    assert set(shown(client, "?view=all")) == {held.number, pending.number, open_.number}
    assert shown(client, "?status=PENDING") == [pending.number]
    assert shown(client, "?view=all&status=PENDING") == [pending.number]


def test_a_buyer_who_asks_to_cancel_is_loud_until_the_order_has_left(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    asking = workshop.place(store, (mug, 1), is_cancel_requested=True)
    workshop.place(store, (mug, 1))
    client = sign_in(Role.MERCHANT, store)
    page = listed(client)
    assert page.one("div", role="alert").words.startswith("1 buyer asks to cancel.")
    assert "Buyer asks to cancel" in page.one("tr", **{"data-order": asking.number}).words
    assert shown(client, "?cancel=on") == [asking.number]
    asking.order_import.amazon_order.status = "SHIPPED"
    asking.order_import.amazon_order.save()
    assert "asks to cancel" not in listed(client).one("main").words


def test_the_list_is_filtered_by_number_text_and_store(sign_in: SignIn) -> None:
    here, there = amazon.store("Here"), amazon.store("There")
    mug, pan = workshop.product(), workshop.product("PAN-1")
    first, second = workshop.place(here, (mug, 1)), workshop.place(there, (pan, 1), (mug, 1))
    client = sign_in(Role.MERCHANT, here, there)
    assert shown(client, f"?number={first.number}") == [first.number]
    assert shown(client, f"?number={second.channel_reference}") == [second.number]
    assert shown(client, "?text=pan") == [second.number]
    assert shown(client, "?text=STONEWARE+mug") == sorted([first.number, second.number])
    page = listed(client, f"?store={there.pk}&text=mug")
    assert [row.attributes["data-order"] for row in rows(page)] == [second.number]
    chips = page.one("ul", **{"aria-label": "Filters in force"}).words
    assert "Store: There" in chips
    assert "SKU or product: mug" in chips
    assert "No order fits" in listed(client, "?text=nothing").one("main").words


def test_only_the_viewers_orders_are_counted_and_shown(sign_in: SignIn) -> None:
    mine, other, mug = amazon.store(), amazon.store(), workshop.product()
    shows = workshop.place(mine, (mug, 1))
    workshop.place(other, (mug, 1))
    client = sign_in(Role.MERCHANT, mine)
    assert shown(client) == [shows.number]
    assert "1 order to ship" in listed(client).one("main").words
    assert shown(client, f"?store={other.pk}") == [shows.number]


@pytest.mark.parametrize("view", ["", "all"])
def test_pages_follow_each_other_without_gap(view: str, sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product(on_hand=200)
    for _ in range(52):
        order = workshop.place(store, (mug, 1), ship_by=None)
        assert order.ship_by is None
    client = sign_in(Role.MERCHANT, store)
    first = listed(client, f"?view={view}" if view else "")
    pager = first.one("nav", **{"aria-label": "Pages"})
    (onward,) = [link for link in pager.all("a") if link.words == "Next"]
    second = read(client.get(onward.attributes["href"]).content)
    numbers = [row.attributes["data-order"] for page in (first, second) for row in rows(page)]
    assert len(numbers) == len(set(numbers)) == 52
    (back,) = [
        link for link in second.one("nav", **{"aria-label": "Pages"}).all("a") if link.words == "Previous"
    ]
    again = read(client.get(back.attributes["href"]).content)
    assert [row.attributes["data-order"] for row in rows(again)] == numbers[:50]


@pytest.mark.parametrize(
    "query",
    [
        "?after=x",
        "?after=-~0",
        "?before=2026-01-01~5",
        "?after=2026-11-20T00:00:00Z~99999999999999999999",
        "?view=nothing",
        "?store=x",
        "?status=PAID",
    ],
)
def test_an_address_that_makes_no_sense_is_the_first_page(query: str, sign_in: SignIn) -> None:
    store = amazon.store()
    order = workshop.place(store, (workshop.product(), 1))
    assert shown(sign_in(Role.MERCHANT, store), query) == [order.number]


def test_an_empty_shop_says_so(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMIN)
    commerce.commerce_store()
    for query, words in (
        ("", "Nothing to ship"),
        ("?view=on-hold", "No order is on hold"),
        ("?view=all", "No Commerce orders yet"),
    ):
        assert words in listed(client, query).one("main").words
