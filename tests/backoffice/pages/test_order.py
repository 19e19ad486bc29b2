from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration.models import AddressCorrection, OrderImport, Role
from tests.backoffice.pages.reading import read
from tests.factories import amazon, commerce
from tests.fixtures_shop import Shop

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _nothing_is_enqueued(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wake", "wake_refresh"):
        monkeypatch.setattr(f"integration.tasks.{name}", lambda: None)


def test_each_line_shows_its_own_blockers_with_a_form_that_mends_them(sign_in: SignIn) -> None:
    store = amazon.store()
    disabled = commerce.product("SKU-2", is_enabled=False)
    order = amazon.order(store, state="BLOCKED", skus=("SKU-1", "SKU-2"))
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")
    amazon.blocker(order, "PRODUCT_DISABLED", "SKU-2", product=disabled, details={"sku": "SKU-2"})
    page = read(sign_in().get(f"/orders/{order.amazon_order_id}/").content)
    first, second = page.all("div", **{"class": "line-item"})
    assert [form.attributes["action"] for form in first.all("form")] == [
        "/catalogue/match/",
        "/catalogue/create/",
    ]
    assert [form.attributes["action"] for form in second.all("form")] == ["/catalogue/enable/"]
    assert 'Product "SKU-1" is not in the catalog.' in first.words
    assert "2 things keep this order from being imported." in page.words


def test_a_blocker_of_the_whole_order_leads_to_the_address(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED", personal={"address": {"country": "US"}})
    amazon.blocker(order, "ADDRESS_INCOMPLETE", details={"gaps": ["city"]})
    page = read(sign_in().get(f"/orders/{order.amazon_order_id}/").content)
    (blocker,) = page.all("div", **{"data-blocker": "ADDRESS_INCOMPLETE"})
    assert [link.attributes["href"] for link in blocker.all("a")] == ["#address"]


def test_details_that_amazon_sent_oddly_are_said(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), oddities=["buyer is not an object", "packageItems is missing"])
    page = read(sign_in().get(f"/orders/{order.amazon_order_id}/").content)
    assert "shown without them: buyer is not an object; packageItems is missing." in page.words
    other = amazon.order(amazon.store())
    page = read(sign_in().get(f"/orders/{other.amazon_order_id}/").content)
    assert "cannot be read" not in page.words


def test_an_order_that_amazon_told_in_part_says_so(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), untold=["RECIPIENT"])
    OrderImport.objects.update(reason="NOT_ALL_TOLD")
    page = read(sign_in().get(f"/orders/{order.amazon_order_id}/").content)
    assert "Amazon has not told all of it yet" in page.words


def test_money_that_does_not_add_up_is_a_visible_flag(sign_in: SignIn) -> None:
    order = amazon.order(
        amazon.store(), proceeds={"total": "25.00", "parts": [{"type": "ITEM", "amount": "24.98"}]}
    )
    page = read(sign_in().get(f"/orders/{order.amazon_order_id}/").content)
    assert "Does not add up" in page.words
    assert "by $0.02." in page.words


def test_an_address_is_corrected_in_place(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED", personal={"address": {"city": "Ashford"}})
    client = sign_in()
    path = f"/orders/{order.amazon_order_id}/"
    answer = client.post(f"{path}address/", {"line1": "1 High Street", "city": "Ashford", "country": "US"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert AddressCorrection.objects.get(pk=order.pk).address_gaps == ""
    page = client.get(path).content.decode()
    assert "The address is saved" in page
    assert "1 High Street" not in page
    assert "1 High Street" in client.post(f"{path}reveal/", follow=True).content.decode()


def test_an_imported_order_is_only_refreshed_or_canceled(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="IMPORTED")
    page = read(sign_in().get(f"/orders/{order.amazon_order_id}/").content)
    actions = {form.attributes.get("action", "") for form in page.one("main").all("form")}
    assert actions == {f"/orders/{order.amazon_order_id}/{what}/" for what in ("refresh", "cancel")}


@pytest.mark.parametrize("action", ["retry", "refresh"])
def test_what_an_operator_may_do_is_done_and_said(action: str, sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, state="BLOCKED")
    client = sign_in(Role.OPERATOR, store)
    answer = client.post(f"/orders/{order.amazon_order_id}/{action}/", follow=True)
    assert read(answer.content).all("div", **{"class": "note note-ok"})
    assert OrderImport.objects.get(pk=order.pk).version == 2


def test_a_refusal_is_said_and_changes_nothing(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="IMPORTED")
    answer = sign_in().post(f"/orders/{order.amazon_order_id}/retry/", follow=True)
    assert "The order is imported already" in answer.content.decode()
    assert OrderImport.objects.get(pk=order.pk).version == 1


def test_an_order_is_skipped_with_a_reason_until_a_day(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    client = sign_in()
    path = f"/orders/{order.amazon_order_id}/skip/"
    day = (timezone.now() + timedelta(days=2)).date()
    assert client.post(path, {"reason": "Sold at the counter", "until": day.isoformat()}).status_code == 303
    link = OrderImport.objects.get(pk=order.pk)
    assert (link.skip_reason, link.skip_until and link.skip_until.date()) == ("Sold at the counter", day)


def test_a_skip_without_a_reason_or_into_the_past_is_refused_beside_the_field(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    client = sign_in()
    path = f"/orders/{order.amazon_order_id}/skip/"
    without = client.post(path, {"reason": ""})
    past = client.post(path, {"reason": "x", "until": "2020-01-01"})
    assert (without.status_code, past.status_code) == (422, 422)
    assert "must lie in the future" in past.content.decode()
    assert OrderImport.objects.get(pk=order.pk).skipped_at is None


def test_a_view_only_order_can_be_imported_after_all(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), state="VIEW_ONLY")
    OrderImport.objects.filter(pk=order.pk).update(reason="IMPORT_DISABLED")
    client = sign_in()
    assert client.post(f"/orders/{order.amazon_order_id}/import/").status_code == 303
    assert OrderImport.objects.get(pk=order.pk).is_import_requested
    # It was judged at once: what keeps it now is shown on the page one comes back to.
    page = client.get(f"/orders/{order.amazon_order_id}/").content.decode()
    assert "is not in the catalog" in page


@pytest.mark.parametrize(
    ("sku", "action", "filled"),
    [
        ("PACK", "/catalogue/match/", {"sku": "SKU-1"}),
        ("NEW", "/catalogue/create/", {}),
        ("OFF", "/catalogue/enable/", {}),
        ("PAN", "/catalogue/count/", {"on_hand": "9"}),
    ],
)
def test_each_fix_of_a_line_is_one_step_and_says_what_came_of_it(
    sku: str, action: str, filled: dict[str, str], shop: Shop, sign_in: SignIn
) -> None:
    commerce.product("OFF", stock={"main": 5}, is_enabled=False)
    commerce.product("PAN", stock={"main": 0})
    orders = [shop.sell((sku, 2, "5.00")) for _ in range(2)]
    shop.sync()
    client = sign_in(Role.MERCHANT, shop.store)
    address = f"/orders/{orders[0]}/"
    page = read(client.get(address).content)
    lazy = [each.attributes.get("hx-get", "") for each in page.all("div")]
    for restock in [path for path in lazy if "/catalogue/restock/" in path]:
        page = read(client.get(restock).content)
    [form] = page.all("form", action=action)
    sent = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in form.all("input")
        if "name" in each.attributes
    }
    answer = client.post(action, {**sent, **filled})
    assert answer.headers["Location"] == address
    page = read(client.get(address).content)
    # All that waited for the same came in; of what was just made there are as many as this order wants.
    expected = "1 order imported." if sku == "NEW" else "2 orders imported."
    assert expected in page.one("div", **{"class": "toasts"}).words
