"""Importing chosen orders on the pages: forms, a double click, progress without a script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from amazon_orders.models import AmazonOrder, Store
from integration.models import BatchOrder, ImportBatch, OrderImport, OrderRequest, Role
from integration.orders.bulk import batches, work
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon

SignIn = Callable[..., Client]
FIRST, SECOND = "111-0000001-0000001", "111-0000001-0000002"


def view_only(store: Store) -> AmazonOrder:
    order: AmazonOrder = amazon.order(store, state="VIEW_ONLY", received_at=timezone.now())
    OrderImport.objects.filter(pk=order.pk).update(reason="IMPORT_DISABLED")
    return order


def token_of(page: Element) -> str:
    return page.all("input", name="token")[0].attributes["value"]


def test_numbers_are_pasted_and_a_double_click_starts_one_import(sign_in: SignIn) -> None:
    store = amazon.store()
    client = sign_in(Role.MERCHANT, store)
    token = token_of(read(client.get(f"/stores/{store.pk}/import/").content))
    sent = {"token": token, "numbers": f"{FIRST}, {SECOND}\n{FIRST}"}
    first, second = (client.post(f"/stores/{store.pk}/import/numbers/", sent) for _ in range(2))
    batch = ImportBatch.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/imports/{batch.pk}/"
    assert BatchOrder.objects.count() == 2
    assert token_of(read(client.get(f"/stores/{store.pk}/import/").content)) != token


def test_a_line_that_is_no_number_is_named_and_the_text_stays(sign_in: SignIn) -> None:
    store = amazon.store()
    sent = {"token": "a", "numbers": f"{FIRST}\nhello"}
    answer = sign_in(Role.MERCHANT, store).post(f"/stores/{store.pk}/import/numbers/", sent)
    assert answer.status_code == 422
    page = read(answer.content)
    assert "line 2: hello" in page.words
    assert "hello" in page.one("textarea").text
    assert not ImportBatch.objects.exists()


def test_all_since_a_day(sign_in: SignIn) -> None:
    store = amazon.store()
    client = sign_in(Role.MERCHANT, store)
    assert "Nothing is left out" in read(client.get(f"/stores/{store.pk}/import/").content).words
    view_only(store)
    address = f"/stores/{store.pk}/import/since/"
    tomorrow = timezone.now().date() + timedelta(days=1)
    refused = client.post(address, {"token": "a", "since": tomorrow.isoformat()})
    assert "must lie in the past" in read(refused.content).words
    started = client.post(address, {"token": "a", "since": timezone.now().date().isoformat()})
    batch = ImportBatch.objects.get()
    assert started.headers["Location"] == f"/imports/{batch.pk}/"
    assert "0 of 1" in read(client.get(f"/imports/{batch.pk}/").content).words


def test_progress_is_there_whoever_comes_back(sign_in: SignIn) -> None:
    store = amazon.store()
    blocked, nowhere = amazon.order(store, state="BLOCKED"), FIRST
    amazon.blocker(blocked, "PRODUCT_MISSING", "SKU-1")
    batch = batches.start_by_number(
        store=store,
        numbers=[blocked.amazon_order_id, nowhere],
        token="a",
        by="maria",
        now=timezone.now(),
    )
    client = sign_in(Role.OPERATOR, store)
    page = read(client.get(f"/imports/{batch.pk}/").content)
    assert page.one("progress").attributes["value"] == "0"
    assert page.one("div", id="progress").attributes["hx-get"] == f"/imports/{batch.pk}/progress/"
    assert page.all("a", href=f"/imports/{batch.pk}/")

    work.run(now=timezone.now())
    page = read(client.get(f"/imports/{batch.pk}/progress/").content)
    assert page.one("progress").attributes == {
        "max": "2",
        "value": "1",
        "aria-label": "Orders with an outcome",
    }
    [first, second] = page.one("tbody").all("tr")
    assert "Blocked" in first.words
    assert "SKU-1" in first.words
    assert "In progress" in second.words
    assert "Amazon is being asked." in page.words

    BatchOrder.objects.filter(outcome="").update(outcome="UNKNOWN")
    ImportBatch.objects.update(finished_at=timezone.now())
    page = read(client.get(f"/imports/{batch.pk}/").content)
    assert "hx-get" not in page.one("div", id="progress").attributes
    assert "Amazon does not know this order" in page.words
    assert str(batch.pk) in read(client.get("/imports/").content).one("tbody").one("tr").attributes.values()
    assert len(read(client.get(f"/imports/{batch.pk}/?outcome=UNKNOWN").content).one("tbody").all("tr")) == 1


@pytest.mark.parametrize("tokens", [30, 0])
def test_the_page_of_an_order_says_where_its_refresh_stands(sign_in: SignIn, tokens: int) -> None:
    store = amazon.store()
    order = amazon.order(store)
    client = sign_in(Role.MERCHANT, store)
    assert b'id="refresh-stand"' not in client.get(f"/orders/{order.amazon_order_id}/").content
    client.post(f"/orders/{order.amazon_order_id}/refresh/")
    store.account.quota.create(
        operation="getOrder", tokens=tokens, rate=0.5, burst=30, refilled_at=timezone.now()
    )
    assert b'id="refresh-stand"' in client.get(f"/orders/{order.amazon_order_id}/").content
    stand = client.get(f"/orders/{order.amazon_order_id}/refresh-stand/")
    expected = "Amazon is being asked." if tokens else "Waiting for Amazon's quota until about"
    assert expected in read(stand.content).words
    assert "HX-Refresh" not in stand.headers
    OrderRequest.objects.update(answered_at=timezone.now(), answer="KNOWN")
    assert client.get(f"/orders/{order.amazon_order_id}/refresh-stand/").headers["HX-Refresh"] == "true"
    assert b'id="refresh-stand"' not in client.get(f"/orders/{order.amazon_order_id}/").content


def test_lowered_amounts_are_settled_on_the_orders_page(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, state="IMPORTED")
    OrderImport.objects.filter(pk=order.pk).update(amounts_lowered_at=timezone.now())
    client = sign_in(Role.MERCHANT, store)
    assert "Mark as settled" in read(client.get(f"/orders/{order.amazon_order_id}/").content).words
    client.post(f"/orders/{order.amazon_order_id}/settle/")
    assert "Mark as settled" not in read(client.get(f"/orders/{order.amazon_order_id}/").content).words
    assert sign_in(Role.OPERATOR, store).post(f"/orders/{order.amazon_order_id}/settle/").status_code == 403


def test_an_outside_change_is_shown_in_its_three_parts(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store)
    amazon.event(order, "SHIPPED_AT_AMAZON", did="It shipped.", done="Nothing.", to_do="Count the stock.")
    amazon.event(order, "CANCELED", did="It was canceled.", done="Its stock was released.", to_do="")
    page = read(sign_in(Role.MERCHANT, store).get(f"/orders/{order.amazon_order_id}/").content)
    canceled, shipped = page.one("ol", **{"class": "timeline-list"}).all("li")
    assert [part.words for part in shipped.all("dd")] == ["Nothing.", "Count the stock."]
    assert [part.words for part in canceled.all("dd")] == ["Its stock was released.", "Nothing."]
