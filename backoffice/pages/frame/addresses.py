"""Addresses as they stand on a parcel."""


def address_lines(address: dict[str, str] | None) -> list[str]:
    """An address as it stands on a parcel."""
    if not address:
        return []
    town = " ".join(filter(None, (address.get("city"), address.get("region"), address.get("postal_code"))))
    parts = [
        address.get(key, "")
        for key in ("name", "company", "line1", "line2", "line3", "municipality", "district")
    ]
    return [line for line in (*parts, town, address.get("country", ""), address.get("phone", "")) if line]
