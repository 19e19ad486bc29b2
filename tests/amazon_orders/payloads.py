"""Amazon's JSON for the tests of the mirror: an order with everything that may be in one. Invented people."""

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.samples import sample_order
from sandbox.world import merge

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDER_ID = "111-0000000-0000001"


def usd(amount: str) -> dict[str, Any]:
    return {"amount": amount, "currencyCode": "USD"}


def full_order(**patch: Any) -> dict[str, Any]:
    """Two lines, a parcel, a gift, taxes, a promotion, a wish to cancel; `patch` is merged in."""
    document = sample_order(ORDER_ID, created=NOW, lines=(("SKU-1", 2, "10.00"), ("SKU-2", 1, "5.00")))
    first = document["orderItems"][0]
    document["programs"] = ["PRIME", "AMAZON_BUSINESS"]
    document["orderAliases"] = [{"aliasType": "SELLER_ORDER_ID", "aliasId": "WEB-77"}]
    document["associatedOrders"] = [
        {"associationType": "REPLACEMENT_ORIGINAL_ID", "orderId": "111-0000000-0000009"}
    ]
    document["buyer"] |= {"buyerCompanyName": "Acme Ltd", "buyerPurchaseOrderNumber": "PO-1"}
    document["recipient"]["deliveryAddress"] |= {"phone": "+1 555 0100", "addressLine2": ""}
    document["tax"] = {
        "taxRegistrations": [
            {
                "entityType": "BUYER",
                "legalName": "Acme Ltd",
                "taxRegistrationType": "VAT",
                "taxRegistrationNumber": "X1",
            }
        ]
    }
    document["packages"] = [
        {
            "packageReferenceId": "pkg-1",
            "carrier": "UPS",
            "shippingService": "Ground",
            "trackingNumber": "1Z999",
            "shipTime": "2026-11-20T10:00:00.123Z",
            "packageStatus": {"status": "SHIPPED", "detailedStatus": "PICKED_UP"},
            "packageItems": [{"orderItemId": first["orderItemId"], "quantity": 1}],
        }
    ]
    first["programs"] = ["TRANSPARENCY"]
    first["product"]["customization"] = {"customizedUrl": "https://example.com/c.zip"}
    first["promotion"] = {"breakdowns": [{"promotionId": "TENOFF"}]}
    first["tax"] = {
        "taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}],
        "taxCalculationBreakdowns": [{"reportingScheme": "UOSS"}],
    }
    first["cancellation"] = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Too late"}}
    first["fulfillment"] |= {
        "quantityFulfilled": 1,
        "quantityUnfulfilled": 1,
        "packing": {"giftOption": {"giftMessage": "Enjoy", "giftWrapLevel": "Classic"}},
        "shipping": {"internationalShipping": {"iossNumber": "IM1"}},
    }
    first["proceeds"]["breakdowns"][0]["detailedBreakdowns"] = [
        {"subtype": "PRINCIPAL", "value": usd("20.00")}
    ]
    document["proceeds"]["breakdowns"] += [
        {"type": "DELIVERY_TIP", "subtotal": usd("1.00"), "status": "PENDING"}
    ]
    merge(document, patch)
    # Amounts that are equal are one object in a sample: changing one must not change the other.
    copied: dict[str, Any] = json.loads(json.dumps(document))
    return copied


def at(document: Any, path: str) -> tuple[Any, Any]:
    """The container and the key of a dotted path, e.g. "orderItems.0.product"."""
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        document = document[step]
    return document, last


def spoilt(path: str, value: Any) -> dict[str, Any]:
    """A full order with this value at this place."""
    document = full_order()
    container, key = at(document, path)
    container[key] = value
    return document


def lacking(path: str) -> dict[str, Any]:
    """A full order without what is at this place."""
    document = full_order()
    container, key = at(document, path)
    del container[key]
    return document
