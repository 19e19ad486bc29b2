from collections.abc import Callable

from django.test import Client

from integration.models import Role
from tests.backoffice.pages.reading import read
from tests.factories import amazon

SignIn = Callable[..., Client]
WORDS = (
    "Your Amazon store(s) has orders that cannot be imported into Commerce. "
    "See Recent Orders in the store dashboard(s): "
)


def test_it_stands_word_for_word_on_every_page(sign_in: SignIn) -> None:
    first, second = amazon.store("Harbor"), amazon.store("Linden & Loom")
    order = amazon.order(first, state="BLOCKED")
    amazon.order(second, state="BLOCKED")
    client = sign_in()
    for path in (
        "/",
        "/orders/",
        f"/orders/{order.amazon_order_id}/",
        "/products/",
        "/messages/",
        "/accounts/2fa/",
    ):
        banner = read(client.get(path).content).one("p", id="system-message")
        assert banner.text == f"{WORDS}Harbor, Linden & Loom"
        assert [(link.text, link.attributes["href"]) for link in banner.all("a")] == [
            ("Harbor", f"/stores/{first.pk}/"),
            ("Linden & Loom", f"/stores/{second.pk}/"),
        ]


def test_it_names_only_the_viewers_stores(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mine"), amazon.store("Other")
    amazon.order(mine, state="BLOCKED")
    amazon.order(other, state="BLOCKED")
    page = read(sign_in(Role.MERCHANT, mine).get("/orders/").content)
    assert page.one("p", id="system-message").text == f"{WORDS}Mine"


def test_it_is_gone_with_its_cause(sign_in: SignIn) -> None:
    store = amazon.store()
    for state in ("WAITING", "IMPORTED", "VIEW_ONLY", "SKIPPED", "CANCELED"):
        amazon.order(store, state=state)
    assert read(sign_in().get("/").content).all("p", id="system-message") == []
