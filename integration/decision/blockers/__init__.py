"""Why an order cannot be imported: one reason per module, with its check, its words, its remedy. Pure.

Every check runs over every order it applies to, so that all reasons are known at once.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from integration.decision.blockers import (
    address_incomplete,
    amounts_missing,
    currency_unsupported,
    failed,
    no_items,
    out_of_stock,
    product_disabled,
    product_missing,
)
from integration.decision.blockers.finding import Finding
from integration.decision.facts import OrderFacts

# Checked in this order, and shown in it.
CHECKS: tuple[ModuleType, ...] = (
    no_items,
    product_missing,
    product_disabled,
    out_of_stock,
    address_incomplete,
    amounts_missing,
    currency_unsupported,
    failed,
)
_BY_CODE: Mapping[str, ModuleType] = {module.CODE: module for module in CHECKS}
CODES: tuple[str, ...] = tuple(_BY_CODE)

# Goods that have left cannot lack stock, an address or a price: only what makes a Commerce order impossible.
AFTER_SHIPPING = frozenset(
    {product_missing.CODE, product_disabled.CODE, no_items.CODE, currency_unsupported.CODE}
)
# While the payment is pending, Amazon withholds addresses and amounts: they are not missing yet.
BEFORE_PAYMENT = frozenset({product_missing.CODE, product_disabled.CODE, out_of_stock.CODE})
# An order that Amazon fulfills takes no stock of ours.
FULFILLED_BY_AMAZON = frozenset({product_missing.CODE, product_disabled.CODE})
ALL = frozenset(CODES)


def find_blockers(facts: OrderFacts, *, codes: Iterable[str] = ALL) -> tuple[Finding, ...]:
    """Every reason of these codes, of every line."""
    wanted = frozenset(codes)
    return tuple(finding for module in CHECKS if module.CODE in wanted for finding in module.check(facts))


def message(code: str, details: Mapping[str, Any], seller_sku: str) -> str:
    """The reason in words, without a full stop."""
    return str(_BY_CODE[code].message(details, seller_sku))


def gone(code: str) -> str:
    """Why the reason is no longer in force, in words, unless the order itself has come to an end."""
    return str(_BY_CODE[code].GONE)


def remedy(code: str, details: Mapping[str, Any], seller_sku: str) -> str:
    """What a person can do about it, as a sentence."""
    return str(_BY_CODE[code].remedy(details, seller_sku))
