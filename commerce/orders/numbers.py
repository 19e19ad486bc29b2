"""Numbers of orders, invoices and credit memos, handed out by their Commerce store."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.expressions import Combinable

from commerce.models import CommerceStore

# The store's id stands before its counter, so that two stores never hand out the same number.
NUMBERS_PER_STORE = 10**9


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers by Commerce store's id, e.g. "1000000042"."""

    orders: dict[int, list[str]]
    invoices: dict[int, list[str]]


class UnknownCommerceStore(LookupError):
    """There is no Commerce store with this id."""


def take(*, orders: Mapping[int, int], invoices: Mapping[int, int]) -> Numbers:
    """Hand out numbers, so many per Commerce store's id: 2 statements. Raises UnknownCommerceStore.

    Call it before the transaction that places: a number that is then not used leaves a gap, which is
    cheaper than every order of a store waiting for the one before it.
    """
    wanted = orders.keys() | invoices.keys()
    if not wanted:
        return Numbers({}, {})
    with transaction.atomic():
        stores = CommerceStore.objects.filter(pk__in=wanted)
        stores.update(
            next_order_number=_raised("next_order_number", orders),
            next_invoice_number=_raised("next_invoice_number", invoices),
        )
        # After the UPDATE, in its transaction: its row lock keeps the next one away until we have read
        # what is ours.
        rows = list(stores.values_list("pk", "next_order_number", "next_invoice_number"))
    if unknown := wanted - {pk for pk, _, _ in rows}:
        raise UnknownCommerceStore(f"no Commerce store {min(unknown)}")
    return Numbers(
        {pk: _written(pk, after, orders[pk]) for pk, after, _ in rows if pk in orders},
        {pk: _written(pk, after, invoices[pk]) for pk, _, after in rows if pk in invoices},
    )


def take_for_credit_memos(counts: Mapping[int, int]) -> dict[int, list[str]]:
    """Like `take`, inside the transaction that refunds: refunds are few, and may wait for each other."""
    stores = CommerceStore.objects.filter(pk__in=counts)
    stores.update(next_credit_memo_number=_raised("next_credit_memo_number", counts))
    rows = list(stores.values_list("pk", "next_credit_memo_number"))
    return {pk: _written(pk, after, counts[pk]) for pk, after in rows}


def _raised(counter: str, counts: Mapping[int, int]) -> Combinable:
    steps = [When(pk=store_id, then=Value(count)) for store_id, count in counts.items()]
    return F(counter) + Case(*steps, default=Value(0)) if steps else F(counter)


def _written(store_id: int, after: int, count: int) -> list[str]:
    return [str(store_id * NUMBERS_PER_STORE + after - count + n) for n in range(count)]
