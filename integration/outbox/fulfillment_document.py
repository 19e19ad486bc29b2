"""The document of an order fulfillment feed: parcels that have left without a tracking number. Pure.

The order of the elements is the schema's (OrderFulfillment.xsd): carrier, method and number are optional
there. A code is told rather than a name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from integration.spapi.client import iso

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelToTell:
    """One message. `reference` is ours; Amazon numbers the package itself."""

    message_id: int
    amazon_order_id: str
    reference: str
    shipped_at: datetime
    carrier_code: str
    carrier_name: str
    service: str
    is_cash_on_delivery: bool
    quantities: Mapping[str, int]
    unit_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def fulfillments(seller_id: str, parcels: Sequence[ParcelToTell]) -> bytes:
    """The document that tells of these parcels."""
    envelope = Element("AmazonEnvelope", {f"{{{_XSI}}}noNamespaceSchemaLocation": "amzn-envelope.xsd"})
    header = SubElement(envelope, "Header")
    _text(header, "DocumentVersion", "1.01")
    _text(header, "MerchantIdentifier", seller_id)
    _text(envelope, "MessageType", "OrderFulfillment")
    for parcel in parcels:
        message = SubElement(envelope, "Message")
        _text(message, "MessageID", str(parcel.message_id))
        _write(SubElement(message, "OrderFulfillment"), parcel)
    ElementTree.register_namespace("xsi", _XSI)
    written: bytes = ElementTree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return written


def _write(body: Element, parcel: ParcelToTell) -> None:
    _text(body, "AmazonOrderID", parcel.amazon_order_id)
    _text(body, "MerchantFulfillmentID", parcel.reference)
    _text(body, "FulfillmentDate", iso(parcel.shipped_at))
    data = SubElement(body, "FulfillmentData")
    if parcel.carrier_name:
        _text(data, "CarrierName", parcel.carrier_name)
    else:
        _text(data, "CarrierCode", parcel.carrier_code)
    if parcel.service:
        _text(data, "ShippingMethod", parcel.service)
    if parcel.is_cash_on_delivery:
        _text(body, "CODCollectionMethod", "DirectPayment")
    for item_id, quantity in sorted(parcel.quantities.items()):
        item = SubElement(body, "Item")
        _text(item, "AmazonOrderItemCode", item_id)
        _text(item, "Quantity", str(quantity))
        for code in parcel.unit_codes.get(item_id, ()):
            _text(item, "TransparencyCode", code)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
