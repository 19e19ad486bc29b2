"""Switching import on again asks what becomes of the orders received meanwhile."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from amazon_orders.models import AmazonOrder, Store
from integration.decision.policy import Reason
from integration.models import (
    AuditEntry,
    BatchOrder,
    ImportBatch,
    OrderImport,
    Role,
    StoreSettings,
)
from integration.orders.bulk import work
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon, commerce

SignIn = Callable[..., Client]
FULL = {
    "import_amazon_orders": "enabled",
    "customer_creation": "GUEST",
    "order_number_source": "COMMERCE",
    "order_status": "default",
    "reserve_pending": "on",
    "token": "t",
}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, db: None) -> Store:
    """Import is off; three orders came in meanwhile, a day apart, and one that was canceled."""
    for name in ("wake", "wake_batches"):
        monkeypatch.setattr(f"integration.tasks.{name}", lambda: None)
    commerce.product("SKU-1", stock={"main": 9})
    made = amazon.store("Harbor")
    StoreSettings.objects.update(import_amazon_orders=False)
    for days in (1, 2, 3):
        amazon.order(made, state="VIEW_ONLY", received_at=amazon.NOW - timedelta(days=days))
    amazon.order(made, state="VIEW_ONLY", status="CANCELLED")
    OrderImport.objects.update(reason=Reason.IMPORT_DISABLED)
    return made


def page_of(client: Client, store: Store) -> Element:
    return read(client.get(f"/stores/{store.pk}/settings/").content)


def save(client: Client, store: Store, **sent: str) -> tuple[int, str]:
    answer = client.post(f"/stores/{store.pk}/settings/", {**FULL, **sent})
    return answer.status_code, answer.headers.get("Location", answer.content.decode())


def toasts(client: Client, store: Store) -> str:
    return page_of(client, store).one("div", **{"class": "toasts"}).words


def test_the_question_says_how_many_they_are(sign_in: SignIn, store: Store) -> None:
    question = page_of(sign_in(), store).one("div", id="meanwhile")
    assert "3 orders were received while import was disabled" in question.words
    assert [label.words for label in question.all("label")] == [
        "Import all of them",
        "Import those received since a day",
        "Leave them view-only, managed in Seller Central",
        "Received since (UTC)",
    ]


def test_without_an_answer_nothing_is_saved_and_the_page_says_what_is_missing(
    sign_in: SignIn, store: Store
) -> None:
    for sent, error in (
        ({}, "Say what to do with the 3 received while import was disabled."),
        ({"meanwhile": "since"}, "Say since when."),
        ({"meanwhile": "since", "meanwhile_since": "2999-01-01"}, "The day must lie in the past."),
        ({"meanwhile": "since", "meanwhile_since": "soon"}, "Enter a valid date."),
    ):
        status, content = save(sign_in(), store, **sent)
        assert status == 422
        page = read(content.encode())
        assert error in page.one("ul", **{"class": "field-errors"}).words
        assert error in page.one("div", **{"class": "note note-bad"}).words
    assert not StoreSettings.objects.get().import_amazon_orders
    assert not ImportBatch.objects.exists()


def test_all_of_them_are_imported(sign_in: SignIn, store: Store) -> None:
    client = sign_in()
    status, location = save(client, store, meanwhile="all")
    batch = ImportBatch.objects.get()
    assert (status, location, batch.expected) == (302, f"/imports/{batch.pk}/", 3)
    assert StoreSettings.objects.get().import_amazon_orders
    work.run(now=amazon.NOW + timedelta(minutes=1))
    assert BatchOrder.objects.count() == 3
    assert "3 orders received meanwhile: the import has begun." in toasts(client, store)


def test_those_since_a_day_are_imported(sign_in: SignIn, store: Store) -> None:
    since = (amazon.NOW - timedelta(days=2)).date()
    status, _ = save(sign_in(), store, meanwhile="since", meanwhile_since=f"{since}")
    assert (status, ImportBatch.objects.get().expected) == (302, 2)


def test_they_may_be_left_as_they_are(sign_in: SignIn, store: Store) -> None:
    client = sign_in()
    status, location = save(client, store, meanwhile="leave")
    assert (status, location) == (302, f"/stores/{store.pk}/settings/")
    assert not ImportBatch.objects.exists()
    assert "Saved for Harbor. Import Amazon Orders: Enabled." in toasts(client, store)
    assert "3 orders that came in while import was disabled are view-only" in page_of(client, store).words


def test_staying_off_needs_no_answer(sign_in: SignIn, store: Store) -> None:
    client = sign_in()
    assert save(client, store, import_amazon_orders="disabled")[0] == 302
    assert "Nothing was changed" in toasts(client, store)


def test_where_nothing_came_in_nothing_is_asked(sign_in: SignIn, store: Store) -> None:
    AmazonOrder.objects.update(status="CANCELLED")
    client = sign_in()
    assert page_of(client, store).all("div", id="meanwhile") == []
    assert save(client, store)[0] == 302


def test_the_toast_and_the_audit_log_say_what_changed(sign_in: SignIn, store: Store) -> None:
    client = sign_in()
    save(
        client,
        store,
        meanwhile="leave",
        order_status="custom",
        processing_order_status="Packing",
        customer_creation="CREATE",
    )
    assert (
        "Import Amazon Orders: Enabled. Customer Creation: Build New Customer Account. Order Status: Packing."
    ) in toasts(client, store)
    told = {
        entry.details["setting"]: entry.details for entry in AuditEntry.objects.filter(what="SETTING_CHANGED")
    }
    assert told["order_status"]["after"] == "Packing"
    assert (told["import_amazon_orders"]["before"], told["import_amazon_orders"]["after"]) == (False, True)
    assert set(told) == {"import_amazon_orders", "customer_creation", "order_status"}


def test_a_merchant_reads_the_settings_without_the_question_being_his(sign_in: SignIn, store: Store) -> None:
    answer = sign_in(Role.MERCHANT, store).post(f"/stores/{store.pk}/settings/", {**FULL, "meanwhile": "all"})
    assert answer.status_code == 403
    assert not ImportBatch.objects.exists()
