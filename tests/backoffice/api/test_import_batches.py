"""Imports of chosen orders over REST: started once, polled until they are done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration.models import BatchOrder, ImportBatch, OrderImport, Role
from integration.orders.bulk import work
from tests.backoffice.api.conftest import ClientOf
from tests.factories import amazon

pytestmark = pytest.mark.django_db
FIRST = "111-0000001-0000001"


def test_numbers_become_a_batch_that_can_be_polled(as_role: ClientOf, mounted: list[str]) -> None:
    store = amazon.store()
    blocked = amazon.order(store, state="BLOCKED")
    amazon.blocker(blocked, "PRODUCT_MISSING", "SKU-1")
    api = as_role(Role.MERCHANT, store)
    body = {"amazon_order_ids": [FIRST, blocked.amazon_order_id, f" {FIRST} "]}
    answer = api.send("post", f"stores/{store.pk}/import-orders/", body)
    assert (answer.status_code, mounted) == (202, ["wake_batches"])
    started = answer.json()
    assert (started["kind"], started["total"], started["done"], started["finished_at"]) == (
        "BY_NUMBER",
        2,
        0,
        None,
    )

    work.run(now=timezone.now())
    polled = api.get(f"import-batches/{started['id']}/").json()
    assert (polled["done"], polled["outcomes"]) == (1, {"BLOCKED": 1})
    BatchOrder.objects.filter(outcome="").update(outcome="UNKNOWN")
    orders = api.get(f"import-batches/{started['id']}/orders/").json()
    assert orders["next"] is None
    assert [(row["amazon_order_id"], row["outcome"]) for row in orders["results"]] == [
        (FIRST, "UNKNOWN"),
        (blocked.amazon_order_id, "BLOCKED"),
    ]
    assert "SKU-1" in orders["results"][1]["text"]
    listed = api.get(f"stores/{store.pk}/import-orders/").json()["results"]
    assert [each["id"] for each in listed] == [started["id"]]
    assert listed[0]["links"]["orders"].endswith(f"/api/v1/import-batches/{started['id']}/orders/")


def test_the_same_key_starts_one_import(as_role: ClientOf) -> None:
    store = amazon.store()
    api = as_role(Role.MERCHANT, store)
    for _ in range(2):
        api.client.post(
            f"/api/v1/stores/{store.pk}/import-orders/",
            {"amazon_order_ids": [FIRST]},
            content_type="application/json",
            headers={"Idempotency-Key": "once"},
        )
    assert ImportBatch.objects.count() == 1


def test_all_received_since_a_moment(as_role: ClientOf) -> None:
    store = amazon.store()
    order = amazon.order(store, state="VIEW_ONLY", received_at=timezone.now())
    OrderImport.objects.filter(pk=order.pk).update(reason="IMPORT_DISABLED")
    since = (timezone.now() - timedelta(days=1)).isoformat()
    answer = as_role(Role.ADMIN).send("post", f"stores/{store.pk}/import-orders/", {"received_since": since})
    assert (answer.status_code, answer.json()["kind"], answer.json()["total"]) == (202, "SINCE", 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "either"),
        ({"amazon_order_ids": [FIRST], "received_since": "2026-01-01"}, "either"),
        ({"amazon_order_ids": []}, "empty"),
        ({"amazon_order_ids": ["hello"]}, "Entry 0 is no order number"),
        ({"amazon_order_ids": [f"{FIRST} {FIRST[:-1]}2"]}, "Entry 0 is no order number"),
        ({"amazon_order_ids": [f"111-0000001-{number:07d}" for number in range(1_001)]}, "1000"),
        ({"received_since": "yesterday"}, "ISO 8601"),
        ({"received_since": "2026-01-01"}, "No view-only order"),
    ],
)
def test_what_makes_no_sense_is_refused(as_role: ClientOf, body: dict[str, object], words: str) -> None:
    store = amazon.store()
    answer = as_role(Role.ADMIN).send("post", f"stores/{store.pk}/import-orders/", body)
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert not ImportBatch.objects.exists()


def test_other_stores_imports_do_not_exist(as_role: ClientOf) -> None:
    mine, other = amazon.store(), amazon.store()
    started = as_role(Role.ADMIN).send(
        "post", f"stores/{other.pk}/import-orders/", {"amazon_order_ids": [FIRST]}
    )
    api = as_role(Role.MERCHANT, mine)
    for path in (
        f"stores/{other.pk}/import-orders/",
        f"import-batches/{started.json()['id']}/",
        f"import-batches/{started.json()['id']}/orders/",
    ):
        assert api.get(path).status_code == 404
