"""Hash everything searchable anew with a new SEARCH_HASH_KEY: buyers' names and customers' e-mail addresses.

Run while web and workers are stopped: until it has ended, old hashes are not found. It may be run again.
"""

from collections.abc import Iterator
from typing import TypeVar

from django.db import models, transaction

from amazon_orders import receive
from amazon_orders.models import BuyerNameWord, PersonalData
from commerce.models import Customer
from commerce.orders import customers
from integration import personal_data
from integration.installation.key_check import CANARY, client_secret_digest
from integration.models import Installation
from sealing import search_hash

BATCH = 500
Row = TypeVar("Row", bound=models.Model)


def rotate() -> dict[str, int]:
    """Hash anew; gives how many rows per table."""
    names = sum(map(_rehash_names, _batches(PersonalData.objects.select_related("order"))))
    people = sum(map(_rehash_customers, _batches(Customer.objects.all())))
    rows = Installation.objects.filter(pk=Installation.THE_ONE)
    # Last: until then a start with the new key stops, as it must while old hashes stand.
    rows.update(search_canary=search_hash.hash_word(CANARY))
    # The same secret under a new key: its life goes on. Without one in the environment the old digest stays.
    if digest := client_secret_digest():
        rows.exclude(client_secret_digest="").update(client_secret_digest=digest)
    return {PersonalData._meta.label: names, Customer._meta.label: people}


def _batches(rows: models.QuerySet[Row]) -> Iterator[list[Row]]:
    last = 0
    while batch := list(rows.order_by("pk").filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _rehash_names(batch: list[PersonalData]) -> int:
    words = [
        BuyerNameWord(order_id=row.order_id, word_hash=word_hash)
        for row in batch
        for word_hash in receive.name_hashes(personal_data.opened(row.order.amazon_order_id, row.sealed))
    ]
    with transaction.atomic():
        BuyerNameWord.objects.filter(order_id__in=[row.order_id for row in batch]).delete()
        BuyerNameWord.objects.bulk_create(words, ignore_conflicts=True)
    return len(batch)


def _rehash_customers(batch: list[Customer]) -> int:
    for row in batch:
        customers.rehash(row)
    Customer.objects.bulk_update(batch, ["email_hash", "sealed"])
    return len(batch)
