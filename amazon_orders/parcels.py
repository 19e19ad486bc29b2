"""The parcels that Amazon knows of, out of its JSON. Pure.

None of their details is vital: what cannot be read is left out and noted (`reading.oddities`).
"""

from collections.abc import Mapping
from typing import Any

from amazon_orders import reading
from amazon_orders.records import PackageRecord


def of_order(order: Mapping[str, Any]) -> tuple[PackageRecord, ...]:
    """The parcels of an order, without those, and their lines, that cannot be told apart."""
    packages = reading.each(
        reading.array(order.get("packages"), "packages"), lambda raw: _package(reading.obj(raw, "packages"))
    )
    # Amazon's example references are not numbers: any text is read. A repeated one is the same parcel.
    return tuple({package.package_reference_id: package for package in packages}.values())


def _package(package: Mapping[str, Any]) -> PackageRecord:
    status = reading.optional_obj(package.get("packageStatus"), "packageStatus")
    return PackageRecord(
        package_reference_id=reading.text(
            reading.required(package, "packageReferenceId", "packages"), "packageReferenceId", 128
        ),
        carrier=reading.text(package.get("carrier"), "carrier", 128),
        shipping_service=reading.text(package.get("shippingService"), "shippingService", 128),
        tracking_number=reading.text(package.get("trackingNumber"), "trackingNumber", 128),
        shipped_at=reading.optional_time(package.get("shipTime"), "shipTime"),
        status=reading.text(status.get("status"), "packageStatus", 64),
        detailed_status=reading.text(status.get("detailedStatus"), "detailedStatus", 64),
        # A line that does not say how many is left out: a parcel is told of by what it surely holds.
        items=tuple(reading.each(reading.array(package.get("packageItems"), "packageItems"), _package_item)),
    )


def _package_item(raw: Any) -> dict[str, Any]:
    content = reading.obj(raw, "packageItems")
    quantity = reading.required(content, "quantity", "packageItems")
    return {
        "order_item_id": reading.identifier(content, "orderItemId"),
        "quantity": reading.quantity(quantity, "packageItems"),
    }
