"""The writes of Orders v0 that stay: confirmShipment (the same reference again edits that package), and
updateShipmentStatus for what the buyer comes for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from integration.spapi import answers
from integration.spapi.client import SellerClient, iso

# Any other 2xx is not believed: a proxy's 200 with a page would otherwise count as told, and the parcel
# be late at Amazon.
CONFIRMED = 204


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A parcel as Amazon is told of it. `quantities`: Amazon's items by order item id.

    `reference` is a text that holds a positive number; `carrier_name` goes with the code "Other".
    """

    amazon_order_id: str
    marketplace_id: str
    reference: str
    carrier_code: str
    carrier_name: str
    service: str
    tracking_number: str
    shipped_at: datetime
    quantities: Mapping[str, int]
    unit_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cod_collection_method: str = ""


def confirm(client: SellerClient, package: Package) -> None:
    """Tell Amazon. Raises RetryLater (see errors.may_have_arrived), Rejected, StoreMisconfigured."""
    path = f"/orders/v0/orders/{quote(package.amazon_order_id, safe='')}/shipmentConfirmation"
    answer = client.send("confirmShipment", "POST", path, body=_body(package))
    if answer.status != CONFIRMED:
        with client.told("confirmShipment"):
            raise answers.not_believed("confirmShipment", answer)


def update_status(
    client: SellerClient,
    *,
    amazon_order_id: str,
    marketplace_id: str,
    status: str,
    quantities: Mapping[str, int] | None = None,
) -> None:
    """Tell what became of goods that wait in a store, all or some of them. Raises as `confirm` does."""
    body: dict[str, object] = {"marketplaceId": marketplace_id, "shipmentStatus": status}
    if quantities:
        body["orderItems"] = [
            {"orderItemId": item_id, "quantity": quantity} for item_id, quantity in sorted(quantities.items())
        ]
    path = f"/orders/v0/orders/{quote(amazon_order_id, safe='')}/shipment"
    answer = client.send("updateShipmentStatus", "POST", path, body=body)
    if answer.status != CONFIRMED:
        with client.told("updateShipmentStatus"):
            raise answers.not_believed("updateShipmentStatus", answer)


def _body(package: Package) -> dict[str, object]:
    detail: dict[str, object] = {
        "packageReferenceId": package.reference,
        "carrierCode": package.carrier_code,
        "trackingNumber": package.tracking_number,
        "shipDate": iso(package.shipped_at),
        "orderItems": [
            _item(item_id, quantity, package.unit_codes.get(item_id, ()))
            for item_id, quantity in sorted(package.quantities.items())
        ],
    }
    if package.carrier_name:
        detail["carrierName"] = package.carrier_name
    if package.service:
        detail["shippingMethod"] = package.service
    body: dict[str, object] = {"marketplaceId": package.marketplace_id, "packageDetail": detail}
    if package.cod_collection_method:
        body["codCollectionMethod"] = package.cod_collection_method
    return body


def _item(item_id: str, quantity: int, codes: Sequence[str]) -> dict[str, object]:
    item: dict[str, object] = {"orderItemId": item_id, "quantity": quantity}
    return {**item, "transparencyCodes": list(codes)} if codes else item
