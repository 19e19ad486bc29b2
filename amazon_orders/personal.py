"""Everything in Amazon's JSON that names a person, apart from the rest so that it can be sealed. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from amazon_orders import addresses, delivery_wishes, reading

ADDRESS_KEYS = {
    "name": "name",
    "companyName": "company",
    "addressLine1": "line1",
    "addressLine2": "line2",
    "addressLine3": "line3",
    "city": "city",
    "municipality": "municipality",
    "districtOrCounty": "district",
    "stateOrRegion": "region",
    "postalCode": "postal_code",
    "countryCode": "country",
    "phone": "phone",
    "addressType": "type",
}


def of_order(order: Mapping[str, Any], raw_items: list[Any]) -> dict[str, Any]:
    """Everything that names a person, and only what is there: Amazon withholds much of it."""
    buyer = reading.optional_obj(order.get("buyer"), "buyer")
    found: dict[str, Any] = {
        "buyer_name": reading.text(buyer.get("buyerName"), "buyerName", 200),
        "buyer_email": reading.text(buyer.get("buyerEmail"), "buyerEmail", 320),
        "buyer_company": reading.text(buyer.get("buyerCompanyName"), "buyerCompanyName", 200),
        "purchase_order_number": reading.text(
            buyer.get("buyerPurchaseOrderNumber"), "buyerPurchaseOrderNumber", 200
        ),
        "address": _address(order),
        "delivery_wishes": delivery_wishes.wishes(order),
        "gift_messages": _of_items(raw_items, _gift_message),
        "customizations": _of_items(raw_items, _customization),
        "tax_registrations": _tax_registrations(order),
    }
    return {key: value for key, value in found.items() if value}


def _delivery_address(order: Mapping[str, Any]) -> Mapping[str, Any]:
    recipient = reading.optional_obj(order.get("recipient"), "recipient")
    return reading.optional_obj(recipient.get("deliveryAddress"), "deliveryAddress")


def _address(order: Mapping[str, Any]) -> dict[str, str]:
    raw = _delivery_address(order)
    found = {ours: reading.text(raw.get(theirs), theirs, 300) for theirs, ours in ADDRESS_KEYS.items()}
    extended = reading.optional_obj(raw.get("extendedFields"), "extendedFields")
    return addresses.with_extended_fields({key: text for key, text in found.items() if text}, extended)


def address_gaps(order: Mapping[str, Any]) -> str:
    """What a parcel would need and Amazon does not say, e.g. "street,city"."""
    return addresses.gaps_of(_address(order))


def _of_items(raw_items: list[Any], read: Callable[[Any], str]) -> dict[str, str]:
    found = {reading.identifier(item, "orderItemId"): read(item) for item in raw_items}
    return {item_id: text for item_id, text in found.items() if text}


def gift_option(fulfillment: Mapping[str, Any]) -> Mapping[str, Any]:
    packing = reading.optional_obj(fulfillment.get("packing"), "packing")
    return reading.optional_obj(packing.get("giftOption"), "giftOption")


def _gift_message(item: Mapping[str, Any]) -> str:
    fulfillment = reading.optional_obj(item.get("fulfillment"), "orderItems.fulfillment")
    return reading.text(gift_option(fulfillment).get("giftMessage"), "giftMessage", 2_000)


def _customization(item: Mapping[str, Any]) -> str:
    product = reading.optional_obj(item.get("product"), "orderItems.product")
    return reading.text(
        reading.optional_obj(product.get("customization"), "customization").get("customizedUrl"), "url", 2_000
    )


def _tax_registrations(order: Mapping[str, Any]) -> list[dict[str, str]]:
    tax = reading.optional_obj(order.get("tax"), "tax")
    registrations = (
        reading.optional_obj(raw, "taxRegistrations")
        for raw in reading.array(tax.get("taxRegistrations"), "taxRegistrations")
    )
    return [
        {
            "entity": reading.text(registration.get("entityType"), "entityType", 64),
            "name": reading.text(registration.get("legalName"), "legalName", 200),
            "type": reading.text(registration.get("taxRegistrationType"), "taxRegistrationType", 64),
            "number": reading.text(registration.get("taxRegistrationNumber"), "taxRegistrationNumber", 64),
        }
        for registration in registrations
    ]
