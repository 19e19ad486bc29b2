"""What is asked to leave: parcels, and the units in them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineToShip:
    """Units of a line in the product's own units; the line by its id, or all lines of a SKU."""

    quantity: int
    line_id: int | None = None
    sku: str = ""
    unit_codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelToShip:
    """One parcel that leaves. `carrier`: its name, also where the code says it; no date is "now".

    `has_channel_label`: its label was bought from the channel, which so knows of the parcel.
    """

    lines: Sequence[LineToShip]
    carrier_code: str = ""
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    shipped_at: datetime | None = None
    has_channel_label: bool = False
