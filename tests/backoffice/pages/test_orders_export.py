"""The CSV of All Orders: what is filtered, in chunks, harmless, people only when asked for and allowed."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integration.models import AuditEntry, Role
from integration.orders import export
from tests.factories import amazon

SignIn = Callable[..., Client]
EXPORT = "/orders/export.csv"


def rows_of(client: Client, **sent: str) -> list[dict[str, str]]:
    answer: Any = client.post(EXPORT, sent)
    assert (answer.status_code, answer.streaming) == (200, True)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_is_filtered_comes_in_the_lists_order(sign_in: SignIn) -> None:
    store, other = amazon.store("Harbor"), amazon.store()
    cheap, dear = (amazon.order(store, total=Decimal(total), state="BLOCKED") for total in ("5.50", "99"))
    amazon.order(store)
    amazon.order(other, state="BLOCKED")
    amazon.blocker(dear, "PRODUCT_MISSING", "SKU-1")
    found = rows_of(sign_in(Role.MERCHANT, store), query="state=BLOCKED&ordering=-total")
    assert [row["Amazon Order Number"] for row in found] == [dear.amazon_order_id, cheap.amazon_order_id]
    assert found[0] == {
        "Purchase Date (UTC)": "2026-11-19 12:00:00",
        "Amazon Order Number": dear.amazon_order_id,
        "Commerce Order Number": "",
        "Store": "Harbor",
        "Status": "UNSHIPPED",
        "Import": "BLOCKED",
        "Fulfillment": "MERCHANT",
        "Prime": "",
        "Business": "",
        "Total": "99",
        "Currency": "USD",
        "Ship By (UTC)": "2026-11-21 12:00:00",
        "Order Notes": 'Product "SKU-1" is not in the catalog',
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_no_cell_is_a_formula(text: str, sign_in: SignIn) -> None:
    store = amazon.store(f"{text} store")
    amazon.order(store, status=text, personal={"buyer_name": text})
    [row] = rows_of(sign_in(Role.ADMIN), with_people="1")
    assert {row["Status"], row["Buyer's Name"]} == {f"'{text}"}
    assert row["Store"] == f"'{text} store"


def test_names_are_in_it_only_when_asked_for_and_allowed(sign_in: SignIn) -> None:
    store = amazon.store()
    amazon.order(store, personal={"buyer_name": "Ada Byron"})
    merchant, operator = sign_in(Role.MERCHANT, store), sign_in(Role.OPERATOR, store)
    assert "Buyer's Name" not in rows_of(merchant)[0]
    assert rows_of(merchant, with_people="1")[0]["Buyer's Name"] == "Ada Byron"
    assert "Ada" not in str(rows_of(operator))
    assert operator.post(EXPORT, {"with_people": "1"}).status_code == 403


def test_it_is_written_down_who_took_it_and_never_what_was_searched_for(sign_in: SignIn) -> None:
    store = amazon.store()
    amazon.order(store, personal={"buyer_name": "Ada Byron"})
    client = sign_in(Role.MERCHANT, store)
    rows_of(client, buyer="byron", query="state=WAITING", with_people="1")
    entry = AuditEntry.objects.get(what="EXPORTED")
    assert entry.details == {"filters": ["buyer", "states"], "personal_data": True}
    assert list(entry.stores.values_list("store_id", flat=True)) == [store.pk]
    assert entry.by.startswith("merchant")


def test_a_search_by_buyer_is_exported_from_a_form_only(sign_in: SignIn) -> None:
    store = amazon.store()
    wanted = amazon.order(store, personal={"buyer_name": "Ada Byron"})
    amazon.order(store, personal={"buyer_name": "Grace"})
    client = sign_in(Role.MERCHANT, store)
    [row] = rows_of(client, buyer="byron")
    assert row["Amazon Order Number"] == wanted.amazon_order_id
    assert client.get(EXPORT).status_code == 405


def test_it_is_read_in_chunks_with_as_many_statements_each(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 4)
    store = amazon.store()
    made = [amazon.order(store) for _ in range(10)]
    client = sign_in(Role.MERCHANT, store)
    answer: Any = client.post(EXPORT, {})
    with CaptureQueriesContext(connection) as statements:
        lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 1 + len(made)
    assert len(statements) == 3 * 3
