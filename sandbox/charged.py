"""What was charged for an item, by the components of an adjustment, and the cap of each of them.

Each component is capped by what was charged in that very bucket (Seller Central help 25161, second hand). A
tax that is inside the price has no component of its own: of an item of 1,099 yen including 100 of tax
Principal 999 with Tax 100 was refused and Principal 1,099 taken (docs#767).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sandbox.datasets import Json

ZERO = Decimal()
_CHARGES = {"ITEM": "Principal", "SHIPPING": "Shipping", "GIFT_WRAP": "GiftWrap", "COD_FEE": "COD"}
_TAXES = {"ITEM": "Tax", "SHIPPING": "ShippingTax", "GIFT_WRAP": "GiftWrapTax", "COD_FEE": "CODTax"}


def by_component(item: Json) -> dict[str, Decimal]:
    """Component -> what was charged in its bucket, discounts taken off."""
    proceeds = item.get("proceeds", {})
    breakdowns = {each["type"]: each for each in proceeds.get("breakdowns", [])}
    found = {
        _CHARGES.get(kind, "Other"): _amount(each["subtotal"])
        for kind, each in breakdowns.items()
        if kind not in ("TAX", "DISCOUNT")
    }
    if not found:
        found["Principal"] = _amount(proceeds.get("proceedsTotal", {}))
    for kind, amount in _details(breakdowns.get("DISCOUNT")):
        component = _CHARGES.get(kind, "Principal")
        found[component] = found.get(component, ZERO) - abs(amount)
    taxes = {_TAXES.get(kind, "Tax"): amount for kind, amount in _details(breakdowns.get("TAX"))}
    is_inside = sum(found.values(), ZERO) == _amount(proceeds.get("proceedsTotal", {}))
    return found if is_inside else {**found, **taxes}


def beyond(item: Json, asked: Iterable[tuple[str, Decimal]], before: Mapping[str, Decimal]) -> str:
    """Why Amazon refuses these (component, amount); empty where it takes them."""
    charged, spent = by_component(item), dict(before)
    for component, amount in asked:
        left = charged.get(component, ZERO) - spent.get(component, ZERO)
        if amount > left:
            return f"The adjustment of {amount} exceeds the {component} of {left} that can still be refunded."
        spent[component] = spent.get(component, ZERO) + amount
    return ""


def _details(breakdown: Json | None) -> list[tuple[str, Decimal]]:
    if breakdown is None:
        return []
    details = breakdown.get("detailedBreakdowns")
    if not details:
        return [("ITEM", _amount(breakdown["subtotal"]))]
    return [(each["subtype"], _amount(each["value"])) for each in details]


def _amount(money: Json) -> Decimal:
    return Decimal(money.get("amount", "0"))
