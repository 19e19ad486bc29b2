"""The page of blocked orders: each cause with its fix, and how many orders a fix has brought in."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from amazon_orders.models import AmazonOrderItem
from backoffice.pages.frame import fix_outcome
from commerce.models import Product, StockItem
from integration.models import AuditEntry, ImportBatch, ImportState, OrderImport, ProductMatch, Role
from integration.orders.bulk import work
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon as mirror
from tests.factories import commerce
from tests.fixtures_shop import Shop, import_of, state_of

SignIn = Callable[..., Client]


def cause_of(client: Client, code: str, path: str = "/blocked/") -> Element:
    return read(client.get(path).content).one("article", **{"data-cause": code})


def sent_by(form: Element, **filled: Any) -> dict[str, Any]:
    """What a browser sends of a form, without a script."""
    fields = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in form.all("input")
        if "name" in each.attributes
    }
    return {**fields, **filled}


def toasts(page: Element) -> str:
    return page.one("div", **{"class": "toasts"}).words


def test_a_cause_says_how_many_how_much_and_how_soon(sign_in: SignIn) -> None:
    store = mirror.store("Harbor")
    soon = timezone.now() + timedelta(hours=5, minutes=1)
    for hours in (0, 9):
        order = mirror.order(
            store, state="BLOCKED", total=Decimal("306.20"), latest_ship_at=soon + timedelta(hours=hours)
        )
        mirror.blocker(order, "PRODUCT_MISSING", "SKU-1")
    cause = cause_of(sign_in(Role.MERCHANT, store), "PRODUCT_MISSING")
    assert cause.one("h2").words == 'Product "SKU-1" is not in the catalog'
    assert "2 orders $612.40 2 items wanted Harbor" in cause.words
    assert "First ship-by 5 h" in cause.words
    link = cause.all("a")[0]
    assert link.attributes["href"].startswith("/orders/?state=BLOCKED&blocker=PRODUCT_MISSING&sku=SKU-1")
    found = read(sign_in(Role.MERCHANT, store).get(link.attributes["href"]).content)
    assert found.one("span", id="order-count").words == "2 orders"


def test_a_match_imports_all_that_waited_only_for_it_and_says_so(shop: Shop, sign_in: SignIn) -> None:
    commerce.product("MUG", stock={"main": 40})
    orders = [shop.sell(("MUG-2PACK", 1, "24.00")) for _ in range(3)]
    other = shop.sell(("MUG-2PACK", 1, "24.00"), ("GONE", 1, "5.00"))
    shop.sync()
    client = sign_in(Role.MERCHANT, shop.store)
    cause = read(client.get("/blocked/").content).one("article", **{"data-sku": "MUG-2PACK"})
    [form] = cause.all("form", action="/catalogue/match/")
    answer = client.post("/catalogue/match/", sent_by(form, sku="MUG", units="2"))
    assert answer.headers["Location"] == "/blocked/"
    page = read(client.get("/blocked/").content)
    assert "3 orders imported." in toasts(page)
    assert {state_of(order) for order in orders} == {"IMPORTED"}
    assert state_of(other) == "BLOCKED"
    assert ProductMatch.objects.get().units == 2
    assert StockItem.objects.get(product__sku="MUG").reserved == 6
    assert [each.attributes["data-sku"] for each in page.all("article")] == ["GONE"]


def test_a_product_is_made_from_what_amazon_says(shop: Shop, sign_in: SignIn) -> None:
    orders = [shop.sell(("TEA", 2, "20.00")) for _ in range(2)]
    shop.sync()
    AmazonOrderItem.objects.update(title="Green tea")
    client = sign_in(Role.MERCHANT, shop.store)
    [form] = cause_of(client, "PRODUCT_MISSING").all("form", action="/catalogue/create/")
    filled = sent_by(form)
    assert (filled["name"], filled["on_hand"], filled["currency"]) == ("Green tea", "4", "USD")
    page = read(client.post("/catalogue/create/", filled, follow=True).content)
    assert "2 orders imported." in toasts(page)
    product = Product.objects.get(sku="TEA")
    assert (product.name, product.price, product.currency) == ("Green tea", Decimal(20), "USD")
    # Without a word about the source, the one that is asked first.
    assert StockItem.objects.get(product=product).source.code == "main"
    assert {state_of(order) for order in orders} == {"IMPORTED"}
    assert "Nothing is blocked" in page.words


def test_stock_is_added_and_a_product_enabled_beside_their_causes(shop: Shop, sign_in: SignIn) -> None:
    commerce.product("PAN", stock={"main": 1})
    commerce.product("POT", stock={"main": 5}, is_enabled=False)
    orders = [shop.sell(("PAN", 2, "9.00")), shop.sell(("PAN", 3, "9.00")), shop.sell(("POT", 1, "9.00"))]
    shop.sync()
    client = sign_in(Role.MERCHANT, shop.store)
    [form] = cause_of(client, "OUT_OF_STOCK").all("form", action="/catalogue/count/")
    filled = sent_by(form)
    assert filled["on_hand"] == "5"
    page = read(client.post(form.attributes["action"], filled, follow=True).content)
    assert "2 orders imported." in toasts(page)
    [form] = cause_of(client, "PRODUCT_DISABLED").all("form", action="/catalogue/enable/")
    page = read(client.post("/catalogue/enable/", sent_by(form), follow=True).content)
    assert "1 order imported." in toasts(page)
    assert {state_of(order) for order in orders} == {"IMPORTED"}
    fixed = AuditEntry.objects.filter(what="BLOCKER_FIXED").order_by("pk")
    assert [(entry.subject, entry.details["orders"]) for entry in fixed] == [("PAN", 2), ("POT", 1)]


def test_an_address_is_corrected_beside_its_cause(shop: Shop, sign_in: SignIn) -> None:
    patch = {"recipient": {"deliveryAddress": {"city": None, "addressLine1": None}}}
    order = shop.sell(patch=patch)
    shop.sync()
    client = sign_in(Role.MERCHANT, shop.store)
    cause = cause_of(client, "ADDRESS_INCOMPLETE")
    # Without a script the fold holds a link to the order's own form.
    assert cause.all("a", href=f"/orders/{order}/#address")
    [lazy] = [each for each in cause.all("div") if "hx-get" in each.attributes]
    form = read(client.get(lazy.attributes["hx-get"]).content).one("form")
    sent = sent_by(form, line1="1 High Street", city="Ashford")
    page = read(client.post(form.attributes["action"], sent, follow=True).content)
    assert page.one("h1").words == "Blocked orders"
    assert "The address is saved." in toasts(page)
    assert "1 order imported." in toasts(page)


def test_all_orders_of_a_cause_are_snoozed_and_only_those(shop: Shop, sign_in: SignIn) -> None:
    late, other = shop.sell(("GONE", 1, "5.00")), shop.sell(("TEA", 1, "5.00"))
    shop.sync()
    client = sign_in(Role.MERCHANT, shop.store)
    page = read(client.get("/blocked/").content)
    cause = page.one("article", **{"data-sku": "GONE"})
    [form] = cause.all("form", action="/orders/bulk/")
    until = (timezone.now() + timedelta(days=2)).date().isoformat()
    answer = client.post("/orders/bulk/", sent_by(form, action="SKIP", reason="On a fair", until=until))
    assert answer.headers["Location"] == f"/imports/{ImportBatch.objects.get().pk}/"
    work.run(now=timezone.now())
    assert (state_of(late), state_of(other)) == ("SKIPPED", "BLOCKED")
    assert import_of(late).skip_until is not None


def test_what_only_amazon_can_mend_is_asked_for_again(sign_in: SignIn) -> None:
    store = mirror.store()
    for code in ("AMOUNTS_MISSING", "FAILED"):
        mirror.blocker(mirror.order(store, state="BLOCKED"), code)
    client = sign_in(Role.OPERATOR, store)
    actions = {
        code: [button.attributes.get("value") for button in cause_of(client, code).all("button")]
        for code in ("AMOUNTS_MISSING", "FAILED")
    }
    assert actions == {"AMOUNTS_MISSING": ["REFRESH"], "FAILED": ["RETRY"]}


def test_others_stores_are_not_seen_and_an_operator_decides_nothing(sign_in: SignIn) -> None:
    mine, other = mirror.store("Mine"), mirror.store("Other")
    for store, sku in ((mine, "TEA"), (other, "SECRET")):
        mirror.blocker(mirror.order(store, state="BLOCKED", skus=(sku,)), "PRODUCT_MISSING", sku)
    page = sign_in(Role.MERCHANT, mine).get("/blocked/").content.decode()
    assert "TEA" in page
    assert "SECRET" not in page
    cause = cause_of(sign_in(Role.OPERATOR, mine), "PRODUCT_MISSING")
    assert not cause.all("form")
    order = mirror.order(mine, state="BLOCKED", personal={"address": {"city": "Ashford"}})
    form = f"/orders/{order.amazon_order_id}/address-form/"
    assert sign_in(Role.OPERATOR, mine).get(form).status_code == 403
    assert sign_in(Role.MERCHANT, other).get(form).status_code == 404
    looks = AuditEntry.objects.filter(what="PERSONAL_DATA_SEEN")
    assert not looks.exists()
    assert "Ashford" in sign_in(Role.MERCHANT, mine).get(form).content.decode()
    assert list(looks.values_list("subject", flat=True)) == [order.amazon_order_id]


def test_causes_of_one_store_can_be_looked_at(sign_in: SignIn) -> None:
    stores = [mirror.store(name) for name in ("One", "Two")]
    for store in stores:
        mirror.blocker(mirror.order(store, state="BLOCKED"), "PRODUCT_MISSING", "SKU-1")
    client = sign_in(Role.ADMIN)
    assert len(read(client.get("/blocked/").content).all("article")) == 2
    path = "/blocked/?" + urlencode({"store": stores[0].pk})
    assert len(read(client.get(path).content).all("article")) == 1
    assert len(read(client.get("/blocked/?store=nonsense&page=-1").content).all("article")) == 2


def test_more_than_a_batch_is_imported_while_one_waits(
    shop: Shop, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fix_outcome, "PATIENCE", timedelta(minutes=1))
    count = 120
    for _ in range(count):
        shop.sell(("TEA", 1, "5.00"))
    shop.sync()
    commerce.product("TEA-1", stock={"main": 500})
    client = sign_in(Role.MERCHANT, shop.store)
    sent = {"store": shop.store.pk, "seller_sku": "TEA", "sku": "TEA-1", "units": "1", "next": "/blocked/"}
    page = read(client.post("/catalogue/match/", sent, follow=True).content)
    assert f"{count} orders imported." in toasts(page)
    assert not OrderImport.objects.filter(state=ImportState.BLOCKED).exists()
