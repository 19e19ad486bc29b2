"""What Amazon changed about an order besides its status. Pure; nothing personal: an address that changed is
named, never told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from amazon_orders.models import AmazonOrder

# A thousand lines that all changed make no better reading than the first of them.
AT_MOST = 20
_OF_ITEM = (
    ("item_ordered", "quantity_ordered"),
    ("item_canceled", "quantity_canceled"),
    ("item_shipped", "quantity_shipped"),
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that is another now. `name`: the SKU of the item or the reference of the parcel."""

    what: str
    name: str = ""
    before: str = ""
    after: str = ""

    def as_json(self) -> dict[str, str]:
        """For a timeline: what says nothing is left out."""
        said = {"what": self.what, "name": self.name, "before": self.before, "after": self.after}
        return {key: text for key, text in said.items() if text}


@dataclass(frozen=True, slots=True)
class Children:
    """Lines and parcels of an order, records or rows; `packages` None: they were not asked for."""

    items: Sequence[Any]
    packages: Sequence[Any] | None


def between(
    before: AmazonOrder, after: AmazonOrder, *, was: Children, now: Children, is_address_changed: bool
) -> tuple[FieldChange, ...]:
    """What differs between two versions of an order, the first AT_MOST."""
    changes = [
        *_value("total", _money(before), _money(after)),
        *_value("ship_by", _moment(before.latest_ship_at), _moment(after.latest_ship_at)),
        *_value("deliver_by", _moment(before.latest_deliver_at), _moment(after.latest_deliver_at)),
        *_value("service", before.service_level, after.service_level),
        *([FieldChange("address")] if is_address_changed else []),
        *_items(was.items, now.items),
        *(_packages(was.packages or (), now.packages) if now.packages is not None else ()),
    ]
    return tuple(changes[:AT_MOST])


def _value(what: str, before: str, after: str, name: str = "") -> Iterator[FieldChange]:
    if before != after:
        yield FieldChange(what, name, before, after)


def _money(order: AmazonOrder) -> str:
    return "" if order.total is None else f"{_plain(order.total)} {order.total_currency}"


def _plain(amount: Decimal | None) -> str:
    return (
        "" if amount is None else f"{amount:.2f}" if amount == round(amount, 2) else f"{amount.normalize():f}"
    )


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _items(before: Sequence[Any], after: Sequence[Any]) -> Iterator[FieldChange]:
    known, told = _by(before, "order_item_id"), _by(after, "order_item_id")
    for key, item in told.items():
        name = item.seller_sku or item.asin
        was = known.get(key)
        if was is None:
            yield FieldChange("item_added", name, after=str(item.quantity_ordered))
            continue
        for what, column in _OF_ITEM:
            yield from _value(what, str(getattr(was, column)), str(getattr(item, column)), name)
        yield from _value("item_price", _plain(was.unit_price), _plain(item.unit_price), name)
    for key in known.keys() - told.keys():
        yield FieldChange("item_removed", known[key].seller_sku or known[key].asin)


def _packages(before: Iterable[Any], after: Iterable[Any]) -> Iterator[FieldChange]:
    known, told = _by(before, "package_reference_id"), _by(after, "package_reference_id")
    for key, package in told.items():
        if key not in known:
            yield FieldChange("package_added", key, after=package.carrier)
        else:
            yield from _value("package_status", known[key].status, package.status, key)
    for key in known.keys() - told.keys():
        yield FieldChange("package_removed", key)


def _by(rows: Iterable[Any], column: str) -> Mapping[str, Any]:
    return {getattr(row, column): row for row in rows}
