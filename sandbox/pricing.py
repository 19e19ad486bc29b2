"""The money of an order: breakdowns per item, their sums per order, all as Amazon spells it.

Prices hold no tax in the United States and Canada, where Amazon adds and remits it. In the United Kingdom,
Germany and Japan the tax is told as a breakdown and is inside the prices: the parts without it make the total
(docs#767, models#1372: an item of 1,099 yen including 100 of tax). Elsewhere no tax is told, as in the
examples of the model. A discount is found with either sign in answers of the real API, so both occur here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.datasets import Json
from sandbox.marketplaces import Marketplace

ZERO = Decimal()
TAX_RATES: Mapping[str, Decimal] = {"US": Decimal("0.0825"), "CA": Decimal("0.13")}
INCLUDED_TAX_RATES: Mapping[str, Decimal] = {
    "UK": Decimal("0.20"),
    "DE": Decimal("0.19"),
    "JP": Decimal("0.10"),
}
_TAXED = ("ITEM", "SHIPPING", "GIFT_WRAP")


@dataclass
class ItemMoney:
    unit_price: Decimal
    quantity: int
    shipping: Decimal = ZERO
    gift_wrap: Decimal = ZERO
    cod_fee: Decimal = ZERO
    item_discount: Decimal = ZERO
    shipping_discount: Decimal = ZERO


@dataclass
class OrderMoney:
    where: Marketplace
    items: list[ItemMoney]
    tip: Decimal = ZERO
    tip_status: str = "FINALIZED"
    is_discount_positive: bool = False
    _sums: dict[str, Decimal] = field(default_factory=dict)

    def item_proceeds(self, item: ItemMoney) -> Json:
        """Also adds the item to the sums of the order: call it once per item."""
        parts = self._parts(item)
        breakdowns = []
        for kind, details in parts.items():
            subtotal = sum(details.values(), ZERO)
            self._sums[kind] = self._sums.get(kind, ZERO) + subtotal
            breakdowns.append(self._breakdown(kind, subtotal, details))
        return {"proceedsTotal": self.money(self._total(parts)), "breakdowns": breakdowns}

    def order_proceeds(self) -> Json:
        total = self._signed_sum(self._sums) + self.tip
        breakdowns = [
            {"type": kind, "subtotal": self.money(self._shown(kind, amount))}
            for kind, amount in self._sums.items()
        ]
        if self.tip:
            breakdowns.append(
                {"type": "DELIVERY_TIP", "status": self.tip_status, "subtotal": self.money(self.tip)}
            )
        return {"grandTotal": self.money(total), "breakdowns": breakdowns}

    def money(self, amount: Decimal) -> Json:
        return {"amount": str(self._rounded(amount)), "currencyCode": self.where.currency}

    def _parts(self, item: ItemMoney) -> dict[str, dict[str, Decimal]]:
        """Kind -> subtype -> amount, all positive, without the kinds that are nothing."""
        parts = {
            "ITEM": {"ITEM": item.unit_price * item.quantity},
            "SHIPPING": {"SHIPPING": item.shipping},
            "GIFT_WRAP": {"GIFT_WRAP": item.gift_wrap},
            "COD_FEE": {"COD_FEE": item.cod_fee},
            "DISCOUNT": {"ITEM": item.item_discount, "SHIPPING": item.shipping_discount},
        }
        parts["TAX"] = self._tax(parts)
        known = {
            kind: {subtype: self._rounded(amount) for subtype, amount in details.items() if amount}
            for kind, details in parts.items()
        }
        return {kind: details for kind, details in known.items() if details}

    def _tax(self, parts: dict[str, dict[str, Decimal]]) -> dict[str, Decimal]:
        rate = TAX_RATES.get(self.where.code, ZERO)
        if inside := INCLUDED_TAX_RATES.get(self.where.code):
            rate = inside / (1 + inside)
        return {
            kind: self._rounded((parts[kind][kind] - parts["DISCOUNT"].get(kind, ZERO)) * rate)
            for kind in _TAXED
        }

    def _breakdown(self, kind: str, subtotal: Decimal, details: dict[str, Decimal]) -> Json:
        """Only TAX and DISCOUNT have details (orders_2026-01-01 model)."""
        breakdown: Json = {"type": kind, "subtotal": self.money(self._shown(kind, subtotal))}
        if kind in ("TAX", "DISCOUNT"):
            breakdown["detailedBreakdowns"] = [
                {"subtype": subtype, "value": self.money(self._shown(kind, amount))}
                for subtype, amount in details.items()
            ]
        return breakdown

    def _shown(self, kind: str, amount: Decimal) -> Decimal:
        return -amount if kind == "DISCOUNT" and not self.is_discount_positive else amount

    def _total(self, parts: dict[str, dict[str, Decimal]]) -> Decimal:
        return self._signed_sum({kind: sum(details.values(), ZERO) for kind, details in parts.items()})

    def _signed_sum(self, sums: Mapping[str, Decimal]) -> Decimal:
        left_out = {"TAX"} if self.where.code in INCLUDED_TAX_RATES else set()
        return sum(
            (
                -amount if kind == "DISCOUNT" else amount
                for kind, amount in sums.items()
                if kind not in left_out
            ),
            ZERO,
        )

    def _rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(Decimal(1).scaleb(-self.where.digits))
