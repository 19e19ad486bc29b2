"""Whatever Amazon's model of an order allows is read, and nothing is looked for that it does not have."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from amazon_orders import normalize
from sandbox.datasets import DATASETS
from tests.amazon_orders import whole_documents
from tests.sandbox import amazon_models
from tests.sandbox.amazon_models import ABSENT, AMAZONS

pytestmark = pytest.mark.skipif(not AMAZONS.is_dir(), reason=ABSENT)
SAMPLE = AMAZONS / "samples" / "orders-api-migration-data.json"
STATUSES = {
    "PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED",
    "SHIPPED", "CANCELLED", "UNFULFILLABLE",
}  # fmt: skip
# Amazon's sample names this one, its model does not: it is read all the same.
ONLY_IN_THE_SAMPLE = {"INVOICE_UNCONFIRMED"}
# One reader serves the sums of an order and of an item: each has a field that the other lacks.
LOOKED_FOR_IN_BOTH = {("ItemProceedsBreakdown", "status"), ("OrderProceedsBreakdown", "detailedBreakdowns")}
# Amazon's sample has these elsewhere than Amazon's model, which the product follows.
ELSEWHERE_IN_THE_MODEL = {
    "BuyerRequestedCancel.BuyerCancelReason": ("cancellation", "cancellationRequest", "cancelReason"),
    "BuyerRequestedCancel.IsBuyerRequestedCancel": ("cancellation", "cancellationRequest", "requester"),
    "ItemBuyerInfo.GiftMessageText": ("fulfillment", "packing", "giftOption", "giftMessage"),
    "ItemBuyerInfo.GiftWrapLevel": ("fulfillment", "packing", "giftOption", "giftWrapLevel"),
}


def sample() -> dict[str, Any]:
    """How Amazon tells sellers to move from Orders v0 to 2026-01-01."""
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return loaded


def test_an_order_with_every_field_is_one_of_amazons() -> None:
    whole = whole_documents.whole_order(0, set())
    assert amazon_models.definition_faults(whole_documents.MODEL, "Order", whole) == []
    assert sorted(whole) == sorted(whole_documents.fields_of("Order"))


def test_an_order_with_every_field_and_any_word_is_read() -> None:
    count = whole_documents.longest_enum()
    read = [
        normalize.normalize(whole_documents.whole_order(number, set()), data_sets=normalize.DATA_SETS)
        for number in range(count)
    ]
    assert {record.status for record in read} == STATUSES
    assert {record.amazon_order_id for record in read} == {whole_documents.TEXT}
    assert {len(record.items) for record in read} == {1}
    assert {len(record.packages) for record in read} == {1}


def test_nothing_is_looked_for_that_amazon_does_not_have() -> None:
    asked: whole_documents.Asked = set()
    normalize.normalize(whole_documents.whole_order(0, asked), data_sets=normalize.DATA_SETS)
    assert ("Order", "orderId") in asked
    # Our own mark on what a broken page told of an order.
    asked.remove(("Order", normalize.NOT_JSON))
    unknown = {each for each in asked if each[1] not in whole_documents.fields_of(each[0])}
    assert unknown == LOOKED_FOR_IN_BOTH


def test_every_status_of_amazons_sample_is_a_word_here() -> None:
    told = sample()["statusMappings"]
    assert set(told["fulfillmentStatus"].values()) == STATUSES | ONLY_IN_THE_SAMPLE
    assert set(told["fulfillmentChannel"].values()) == {"MERCHANT", "AMAZON"}


def test_the_data_sets_of_amazons_sample_are_those_asked_for() -> None:
    told = set(sample()["includedDataParameters"])
    assert set(DATASETS) - told == {"FULFILLMENT_ORDERS"}
    assert set(normalize.DATA_SETS) <= told
    # What is not asked for, and so is never shown: costs of the seller.
    assert told - set(normalize.DATA_SETS) == {"EXPENSE"}


@pytest.mark.parametrize("status", sorted(STATUSES | ONLY_IN_THE_SAMPLE))
def test_an_order_of_amazons_sample_in_each_status_and_program_is_read(status: str) -> None:
    document = whole_documents.whole_order(0, set())
    document["fulfillment"]["fulfillmentStatus"] = status
    document["programs"] = sample()["programsList"]["orderLevel"]
    document["orderItems"][0]["programs"] = sample()["programsList"]["orderItemLevel"]
    record = normalize.normalize(document, data_sets=normalize.DATA_SETS)
    assert (record.status, list(record.programs)) == (status, sample()["programsList"]["orderLevel"])


def test_where_amazons_sample_says_a_field_is_there_the_model_has_it() -> None:
    found = []
    for old, place in sample()["attributeMappings"].items():
        path = place.split(" ")[0].removeprefix("Order.").split(".")
        if place.startswith("Order.") and not has(path):
            found.append(old)
    assert sorted(found) == sorted(ELSEWHERE_IN_THE_MODEL)
    assert all(has(["orderItems", *path]) for path in ELSEWHERE_IN_THE_MODEL.values())


def has(path: Sequence[str]) -> bool:
    """Whether an order with every field has this one."""
    value: Any = whole_documents.whole_order(0, set())
    for name in path:
        value = value[0] if isinstance(value, list) else value
        if not isinstance(value, dict) or name.removesuffix("[]") not in value:
            return False
        value = value[name.removesuffix("[]")]
    return True
