"""Numbers of orders, invoices and credit memos, handed out by their Commerce store, without gaps."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Case, F, Value, When
from django.db.models.expressions import Combinable

from commerce.models import CommerceStore

# The store's id stands before its counter, so that two stores never hand out the same number.
NUMBERS_PER_STORE = 10**9


class UnknownCommerceStore(LookupError):
    """There is no Commerce store with this id."""


@dataclass(slots=True)
class Series:
    """The next numbers of Commerce stores that are locked until the caller's transaction ends."""

    next_orders: dict[int, int]
    next_invoices: dict[int, int]
    orders: Counter[int] = field(default_factory=Counter)
    invoices: Counter[int] = field(default_factory=Counter)

    def order(self, store_id: int) -> str:
        """The next order number of a store."""
        self.orders[store_id] += 1
        return _number(store_id, self.next_orders[store_id] + self.orders[store_id] - 1)

    def invoice(self, store_id: int) -> str:
        """The next invoice number of a store."""
        self.invoices[store_id] += 1
        return _number(store_id, self.next_invoices[store_id] + self.invoices[store_id] - 1)

    def save(self) -> None:
        """Write what was taken: 1 statement, or none."""
        taken = self.orders.keys() | self.invoices.keys()
        if taken:
            CommerceStore.objects.filter(pk__in=taken).update(
                next_order_number=_raised("next_order_number", self.orders),
                next_invoice_number=_raised("next_invoice_number", self.invoices),
            )


def lock(store_ids: Collection[int]) -> Series:
    """Lock the series of these Commerce stores: 1 statement, or none. Raises UnknownCommerceStore.

    In the transaction that uses them, before stock is locked (docs/locking.md): invoices have no gaps, so
    each has to wait until it is known whether the one before it came to be.
    """
    if not store_ids:
        return Series({}, {})
    rows = CommerceStore.objects.filter(pk__in=store_ids).order_by("pk").select_for_update(no_key=True)
    found = list(rows.values_list("pk", "next_order_number", "next_invoice_number"))
    if unknown := set(store_ids) - {pk for pk, _, _ in found}:
        raise UnknownCommerceStore(f"no Commerce store {min(unknown)}")
    return Series({pk: order for pk, order, _ in found}, {pk: invoice for pk, _, invoice in found})


def take_for_credit_memos(counts: Mapping[int, int]) -> dict[int, list[str]]:
    """So many numbers per Commerce store's id, inside the transaction that refunds: 2 statements."""
    stores = CommerceStore.objects.filter(pk__in=counts)
    stores.update(next_credit_memo_number=_raised("next_credit_memo_number", counts))
    # After the UPDATE, in its transaction: its row lock keeps the next one away until we have read what is
    # ours.
    rows = list(stores.values_list("pk", "next_credit_memo_number"))
    return {pk: [_number(pk, after - counts[pk] + n) for n in range(counts[pk])] for pk, after in rows}


def _raised(counter: str, counts: Mapping[int, int]) -> Combinable:
    steps = [When(pk=store_id, then=Value(count)) for store_id, count in counts.items()]
    return F(counter) + Case(*steps, default=Value(0)) if steps else F(counter)


def _number(store_id: int, counter: int) -> str:
    """E.g. "1000000042"."""
    return str(store_id * NUMBERS_PER_STORE + counter)
