"""Customer accounts: found by the keyed hash of an e-mail address, or made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from commerce.models import Customer, Order
from sealing import seal, search_hash


@dataclass(frozen=True, slots=True)
class Person:
    """Who bought, in which shop."""

    commerce_store_id: int
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer's name and e-mail address, opened."""

    name: str
    email: str


def normalized(email: str) -> str:
    """The form in which an address is compared: without case and surrounding blanks."""
    return email.strip().lower()


def find_or_create(*, people: Sequence[Person], now: datetime) -> dict[tuple[int, str], int]:
    """Customer ids by (Commerce store id, normalized e-mail): 1 statement when all are known, else 3.

    People without an e-mail address are left out. Two batches at once make one customer.
    """
    wanted = {_key(person): person for person in people if normalized(person.email)}
    found = _ids(wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        # Read again afterwards instead of trusting the insert: with a conflict the row, and its key, is
        # another batch's.
        Customer.objects.bulk_create(
            [_customer(key, wanted[key], now) for key in missing], ignore_conflicts=True
        )
        found = _ids(wanted)
    return {
        (store_id, normalized(person.email)): found[store_id, email_hash]
        for (store_id, email_hash), person in wanted.items()
    }


def contact(customer: Customer) -> Contact:
    """A customer's name and e-mail address; empty once they were purged. Raises seal.DecryptionError."""
    if customer.sealed is None:
        return Contact(name="", email="")
    opened = seal.open_json(
        customer.sealed, associated_data=associated_data(customer.commerce_store_id, customer.email_hash)
    )
    return Contact(name=opened["name"], email=opened["email"])


def purge(*, ended_before: datetime) -> int:
    """Delete name and address of customers whose every order ended before; gives how many had them.

    The keyed hash stays: the same address is the same customer again.
    """
    is_open = Q(completed_at=None, canceled_at=None)
    is_recent = Q(completed_at__gte=ended_before) | Q(canceled_at__gte=ended_before)
    kept = Order.objects.filter(is_open | is_recent, customer=OuterRef("pk"))
    # `created_at` too: a customer who is made before the order is placed has no order for a moment.
    rows = Customer.objects.filter(~Exists(kept), sealed__isnull=False, created_at__lt=ended_before)
    return rows.update(sealed=None)


def rehash(customer: Customer) -> None:
    """Give a customer that is not saved yet the hash of its address under the search key in force."""
    if customer.sealed is None:
        return
    known = contact(customer)
    person = Person(customer.commerce_store_id, email=known.email, name=known.name)
    anew = _customer(_key(person), person, customer.created_at)
    customer.email_hash, customer.sealed = anew.email_hash, anew.sealed


_Key = tuple[int, str]


def _key(person: Person) -> _Key:
    return person.commerce_store_id, search_hash.hash_word(normalized(person.email))


def _ids(keys: Iterable[_Key]) -> dict[_Key, int]:
    store_ids = {store_id for store_id, _ in keys}
    rows = Customer.objects.filter(
        commerce_store_id__in=store_ids, email_hash__in=[email_hash for _, email_hash in keys]
    ).values_list("commerce_store_id", "email_hash", "pk")
    return {(store_id, email_hash): pk for store_id, email_hash, pk in rows}


def _customer(key: _Key, person: Person, now: datetime) -> Customer:
    store_id, email_hash = key
    value = {"name": person.name, "email": person.email.strip()}
    return Customer(
        commerce_store_id=store_id,
        email_hash=email_hash,
        sealed=seal.seal_json(value, associated_data=associated_data(store_id, email_hash)),
        created_at=now,
    )


def associated_data(commerce_store_id: int, email_hash: str) -> str:
    """Where a customer's name and address are sealed to."""
    return f"commerce.customer:{commerce_store_id}:{email_hash}"
