"""What a check finds. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integration.decision.facts import LineFacts


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why an order cannot be imported; `line_reference` is None for the order as a whole."""

    code: str
    line_reference: str | None = None
    seller_sku: str = ""
    product_id: int | None = None
    product_stamp: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)


def of_line(code: str, line: LineFacts, **details: Any) -> Finding:
    """A finding about one line; it remembers the product's stamp, so that a change of it is noticed."""
    return Finding(
        code=code,
        line_reference=line.reference,
        seller_sku=line.sku_or_asin,
        product_id=line.product.id if line.product else None,
        product_stamp=line.product.stamp if line.product else None,
        details=details,
    )
