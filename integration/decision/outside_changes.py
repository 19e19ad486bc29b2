"""Outside changes: what Amazon did to an order by itself, what we did about it, what is left for a person.

Pure. What Amazon said when the order was last judged (`Seen`) is compared with what it says now, so the same
news twice is told once. Orders 2026-01-01 tells of no refund: all it shows of one is a total that changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision, is_currency

from integration.decision.facts import OrderSnapshot
from integration.decision.policy import CANCELED, SHIPPED

_AS = {"WAITING": "waiting", "BLOCKED": "blocked", "SKIPPED": "skipped", "VIEW_ONLY": "view only"}
_OVER = frozenset({"CANCELED", "CLOSED"})


@dataclass(frozen=True, slots=True)
class OutsideChange:
    """One event: `did` by Amazon, `done` by us, `to_do` by a person (empty: nothing)."""

    code: str
    did: str
    done: str
    to_do: str = ""

    @property
    def details(self) -> dict[str, str]:
        """What the timeline keeps of it."""
        return {"did": self.did, "done": self.done, "to_do": self.to_do}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An order without a Commerce order until now: its states before and after this judgment, its stock."""

    was: str
    becomes: str
    is_first: bool
    is_merchant: bool
    holds: bool
    released: bool

    @property
    def while_(self) -> str:
        """Where the order was when it happened."""
        return f"while it was {_AS[self.was]} here" if self.was in _AS else "meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A Commerce order and what following Amazon did to it. Counts are product units."""

    number: str
    status: str
    is_first: bool
    is_merchant: bool
    has_shipped: bool
    left_to_ship: int
    grand_total: Decimal | None = None
    cancels_order: bool = False
    is_canceled_after_shipping: bool = False
    units_canceled: int = 0
    units_shipped: int = 0
    canceled_though_shipped: int = 0
    shipped_though_canceled: int = 0


def while_held(before: OrderSnapshot | None, now: OrderSnapshot, held: Held) -> list[OutsideChange]:
    """What there is to tell of an order that we held without a Commerce order."""
    return [
        *_canceled_while_held(before, now, held),
        *_shipped_while_held(before, now, held),
        *_units_canceled_while_held(before, now, held),
        *_asks_to_cancel(before, now, is_first=held.is_first, is_merchant=held.is_merchant),
    ]


def _canceled_while_held(
    before: OrderSnapshot | None, now: OrderSnapshot, held: Held
) -> Iterator[OutsideChange]:
    is_news = before is not None and not _is_canceled(before)
    ends = held.becomes == "CANCELED" and (held.was != "CANCELED" or held.is_first)
    if not _is_canceled(now) or not (is_news or ends):
        return
    if held.becomes == "VIEW_ONLY":
        done = "View only: there was nothing to undo here."
    elif held.becomes == "SKIPPED":
        done = "It stays skipped; it held no stock."
    else:
        done = "Its held stock was released." if held.released else "It held no stock."
    yield OutsideChange("CANCELED", "Canceled at Amazon before it was imported.", done)


def _shipped_while_held(
    before: OrderSnapshot | None, now: OrderSnapshot, held: Held
) -> Iterator[OutsideChange]:
    if before is None or not held.is_merchant or _is_canceled(now) or now.shipped <= before.shipped:
        return
    left = max(now.wanted - now.shipped, 0)
    count = "All of it" if not left else f"{now.shipped} of {counted(now.wanted, 'item')}"
    done, to_do = _about_shipped(held, left)
    yield OutsideChange("SHIPPED_AT_AMAZON", f"{count} shipped at Amazon {held.while_}.", done, to_do)


def _about_shipped(held: Held, left: int) -> tuple[str, str]:
    if held.becomes == "IMPORTED":
        done = "Imported; what has left is recorded as shipped and taken from stock."
        return done, f"Ship only the remaining {counted(left, 'item')}." if left else ""
    if held.becomes == "BLOCKED":
        kept = " Its stock stays held." if held.holds else ""
        done = f"Nothing is recorded as shipped yet: it is still blocked.{kept}"
        return done, "Mend what blocks it: it is then imported and the shipment taken over."
    if held.becomes == "SKIPPED":
        done = "It stays skipped: no Commerce order, no stock taken."
        return done, "If it left from stock on record, end the skip or correct the count."
    if held.becomes == "VIEW_ONLY":
        done = "View only: no Commerce order, no stock taken."
        return done, "If it left from stock on record, import it or correct the count."
    return "It still waits; nothing was changed here.", ""


def _units_canceled_while_held(
    before: OrderSnapshot | None, now: OrderSnapshot, held: Held
) -> Iterator[OutsideChange]:
    if before is None or _is_canceled(now) or now.canceled <= before.canceled:
        return
    count = counted(now.canceled - before.canceled, "item")
    if held.becomes == "IMPORTED":
        done = "Imported without."
    elif held.holds and not held.released:
        done = "No stock is held for that any more."
    else:
        done = "There was nothing to undo here."
    yield OutsideChange("UNITS_CANCELED", f"{count} canceled at Amazon {held.while_}.", done)


def _asks_to_cancel(
    before: OrderSnapshot | None, now: OrderSnapshot, *, is_first: bool, is_merchant: bool, number: str = ""
) -> Iterator[OutsideChange]:
    is_news = is_first if before is None else not before.asks_to_cancel
    if not now.asks_to_cancel or _is_canceled(now) or not is_news:
        return
    did = "The buyer asks to cancel this order."
    if not is_merchant:
        yield OutsideChange("CANCEL_REQUESTED", did, "Nothing: Amazon ships this order and settles it.")
        return
    if now.status == SHIPPED:
        to_do = "Answer the buyer in Seller Central: the goods can only come back as a return."
        yield OutsideChange("CANCEL_REQUESTED", did, "Nothing: it has shipped already.", to_do)
        return
    done = f"Nothing: Commerce order {number} is unchanged." if number else "Nothing was changed here."
    to_do = "Do not ship it before this is settled: cancel it, or tell the buyer why not."
    yield OutsideChange("CANCEL_REQUESTED", did, done, to_do)


def while_imported(
    before: OrderSnapshot | None, now: OrderSnapshot, followed: Followed
) -> list[OutsideChange]:
    """What there is to tell of an order that has its Commerce order. Whoever calls says COMPLETED itself."""
    return [
        *_units_canceled(before, now, followed),
        *_canceled(followed),
        *_shipped(before, now, followed),
        *_amounts_changed(before, now, followed),
        *_asks_to_cancel(
            before,
            now,
            is_first=followed.is_first,
            is_merchant=followed.is_merchant,
            number=followed.number,
        ),
    ]


def _units_canceled(
    before: OrderSnapshot | None, now: OrderSnapshot, followed: Followed
) -> Iterator[OutsideChange]:
    if followed.units_canceled:
        did = f"{counted(followed.units_canceled, 'unit')} canceled at Amazon."
        yield OutsideChange(
            "UNITS_CANCELED", did, f"Canceled in Commerce order {followed.number} and released."
        )
    is_news = before is not None and now.canceled > before.canceled
    if followed.canceled_though_shipped and is_news and not _is_canceled(now):
        gone = counted(followed.canceled_though_shipped, "unit")
        yield OutsideChange(
            "UNITS_CANCELED_AFTER_SHIPPING",
            f"{gone} canceled at Amazon that had already left here.",
            f"Nothing: Commerce order {followed.number} keeps them as shipped.",
            "Stop the parcel or take it back.",
        )


def _canceled(followed: Followed) -> Iterator[OutsideChange]:
    did = "Canceled at Amazon."
    if followed.cancels_order:
        done = f"Commerce order {followed.number} was canceled and its stock released."
        yield OutsideChange("COMMERCE_CANCELED", did, done)
    if followed.is_canceled_after_shipping:
        done = f"Nothing: Commerce order {followed.number} has already shipped."
        to_do = f"Stop the parcel or take it back; then close Commerce order {followed.number}."
        yield OutsideChange("CANCELED_AFTER_SHIPPING", did, done, to_do)


def _shipped(before: OrderSnapshot | None, now: OrderSnapshot, followed: Followed) -> Iterator[OutsideChange]:
    if followed.units_shipped:
        did = f"{counted(followed.units_shipped, 'unit')} shipped at Amazon beyond what was shipped here."
        stock = " and taken from stock" if followed.is_merchant else ""
        done = f"Taken over as a shipment of Commerce order {followed.number}{stock}."
        left = counted(followed.left_to_ship, "unit")
        to_do = f"Ship only the remaining {left}." if followed.left_to_ship else ""
        yield OutsideChange("SHIPPED_AT_AMAZON", did, done, to_do)
    is_news = before is not None and now.shipped > before.shipped
    if followed.shipped_though_canceled and is_news and followed.is_merchant:
        gone = counted(followed.shipped_though_canceled, "unit")
        yield OutsideChange(
            "SHIPPED_AT_AMAZON",
            f"{gone} shipped at Amazon that had been canceled here.",
            f"Nothing: Commerce order {followed.number} keeps them as canceled.",
            "If they left from stock on record, correct the count.",
        )


def _amounts_changed(
    before: OrderSnapshot | None, now: OrderSnapshot, followed: Followed
) -> Iterator[OutsideChange]:
    if not amounts_differ(before, now) or before is None:
        return
    totals = [f"{_amount(seen.total, seen.currency)} {seen.currency}" for seen in (before, now)]
    did = f"Amazon changed the total from {totals[0]} to {totals[1]}."
    done = f"Commerce order {followed.number} keeps its amounts."
    to_do = ""
    if is_lowered(before, now, followed):
        to_do = (
            "See in Seller Central whether the buyer was paid back; then write a credit memo "
            f"for Commerce order {followed.number}."
        )
    elif followed.status not in _OVER and now.canceled <= before.canceled:
        to_do = "Compare the amounts before it is invoiced."
    yield OutsideChange("AMOUNTS_CHANGED", did, done, to_do)


def amounts_differ(before: OrderSnapshot | None, now: OrderSnapshot) -> bool:
    """Whether Amazon changed a total it had told; a canceled order's amounts go without saying."""
    # A total that Amazon told for the first time has not changed: a Pending order has none (docs#554).
    if before is None or before.total is None or now.total is None or _is_canceled(now):
        return False
    return (before.total, before.currency) != (now.total, now.currency)


def is_lowered(before: OrderSnapshot | None, now: OrderSnapshot, followed: Followed) -> bool:
    """Whether the total fell after something had left, and no cancellation explains it: all that Orders
    2026-01-01 shows of a refund.
    """
    if before is None or before.total is None or now.total is None or not amounts_differ(before, now):
        return False
    has_left = now.status == SHIPPED or followed.has_shipped
    is_open = followed.status not in _OVER
    return has_left and is_open and now.total < before.total and now.canceled <= before.canceled


def lowers_amounts(before: OrderSnapshot | None, now: OrderSnapshot, followed: Followed) -> bool | None:
    """Whether a person has to look at lowered amounts; False ends it, None is no news."""
    if not amounts_differ(before, now):
        return None
    if is_lowered(before, now, followed):
        return True
    if now.total is None or followed.grand_total is None:
        return None
    # Back at, or above, what Commerce has charged: nothing is left to give back.
    return False if now.total >= followed.grand_total else None


def _is_canceled(seen: OrderSnapshot) -> bool:
    return seen.status in CANCELED


def _amount(amount: Decimal | None, currency: str) -> str:
    """As many digits as the currency has, and more only where Amazon wrote more."""
    if amount is None:
        return ""
    digits = get_currency_precision(currency) if is_currency(currency) else 0
    rounded = round(amount, digits)
    return f"{rounded if rounded == amount else amount.normalize():f}"


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
