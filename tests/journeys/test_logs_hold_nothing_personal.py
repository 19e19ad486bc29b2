"""Whatever goes wrong in a pass, the log says which run, account and order it was about, and names nobody."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from config import logs
from integration.models import OrderRequest, QuotaBucket
from integration.order_import import drafts
from integration.sync import single_orders
from tests.fixtures_shop import Shop

# Parts of a document that name a person or lead to one.
PERSONAL = ("buyer", "recipient", "gift")
# Short or ordinary words that stand in log lines for other reasons.
LONG_ENOUGH = 5


class Written(logging.Handler):
    """Every event, as the product's own JSON handler would write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logs.formatter("json"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def written() -> Iterator[Written]:
    """All that is logged at DEBUG, but for the loggers that the product keeps quiet."""
    handler, root = Written(), logging.getLogger()
    quiet = {
        name: logging.getLogger(name).level
        for name, how in logs.dictionary("json", "DEBUG")["loggers"].items()
        if how.get("level") == "WARNING"
    }
    before = root.level
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)
    for name, level in quiet.items():
        logging.getLogger(name).setLevel(level)


def personal_strings(document: Any, *, is_personal: bool = False) -> Iterator[str]:
    """Every text of a document under a key that tells of people."""
    if isinstance(document, dict):
        for key, value in document.items():
            names_people = any(part in key.lower() for part in PERSONAL)
            yield from personal_strings(value, is_personal=is_personal or names_people)
    elif isinstance(document, list):
        for value in document:
            yield from personal_strings(value, is_personal=is_personal)
    elif is_personal and isinstance(document, str) and len(document) >= LONG_ENOUGH:
        yield document


def spoil(document: Any) -> None:
    document["orderItems"][0]["quantityOrdered"] = "two"


TROUBLES = ("html503", "error500", "no_orders", "cut", "drop", "throttle", "unauthorized401")


def everything_goes_wrong(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Passes with every fault there is; gives what must not stand in any log."""
    orders = [shop.sell(), shop.sell(("GONE", 1, "1.00")), shop.sell(edit=spoil)]
    secrets = {text for each in orders for text in personal_strings(shop.document(each))}
    shop.amazon.faults.queue("malformed_order", order={"orderId": "Wilhelmina Unlogged", "buyer": None})
    for trouble in TROUBLES:
        shop.amazon.faults.queue(trouble, operation="searchOrders")
        QuotaBucket.objects.all().delete()
        shop.sync()
    QuotaBucket.objects.all().delete()
    order_id = shop.sell()
    secrets.update(personal_strings(shop.document(order_id)))

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError(f"bug about {sorted(secrets)[0]}")

    with monkeypatch.context() as patched:
        patched.setattr(drafts, "draft", broken)
        shop.sync()
    for each in (*orders, order_id):
        OrderRequest.objects.create(
            account=shop.store.account,
            amazon_order_id=each,
            lane=1,
            why="PERSON",
            wanted_at=timezone.now(),
            due_at=timezone.now(),
        )
    shop.amazon.faults.queue("error500", operation="getOrder", after_calls=2)
    single_orders.refresh_account(account_id=shop.store.account_id, now=timezone.now())
    return secrets | {"Wilhelmina Unlogged", shop.token, "Atza|", "Bearer"}


def test_a_pass_with_every_fault_names_nobody(
    shop: Shop, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = everything_goes_wrong(shop, monkeypatch)
    text = "\n".join(written.lines)
    assert len(secrets) > 10
    assert {secret for secret in secrets if secret in text} == set()


def test_every_event_of_a_pass_is_one_json_object_with_run_and_account(
    shop: Shop, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything_goes_wrong(shop, monkeypatch)
    events = [json.loads(line) for line in written.lines]
    ours = [
        event
        for event in events
        if event["logger"].startswith("integration.") and "sandbox" not in event["logger"]
    ]
    named = {event["event"] for event in ours}
    assert {"spapi_request", "communication.failed", "run.ended", "order.failed"} <= named
    of_a_pass = [event for event in ours if "account" in event]
    assert all(event["run"] for event in of_a_pass)
    assert {event["account"] for event in of_a_pass} == {shop.store.account_id}
    about_orders = [event for event in ours if event["event"].startswith("order.")]
    assert about_orders
    assert all(event["order"].startswith("111-") for event in about_orders)
