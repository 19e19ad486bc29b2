"""Amazon's own example answers, which live beside the project and not in it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from amazon_orders import normalize

MODEL = (
    Path(__file__).resolve().parents[3]
    / "shared/amazon-models/models/orders-api-model/orders_2026-01-01.json"
)


def amazons_own_orders() -> list[Any]:
    """Every order in the example answers of Amazon's model; one that is never read where it is absent."""
    if not MODEL.is_file():
        return [None]
    paths = json.loads(MODEL.read_text(encoding="utf-8"))["paths"]
    found = []
    for path in paths.values():
        answers = path["get"]["responses"]["200"]["x-amzn-api-sandbox"]["static"]
        for answer in answers:
            response = answer["response"]
            found.extend(response.get("orders", [response.get("order")]))
    return found


@pytest.mark.skipif(not MODEL.is_file(), reason="Amazon's models are not beside the project")
@pytest.mark.parametrize("document", amazons_own_orders())
def test_amazons_own_examples_are_read(document: Any) -> None:
    record = normalize.normalize(document, data_sets=normalize.DATA_SETS)
    assert record.amazon_order_id == document["orderId"]
    assert record.status == document["fulfillment"]["fulfillmentStatus"]
    assert len(record.items) == len(document["orderItems"])
    assert [item.seller_sku for item in record.items] == [
        item["product"].get("sellerSku", "") for item in document["orderItems"]
    ]
    if "proceeds" in document:
        assert record.total == Decimal(document["proceeds"]["grandTotal"]["amount"])
    assert len(record.packages) == len(document.get("packages", []))
    assert bool(record.personal.get("buyer_name")) == bool(document.get("buyer", {}).get("buyerName"))
