"""Opens and seals what names a person, where it is kept. Whoever calls it has asked `access` before."""

from collections.abc import Mapping
from typing import Any

from amazon_orders import receive
from sealing import seal

# An address in our words, as `amazon_orders.personal` lays it out.
ADDRESS_KEYS = (
    "name",
    "company",
    "line1",
    "line2",
    "line3",
    "city",
    "municipality",
    "district",
    "region",
    "postal_code",
    "country",
    "phone",
)


def opened(amazon_order_id: str, sealed: bytes | memoryview) -> dict[str, Any]:
    """What Amazon told of the people of one order. Raises seal.DecryptionError."""
    found: dict[str, Any] = seal.open_json(
        sealed, associated_data=receive.personal_associated_data(amazon_order_id)
    )
    return found


def seal_correction(amazon_order_id: str, address: Mapping[str, str]) -> bytes:
    """Seal the address of an order as a person corrected it. Call it outside of any transaction."""
    return seal.seal_json(dict(address), associated_data=correction_associated_data(amazon_order_id))


def open_correction(amazon_order_id: str, sealed: bytes | memoryview) -> dict[str, str]:
    """The address of an order as a person corrected it. Raises seal.DecryptionError."""
    found: dict[str, str] = seal.open_json(
        sealed, associated_data=correction_associated_data(amazon_order_id)
    )
    return found


def correction_associated_data(amazon_order_id: str) -> str:
    """Where a corrected address is sealed to."""
    return f"integration.address_correction:{amazon_order_id}"
