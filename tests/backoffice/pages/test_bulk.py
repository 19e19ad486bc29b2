"""Bulk actions on the pages: ticked or all that fit, without a script, found again, within one's stores."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration.models import AuditEntry, BatchOrder, ImportBatch, OrderImport, Role
from integration.orders.bulk import work
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon

SignIn = Callable[..., Client]
BULK = "/orders/bulk/"


def form_of(client: Client, address: str = "/orders/") -> Element:
    return read(client.get(address).content).one("form", id="choose")


def hidden(form: Element) -> dict[str, str]:
    return {
        each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input", type="hidden")
    }


def test_ticked_orders_are_retried_and_only_those_of_ones_stores(sign_in: SignIn) -> None:
    store, other = amazon.store(), amazon.store()
    chosen, _, foreign = (amazon.order(each, state="BLOCKED") for each in (store, store, other))
    client = sign_in(Role.OPERATOR, store)
    sent = {**hidden(form_of(client)), "action": "RETRY", "order": [chosen.pk, foreign.pk, "x", "9" * 30]}
    first, second = client.post(BULK, sent), client.post(BULK, sent)
    [batch] = ImportBatch.objects.all()
    assert first.headers["Location"] == second.headers["Location"] == f"/imports/{batch.pk}/"
    assert list(batch.orders.values_list("amazon_order_id", flat=True)) == [chosen.amazon_order_id]
    entry = AuditEntry.objects.get(what="BULK_ACTION")
    assert (entry.subject, entry.details["orders"]) == ("RETRY", 1)
    work.run(now=timezone.now())
    page = read(client.get(f"/imports/{batch.pk}/").content)
    assert "Retry chosen from the list" in page.one("h1").words
    assert page.one("progress").attributes["value"] == "1"


def test_every_row_can_be_ticked_and_the_rest_of_the_list_as_a_whole(sign_in: SignIn) -> None:
    store = amazon.store()
    for _ in range(51):
        amazon.order(store, state="BLOCKED")
    client = sign_in(Role.MERCHANT, store)
    page = read(client.get("/orders/?state=BLOCKED").content)
    assert len(page.all("input", type="checkbox", name="order")) == 50
    [everything] = page.all("input", type="checkbox", name="all")
    assert everything.attributes["data-bulk-all"] == "51"
    sent = {**hidden(page.one("form", id="choose")), "action": "SKIP", "all": "1", "reason": "On a fair"}
    assert sent["query"] == "state=BLOCKED"
    client.post(BULK, sent)
    [batch] = ImportBatch.objects.all()
    assert (batch.action, batch.filters, batch.expected) == ("SKIP", {"states": ["BLOCKED"]}, 51)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"action": "RETRY"}, "Tick at least one order."),
        ({"action": "EXPLODE"}, "Choose what to do"),
        ({"action": "SKIP", "reason": "", "all": "1"}, "Say why"),
        ({"action": "RETRY", "all": "1", "query": "total_min=many"}, "A filter makes no sense"),
        ({"action": "RETRY", "all": "1", "query": "status=SHIPPED"}, "No order fits"),
    ],
)
def test_what_makes_no_sense_is_told_and_does_nothing(
    sent: dict[str, str], words: str, sign_in: SignIn
) -> None:
    store = amazon.store()
    amazon.order(store, state="BLOCKED")
    client = sign_in(Role.MERCHANT, store)
    answer = client.post(BULK, {"token": "a", **sent}, follow=True)
    assert words in read(answer.content).words
    assert not ImportBatch.objects.exists()


def test_a_search_by_buyer_offers_ticks_but_not_all_that_fit(sign_in: SignIn) -> None:
    store = amazon.store()
    for _ in range(51):
        amazon.order(store, personal={"buyer_name": "Ada Byron"})
    client = sign_in(Role.MERCHANT, store)
    page = read(client.post("/orders/", {"filters": "1", "buyer": "byron"}).content)
    assert page.all("input", type="checkbox", name="order")
    assert not page.all("input", type="checkbox", name="all")
    client.post(BULK, {"token": "a", "action": "RETRY", "all": "1", "query": "buyer=byron"})
    assert "byron" not in str(list(ImportBatch.objects.values())).lower()


def test_an_operator_has_no_buttons_that_decide(sign_in: SignIn) -> None:
    store = amazon.store()
    amazon.order(store)
    values = {
        role: {button.attributes.get("value") for button in form_of(sign_in(role, store)).all("button")}
        for role in (Role.OPERATOR, Role.MERCHANT)
    }
    assert values == {
        Role.OPERATOR: {"RETRY", "REFRESH"},
        Role.MERCHANT: {"RETRY", "REFRESH", "IMPORT", "SKIP"},
    }


def test_orders_of_two_stores_are_two_bars_on_one_page(sign_in: SignIn) -> None:
    stores = amazon.store(), amazon.store()
    orders = [amazon.order(store, state="BLOCKED") for store in stores]
    client = sign_in(Role.MERCHANT, *stores)
    answer = client.post(BULK, {"token": "a", "action": "RETRY", "order": [order.pk for order in orders]})
    assert answer.headers["Location"] == "/imports/?token=a"
    client.post(BULK, {"token": "b", "action": "RETRY", "order": [orders[0].pk]})
    page = read(client.get("/imports/?token=a").content)
    assert len(page.all("progress")) == 2
    assert page.one("section", id="batches").attributes["hx-get"] == "/imports/?token=a"
    assert len(read(client.get("/imports/").content).all("progress")) == 3


def test_what_is_under_way_is_found_above_the_list_by_whoever_began_it(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, state="BLOCKED")
    client = sign_in(Role.MERCHANT, store)
    strip = "/imports/under-way/"
    assert read(client.get("/orders/").content).all("div", **{"hx-get": strip})
    assert not read(client.get(strip).content).all("progress")
    client.post(BULK, {"token": "a", "action": "RETRY", "order": [order.pk]})
    shown = read(client.get(strip).content)
    assert shown.one("div", id="under-way").attributes["hx-trigger"] == "every 2s"
    assert shown.one("progress").attributes["value"] == "0"
    assert not read(sign_in(Role.MERCHANT, store).get(strip).content).all("progress")
    work.run(now=timezone.now())
    shown = read(client.get(strip).content)
    assert "hx-trigger" not in shown.one("div", id="under-way").attributes
    assert "1 of 1" in shown.words
    ImportBatch.objects.update(finished_at=timezone.now() - timedelta(minutes=2))
    assert not read(client.get(strip).content).all("progress")


def test_view_only_orders_are_imported_from_the_list(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, state="VIEW_ONLY")
    OrderImport.objects.filter(pk=order.pk).update(reason="IMPORT_DISABLED")
    client = sign_in(Role.MERCHANT, store)
    client.post(BULK, {"token": "a", "action": "IMPORT", "order": [order.pk]})
    work.run(now=timezone.now())
    assert BatchOrder.objects.get().outcome in {"BLOCKED", "IMPORTED"}
    assert OrderImport.objects.get(pk=order.pk).is_import_requested
