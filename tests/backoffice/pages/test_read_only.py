"""Read-only mode on screen: a banner on every page, and a page where an admin switches it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integration.installation import key_check, read_only
from integration.models import OrderRequest, Role
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def banner(client: Client, path: str = "/") -> list[Element]:
    return read(client.get(path).content).all("div", **{"data-system-message": "READ_ONLY"})


def test_the_banner_stands_on_every_page_for_everybody_while_it_is_on(sign_in: SignIn) -> None:
    store = amazon.store("Mugs")
    order = amazon.order(store, state="BLOCKED")
    merchant, admin = sign_in(Role.MERCHANT, store), sign_in()
    assert banner(admin) == []
    read_only.switch_on(by="kim", now=timezone.now())
    for path in ("/", "/orders/", f"/orders/{order.amazon_order_id}/", "/messages/", "/accounts/2fa/"):
        for client in (merchant, admin):
            [shown] = banner(client, path)
            assert "Read-only mode was switched on by kim: nothing is said to Amazon" in shown.words
            links = [link.attributes["href"] for link in shown.all("a")]
            assert links == (["/read-only/"] if client is admin else [])
    # The banner of blocked orders stays as it is.
    page = read(admin.get("/").content)
    assert page.one("p", id="system-message").text.endswith("Mugs")
    read_only.switch_off(by="kim", now=timezone.now())
    assert banner(merchant) == []


def test_an_admin_switches_it_on_and_off_with_a_box_that_names_the_stores(sign_in: SignIn) -> None:
    amazon.store("Harbor")
    amazon.store("Linden")
    amazon.store("Closed", is_active=False)
    admin = sign_in()
    assert "It is off" in read(admin.get("/read-only/").content).words

    assert admin.post("/read-only/on/").status_code == 303
    assert read_only.is_on()
    page = read(admin.get("/read-only/").content)
    assert "for Harbor, Linden. What came in meanwhile is fetched then." in page.words
    assert "Closed" not in page.one("main").words

    refused = admin.post("/read-only/off/")
    assert refused.status_code == 422
    assert "Tick the box" in read(refused.content).words
    assert read_only.is_on()
    assert admin.post("/read-only/off/", {"is_meant": "on"}).status_code == 303
    assert not read_only.is_on()


def test_a_copy_says_whose_database_it_is_and_becomes_its_own(sign_in: SignIn, settings: Settings) -> None:
    key_check.check_keys()
    settings.INSTALLATION_ID = "the-copy"
    amazon.store("Harbor")
    admin = sign_in()
    words = read(admin.get("/read-only/").content).words
    assert "It is on by itself" in words
    assert "This is installation the-copy" in words
    assert "be sure that it has ended" in words
    admin.post("/read-only/off/", {"is_meant": "on"})
    assert banner(admin) == []


@pytest.mark.parametrize("path", ["/read-only/on/", "/read-only/off/"])
def test_nobody_else_switches_it(path: str, sign_in: SignIn) -> None:
    store = amazon.store()
    for role in (Role.MERCHANT, Role.OPERATOR):
        assert sign_in(role, store).post(path, {"is_meant": "on"}).status_code == 403
    assert not read_only.is_on()


def test_more_stores_than_a_person_reads_are_counted(sign_in: SignIn) -> None:
    for number in range(23):
        amazon.store(f"Store {number:02d}")
    words = read(sign_in().get("/read-only/").content).words
    assert "Store 19 and 3 more stores" in words


def test_a_wish_is_noted_and_says_when_amazon_is_asked(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="WAITING")
    admin = sign_in()
    read_only.switch_on(by="kim", now=timezone.now())
    answer = admin.post(f"/orders/{order.amazon_order_id}/refresh/", follow=True)
    assert "as soon as read-only mode ends" in read(answer.content).words
    assert OrderRequest.objects.get().amazon_order_id == order.amazon_order_id


def test_the_stores_pages_say_how_long_the_authorization_holds(sign_in: SignIn) -> None:
    store = amazon.store()
    page = sign_in().get(f"/stores/{store.pk}/settings/")
    assert "authorized until Oct 21, 2027" in read(page.content).words
