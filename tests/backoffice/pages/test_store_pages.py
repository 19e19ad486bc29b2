from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from amazon_orders.models import AmazonOrder, Store
from commerce.models import CommerceStore, Order
from integration import stores
from integration.models import AccountSync, MessageRecord, Role, StoreSettings
from integration.stores import daily_sales
from tests.backoffice.pages import workshop
from tests.backoffice.pages.reading import read, rows
from tests.factories import amazon, commerce

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _nothing_is_enqueued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.tasks.wake", lambda: None)
    monkeypatch.setattr("integration.tasks.wake_sync", lambda *, account_id: None)


def settings_of(store: Store) -> StoreSettings:
    return StoreSettings.objects.get(pk=store.pk)


def test_labels_and_choices_of_the_order_settings_stand_word_for_word(sign_in: SignIn) -> None:
    page = read(sign_in().get(f"/stores/{amazon.store().pk}/settings/").content)
    form = page.one("form", id="order-settings")
    choices = {
        group.one("legend").words: [label.words for label in group.all("label")]
        for group in form.all("fieldset")
    }
    assert choices == {
        "Import Amazon Orders": ["Enabled", "Disabled"],
        "Customer Creation": ["No Customer Creation (guest)", "Build New Customer Account"],
        "Order Number Source": ["Build Using Commerce Order Number", "Build Using Amazon Order Number"],
        "Order Status": ["Default Order Status", "Custom Order Status"],
        "Pending Orders": ["Reserve Quantity", "Do Not Reserve"],
    }
    labels = [label.words for label in form.all("label", **{"class": "form-label"})]
    assert labels == ["Import Amazon Orders Into Commerce Store", "Processing Order Status"]
    chosen = [
        field.attributes["value"]
        for field in form.all("input", type="radio")
        if "checked" in field.attributes
    ]
    assert chosen == ["enabled", "GUEST", "COMMERCE", "default", "on"]


def test_all_settings_are_saved(sign_in: SignIn) -> None:
    store = amazon.store()
    other = commerce.commerce_store("Second shop")
    sent = {
        "import_amazon_orders": "enabled",
        "commerce_store": other.pk,
        "customer_creation": "CREATE",
        "order_number_source": "AMAZON",
        "order_status": "custom",
        "processing_order_status": "Amazon processing",
        "reserve_pending": "off",
    }
    assert sign_in().post(f"/stores/{store.pk}/settings/", sent).status_code == 302
    kept = settings_of(store)
    assert (kept.import_amazon_orders, kept.commerce_store_id, kept.reserve_pending) == (
        True,
        other.pk,
        False,
    )
    assert (kept.customer_creation, kept.number_source, kept.custom_status) == (
        "CREATE",
        "AMAZON",
        "Amazon processing",
    )


def test_switching_import_off_keeps_the_grayed_out_rest(sign_in: SignIn) -> None:
    store = amazon.store()
    StoreSettings.objects.update(number_source="AMAZON", custom_status="Packing", reserve_pending=False)
    client = sign_in()
    client.post(f"/stores/{store.pk}/settings/", {"import_amazon_orders": "disabled"})
    kept = settings_of(store)
    assert not kept.import_amazon_orders
    assert (kept.number_source, kept.custom_status, kept.reserve_pending) == ("AMAZON", "Packing", False)
    assert "Import Amazon Orders is Disabled" in client.get(f"/stores/{store.pk}/").content.decode()


@pytest.mark.parametrize("word", ["", "Complete"])
def test_a_custom_status_needs_a_word_that_is_no_end(word: str, sign_in: SignIn) -> None:
    store = amazon.store()
    sent = {"import_amazon_orders": "enabled", "order_status": "custom", "processing_order_status": word}
    answer = sign_in().post(f"/stores/{store.pk}/settings/", sent)
    assert answer.status_code == 422
    assert read(answer.content).all("ul", **{"class": "field-errors"})
    assert settings_of(store).custom_status == ""


def test_the_dashboard_shows_recent_orders_of_its_store(sign_in: SignIn) -> None:
    store = amazon.store()
    amazon.order(amazon.store())
    made = [amazon.order(store, purchased_at=amazon.NOW - timedelta(hours=n)) for n in range(12)]
    page = read(sign_in().get(f"/stores/{store.pk}/").content)
    assert page.one("h2", id="recent-orders-heading").words == "Recent Orders"
    recent = page.one("section", id="recent-orders")
    assert [row.attributes["data-order"] for row in rows(recent)] == [
        order.amazon_order_id for order in made[:10]
    ]
    # Programs take the first table of the page for this one.
    assert page.all("table")[0] is recent.one("table")


def test_the_dashboard_shows_sales_of_seven_or_thirty_days_and_their_change(sign_in: SignIn) -> None:
    store, today = amazon.store(), timezone.now()
    amazon.order(store, total=Decimal("10.50"), purchased_at=today)
    amazon.order(store, total=Decimal("99"), purchased_at=today, status="CANCELLED")
    amazon.order(store, total=Decimal("7"), purchased_at=today - timedelta(days=8))
    daily_sales.rebuild()
    client = sign_in(Role.MERCHANT, store)
    page = read(client.get(f"/stores/{store.pk}/?days=7").content)
    revenue, orders = (figure.words for figure in page.all("figure"))
    assert "Revenue $10.50 +50 % on the 7 days before" in revenue
    assert "Orders 1 +0 % on the 7 days before" in orders
    days = page.one("table", id="sales-by-day").one("tbody").all("tr")
    assert (len(days), days[0].attributes["data-revenue"], days[0].all("td")[1].words) == (7, "10.5000", "1")
    month = read(client.get(f"/stores/{store.pk}/?days=30").content)
    assert "Revenue $17.50" in month.all("figure")[0].words
    assert len(month.one("table", id="sales-by-day").one("tbody").all("tr")) == 30
    assert not [script for script in page.all("script") if "src" not in script.attributes]


def test_a_refused_authorization_stands_on_the_dashboard_with_its_remedy(sign_in: SignIn) -> None:
    store = amazon.store()
    AccountSync.objects.update(refused_at=amazon.NOW, refusal="invalid_grant")
    page = read(sign_in().get(f"/stores/{store.pk}/").content)
    assert "Amazon refuses the authorization" in page.words
    assert f"/stores/{store.pk}/reauthorize/" in {link.attributes["href"] for link in page.all("a")}


def test_a_store_is_connected_with_a_refresh_token(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    commerce.commerce_store("Main")
    asked: dict[str, Any] = {}

    def connect(**request: Any) -> Store:
        asked.update(request)
        return amazon.store("Harbor US")

    monkeypatch.setattr(stores, "connect", connect)
    shop = CommerceStore.objects.get(name="Main")
    sent = {
        "name": "Harbor US",
        "seller_id": "A1",
        "marketplace": "US",
        "refresh_token": "Atzr|secret",
        "commerce_store": shop.pk,
        "connected_at": "2026-11-01T00:00",
    }
    answer = sign_in().post("/stores/connect/", sent)
    assert answer.headers["Location"] == f"/stores/{Store.objects.get().pk}/"
    assert (asked["refresh_token"], asked["marketplace_code"]) == ("Atzr|secret", "US")
    assert (asked["commerce_store_name"], asked["connected_at"].isoformat()) == (
        "Main",
        "2026-11-01T00:00:00+00:00",
    )


def test_a_refused_connection_says_why_and_never_shows_the_token(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = commerce.commerce_store()

    def refuse(**request: Any) -> Store:
        raise stores.AuthorizationRefused("Amazon refuses the refresh token.")

    monkeypatch.setattr(stores, "connect", refuse)
    sent = {
        "name": "X",
        "seller_id": "A1",
        "marketplace": "US",
        "refresh_token": "Atzr|secret",
        "commerce_store": shop.pk,
    }
    answer = sign_in().post("/stores/connect/", sent)
    assert answer.status_code == 422
    assert "Amazon refuses the refresh token." in answer.content.decode()
    assert "Atzr|secret" not in answer.content.decode()


def test_a_store_is_deactivated_and_activated(sign_in: SignIn) -> None:
    store = amazon.store()
    client = sign_in()
    assert client.post(f"/stores/{store.pk}/deactivate/").headers["Location"] == f"/stores/{store.pk}/"
    assert "Inactive" in client.get("/").content.decode()
    client.post(f"/stores/{store.pk}/activate/")
    assert Store.objects.get().is_active


def test_deleting_names_what_goes_and_what_stays_and_wants_the_name(sign_in: SignIn) -> None:
    store = amazon.store("Harbor US")
    amazon.order(store, state="IMPORTED")
    amazon.order(store)
    client = sign_in()
    path = f"/stores/{store.pk}/delete/"
    page = read(client.get(path).content).words
    assert "2 Amazon orders, with items, addresses and timelines" in page
    assert "1 Commerce order, with shipments and stock" in page
    assert client.post(path, {"name": "harbor us"}).status_code == 422
    assert Store.objects.exists()
    assert client.post(path, {"name": "Harbor US"}).headers["Location"] == "/"
    assert (Store.objects.count(), AmazonOrder.objects.count(), Order.objects.count()) == (0, 0, 1)


def test_the_commerce_order_keeps_amazons_number_when_its_store_is_gone(sign_in: SignIn) -> None:
    order = commerce.order(channel_reference="113-7")
    page = read(sign_in().get(f"/commerce-orders/{order.number}/").content)
    assert "The store it came from was deleted here." in page.words
    assert "113-7" in page.words


def test_the_amazon_panel_links_to_seller_central_and_to_all_orders(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(marketplace="UK"), state="IMPORTED")
    commerce_order = order.order_import.commerce_order
    assert commerce_order is not None
    panel = read(sign_in().get(f"/commerce-orders/{commerce_order.number}/").content).one(
        "section", id="amazon"
    )
    links = {link.words: link.attributes["href"] for link in panel.all("a")}
    assert "Amazon Order Number" in panel.words
    assert links["View or Cancel Amazon Order"] == (
        f"https://sellercentral.amazon.co.uk/orders-v3/order/{order.amazon_order_id}"
    )
    assert links["View all Amazon Orders"] == "/orders/"


def test_messages_are_listed_with_the_way_to_mend_them(sign_in: SignIn) -> None:
    store = amazon.store("Harbor")
    AccountSync.objects.update(synced_until=timezone.now(), refused_at=timezone.now())
    page = read(sign_in().get("/messages/").content)
    assert [article.attributes["data-code"] for article in page.all("article")] == ["AUTHORIZATION_REFUSED"]
    assert f"/stores/{store.pk}/reauthorize/" in {link.attributes["href"] for link in page.all("a")}
    AccountSync.objects.update(refused_at=None)
    merchant = sign_in(Role.MERCHANT, store)
    assert "Nothing is wrong" in merchant.get("/messages/").content.decode()


def test_messages_are_filtered_and_what_is_over_is_told_with_its_time(sign_in: SignIn) -> None:
    store, other = amazon.store("Harbor"), amazon.store("Pine")
    AccountSync.objects.update(synced_until=timezone.now(), refused_at=timezone.now())
    MessageRecord.objects.create(
        code="SYNC_STALE",
        severity="WARNING",
        store=store,
        opened_at=amazon.NOW,
        closed_at=amazon.NOW + timedelta(minutes=90),
    )
    admin = sign_in()

    def shown(query: str) -> int:
        return len(read(admin.get(f"/messages/?{query}").content).all("article"))

    assert (shown(""), shown(f"store={other.pk}"), shown("severity=WARNING")) == (2, 1, 0)
    assert "No open message fits" in admin.get("/messages/?code=SYNC_STALE").content.decode()
    for client, number in (
        (admin, 1),
        (sign_in(Role.MERCHANT, store), 1),
        (sign_in(Role.MERCHANT, other), 0),
    ):
        page = read(client.get("/messages/?state=closed").content)
        assert len(page.all("tr", **{"data-code": "SYNC_STALE"})) == number
    closed = read(admin.get("/messages/?state=closed&code=SYNC_STALE").content).one("tbody").words
    assert "The sync is behind Harbor Nov 20, 2026, 12:00 UTC Nov 20, 2026, 13:30 UTC 1 h 30 min" in closed
    assert admin.get("/messages/?state=closed&cursor=x").status_code == 200


def test_the_radar_shows_clocks_and_rates(sign_in: SignIn) -> None:
    store, mug = amazon.store(), workshop.product()
    workshop.place(store, (mug, 1))
    page = read(sign_in(Role.MERCHANT, store).get(f"/stores/{store.pk}/lateness/").content)
    radar = page.one("section", id="radar").words
    assert "1 overdue" in radar
    assert "nothing to count in 30 days" in radar
    assert sign_in(Role.MERCHANT, amazon.store()).get(f"/stores/{store.pk}/lateness/").status_code == 404


def test_late_orders_say_so_in_all_orders(sign_in: SignIn) -> None:
    store = amazon.store()
    amazon.order(store, latest_ship_at=amazon.NOW)
    amazon.order(store, latest_ship_at=amazon.NOW, fulfilled_by="AMAZON")
    amazon.order(store, latest_ship_at=amazon.NOW, status="SHIPPED")
    page = read(sign_in(Role.MERCHANT, store).get("/orders/").content)
    assert page.one("tbody").words.count("Late by") == 1
