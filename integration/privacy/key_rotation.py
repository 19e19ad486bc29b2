"""Seal everything anew with the primary key, so that an old key can be taken out of FIELD_ENCRYPTION_KEYS.

Runs beside everything else: a value is replaced only if it is still the one that was read, and what others
write meanwhile is sealed with the primary key already. It may be stopped and run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models, transaction

from amazon_orders import receive
from amazon_orders.models import Account, PersonalData
from commerce.models import Customer, OrderComment, OrderPersonalData
from commerce.orders import comments, customers, personal_data
from integration import personal_data as corrections
from integration.installation import key_check
from integration.models import AddressCorrection, Installation, Quarantine, UnreadableNotification
from integration.notifications import intake
from integration.people import totp_secrets
from integration.sync import quarantine
from sealing import seal

BATCH = 500


@dataclass(frozen=True, slots=True)
class Column:
    """A sealed column and where each of its values is sealed to."""

    model: type[models.Model]
    field: str
    associated_data: Callable[[Any], str]
    related: tuple[str, ...] = ()


# A test fails when a model has a sealed column that is not named here.
COLUMNS = (
    Column(Account, "sealed_refresh_token", lambda row: str(row.associated_data)),
    Column(
        PersonalData,
        "sealed",
        lambda row: receive.personal_associated_data(row.order.amazon_order_id),
        ("order",),
    ),
    Column(
        OrderPersonalData,
        "sealed",
        lambda row: personal_data.associated_data(row.order.channel, row.order.channel_reference),
        ("order",),
    ),
    Column(OrderComment, "sealed", lambda row: comments.associated_data(row.key)),
    Column(Customer, "sealed", lambda row: customers.associated_data(row.commerce_store_id, row.email_hash)),
    Column(
        AddressCorrection,
        "sealed",
        lambda row: corrections.correction_associated_data(row.order_import.amazon_order.amazon_order_id),
        ("order_import__amazon_order",),
    ),
    Column(
        Quarantine,
        "sealed_payload",
        lambda row: quarantine.associated_data(row.account_id, row.digest),
        ("account",),
    ),
    Column(UnreadableNotification, "sealed_body", lambda row: intake.body_associated_data(row.digest)),
    # Last: once it is sealed with the new key, so is everything else.
    Column(Installation, "sealed_canary", lambda row: key_check.ASSOCIATED_DATA),
)


def rotate() -> dict[str, int]:
    """Seal anew what is not sealed with the primary key; gives how many values per table."""
    second_factors_sealed = _reseal_second_factors()
    return {
        Authenticator._meta.label: second_factors_sealed,
        **{column.model._meta.label: sum(map(_reseal, _batches(column))) for column in COLUMNS},
    }


def _reseal_second_factors() -> int:
    """allauth's rows keep their secret within a JSON; few, one or two a person."""
    changed = 0
    with transaction.atomic():
        rows = list(Authenticator.objects.order_by("pk").select_for_update())
        anew = [(row, totp_secrets.resealed(row.data)) for row in rows]
        for row, data in anew:
            if data is not None:
                row.data = data
                changed += 1
        Authenticator.objects.bulk_update([row for row, data in anew if data is not None], ["data"])
    return changed


@dataclass(frozen=True, slots=True)
class _Batch:
    column: Column
    rows: list[models.Model]


def _batches(column: Column) -> Iterator[_Batch]:
    """All rows in key order, a batch at a time."""
    sealed = {f"{column.field}__isnull": False}
    rows = column.model._default_manager.filter(**sealed).select_related(*column.related).order_by("pk")
    last: Any = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        yield _Batch(column, batch)
        last = batch[-1].pk


def _reseal(batch: _Batch) -> int:
    column = batch.column
    # What is current already is neither opened nor locked: a second run is a mere look.
    old = [row for row in batch.rows if not seal.is_current(getattr(row, column.field))]
    # Before the transaction: no lock while bytes are encrypted.
    sealed_anew = {row.pk: _sealed_anew(row, column) for row in old}
    if not sealed_anew:
        return 0
    with transaction.atomic():
        locked = column.model._default_manager.filter(pk__in=sealed_anew).order_by("pk")
        before = {row.pk: bytes(getattr(row, column.field)) for row in old}
        changed = []
        for row in locked.select_for_update(of=("self",)):
            # The loser against somebody who wrote it meanwhile: their value is newer, and sealed with
            # the primary key.
            if bytes(getattr(row, column.field)) == before[row.pk]:
                setattr(row, column.field, sealed_anew[row.pk])
                changed.append(row)
        column.model._default_manager.bulk_update(changed, [column.field])
    return len(changed)


def _sealed_anew(row: models.Model, column: Column) -> bytes:
    associated_data = column.associated_data(row)
    return seal.seal(
        seal.open_sealed(getattr(row, column.field), associated_data=associated_data),
        associated_data=associated_data,
    )
