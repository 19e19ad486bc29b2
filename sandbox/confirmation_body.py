"""The body of confirmShipment, checked against the model ordersV0.json and what sellers report."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox import carrier_codes
from sandbox.clock import parse_iso
from sandbox.wire import SpApiError

_REQUIRED = ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate", "orderItems")


@dataclass(frozen=True)
class ShippedPackage:
    marketplace_id: str
    reference: str
    carrier: str
    service: str | None
    tracking_number: str
    shipped_at: datetime
    quantities: dict[str, int]
    transparency_codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cod_collection_method: str = ""


def shipped_package(body: Any) -> ShippedPackage:
    _require(isinstance(body, dict), "the body must be an object")
    _require(
        isinstance(body.get("marketplaceId"), str) and body["marketplaceId"], "marketplaceId is required"
    )
    detail = body.get("packageDetail")
    _require(isinstance(detail, dict), "packageDetail is required")
    for name in _REQUIRED:
        _require(detail.get(name) not in (None, "", []), f"packageDetail.{name} is required")
    for name in ("carrierCode", "carrierName", "trackingNumber", "shippingMethod"):
        _require(isinstance(detail.get(name, ""), str), f"packageDetail.{name} must be a string")
    _require(
        detail["carrierCode"] in carrier_codes.KNOWN,
        "carrierCode is not valid: it is compared letter by letter with Amazon's list",
    )
    other = detail["carrierCode"].lower() == "other"
    _require(not other or detail.get("carrierName"), "carrierName is required when carrierCode is Other")
    return ShippedPackage(
        marketplace_id=body["marketplaceId"],
        reference=_reference(detail["packageReferenceId"]),
        carrier=detail.get("carrierName") or detail["carrierCode"],
        service=detail.get("shippingMethod"),
        tracking_number=detail["trackingNumber"],
        shipped_at=_ship_date(detail["shipDate"]),
        quantities=_quantities(detail["orderItems"]),
        transparency_codes=_transparency_codes(detail["orderItems"]),
        cod_collection_method=_cod_collection_method(body),
    )


def _transparency_codes(items: list[Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        codes = item.get("transparencyCodes", [])
        is_texts = isinstance(codes, list) and all(isinstance(code, str) and code for code in codes)
        _require(is_texts, "transparencyCodes must be a list of strings")
        found[item["orderItemId"]] = (*found.get(item["orderItemId"], ()), *codes)
    return found


def _cod_collection_method(body: Any) -> str:
    method = body.get("codCollectionMethod")
    _require(method in (None, "DirectPayment"), "codCollectionMethod must be DirectPayment")
    return method or ""


def _reference(value: Any) -> str:
    """A string, though it must hold a number: integers are refused since January 2026
    (selling-partner-api-models issue 5094)."""
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and int(value) > 0
    _require(is_number, "packageReferenceId must be a string that holds a positive number")
    return str(value)


def _ship_date(value: Any) -> datetime:
    """The model's own 400 example is a date like 02/21/2022, answered without details."""
    try:
        return parse_iso(str(value))
    except ValueError:
        raise SpApiError(400, "Invalid Input", "Invalid Input") from None


def _quantities(items: Any) -> dict[str, int]:
    _require(isinstance(items, list), "orderItems must be a list")
    quantities: dict[str, int] = {}
    for item in items:
        _require(isinstance(item, dict), "an order item must be an object")
        item_id, quantity = item.get("orderItemId"), item.get("quantity")
        _require(isinstance(item_id, str) and item_id, "orderItemId is required")
        is_count = isinstance(quantity, int) and not isinstance(quantity, bool) and quantity > 0
        _require(is_count, "quantity must be a positive integer")
        quantities[item_id] = quantities.get(item_id, 0) + quantity
    return quantities


def _require(condition: object, details: str) -> None:
    if not condition:
        raise SpApiError(400, "InvalidInput", "Invalid Input", details)
