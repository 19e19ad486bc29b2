"""Does a request once, however often a program sends it with the same key.

The row of the key is written in the transaction of the work: a request that was refused leaves no key behind,
and of two at once the second waits for the first and then finds its answer.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integration.models import IdempotencyKey

KEPT_FOR = timedelta(days=30)
LONGEST_KEY = 255
# What was made: ids and flags, nothing else.
Made = Mapping[str, int | bool | str]


class KeyReused(ValueError):
    """The key came with another request before."""


def hash_of_request(method: str, path: str, body: Any) -> str:
    """What makes two requests the same: method, address, and the body's content however it was written."""
    content = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return _hash(f"{method} {path}\n{content}")


def once(*, token_id: int, key: str, request_hash: str, now: datetime, work: Callable[[], Made]) -> Made:
    """Do the work, or give what it made when the same request came before. Raises KeyReused."""
    with transaction.atomic():
        # First in the transaction: the loser of two at once waits for the winner's commit here, before
        # it has touched an order.
        if not _claim(token_id, _hash(key), request_hash, now):
            return _made_before(token_id, _hash(key), request_hash)
        made = dict(work())
        IdempotencyKey.objects.filter(token_id=token_id, key_hash=_hash(key)).update(made=made)
        return made


def _claim(token_id: int, key_hash: str, request_hash: str, now: datetime) -> bool:
    """Write the row; False where there is one already. Of two at once the second waits here."""
    row = IdempotencyKey(
        token_id=token_id, key_hash=key_hash, request_hash=request_hash, claim=uuid.uuid4(), created_at=now
    )
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    # `ignore_conflicts` does not say what it left out: whose row it is tells the claim's own id.
    return IdempotencyKey.objects.filter(token_id=token_id, key_hash=key_hash, claim=row.claim).exists()


def _made_before(token_id: int, key_hash: str, request_hash: str) -> Made:
    found = IdempotencyKey.objects.get(token_id=token_id, key_hash=key_hash)
    # The earlier answer would be that of another request, and the caller would never learn of it.
    if found.request_hash != request_hash:
        raise KeyReused("The Idempotency-Key came with another request before.")
    made: Made = found.made
    return made


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
