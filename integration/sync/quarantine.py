"""Quarantine: what Amazon sent and we cannot store as it is, kept sealed and asked for again by itself."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amazon_orders.receive import StoredOrder
from integration.models import Quarantine, QuarantineKind
from sealing import seal

# Amazon has just sent it so: asked at once, it would say the same again.
ASKED_AGAIN_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KeptAside:
    """An order, or what stands where one should be, that is not stored."""

    amazon_order_id: str
    payload: Any
    reason: str
    kind: QuarantineKind = QuarantineKind.UNREADABLE


def associated_data(account_id: int, digest: str) -> str:
    """Where a quarantined payload is sealed to."""
    return f"integration.quarantine:{account_id}:{digest}"


def row(account_id: int, aside: KeptAside, *, now: datetime) -> Quarantine:
    """The row of what is kept aside; not written yet, for sealing needs no transaction."""
    text = json.dumps(aside.payload, sort_keys=True, default=str)  # Whatever its order: the same row.
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Quarantine(
        account_id=account_id,
        amazon_order_id=aside.amazon_order_id,
        kind=aside.kind,
        digest=digest,
        sealed_payload=seal.seal(
            text.encode("utf-8", "replace"), associated_data=associated_data(account_id, digest)
        ),
        reason=aside.reason[:500],
        seen_at=now,
        ask_again_at=now + ASKED_AGAIN_AFTER if aside.amazon_order_id else None,  # None: for a person.
    )


def keep(rows: Sequence[Quarantine], *, now: datetime) -> None:
    """Write them, in the caller's transaction; two statements, none where there is nothing."""
    if not rows:
        return
    Quarantine.objects.bulk_create(rows, ignore_conflicts=True)  # Amazon sends it with every poll.
    # The same payload was put aside before and settled since: it is news again.
    settled = Quarantine.objects.filter(
        account_id=rows[0].account_id, digest__in=[row.digest for row in rows], resolved_at__isnull=False
    )
    settled.update(resolved_at=None, seen_at=now, ask_again_at=now + ASKED_AGAIN_AFTER)


def resolve(account_id: int, changes: Sequence[StoredOrder], *, now: datetime) -> None:
    """An order that could not be stored once and now is, is out of quarantine."""
    Quarantine.objects.filter(
        account_id=account_id,
        resolved_at=None,
        amazon_order_id__in=[change.amazon_order_id for change in changes],
    ).update(resolved_at=now, ask_again_at=None)
