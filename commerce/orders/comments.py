"""What people write about an order. Sealed, as free text may name somebody."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.models import OrderComment
from sealing import seal

LONGEST = 4_000


class BadComment(ValueError):
    """The text is empty or too long."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, opened; `text` is None once personal data of the order was purged."""

    text: str | None
    by: str
    at: datetime


def add(*, order_id: int, text: str, now: datetime, by: str) -> None:
    """Write a comment on an order: 1 statement. Raises BadComment."""
    # PostgreSQL takes no NUL in a text.
    said = text.replace("\x00", "").strip()
    if not said or len(said) > LONGEST:
        raise BadComment(f"A comment has 1 to {LONGEST:,} characters.")
    # A key of its own: the row has none before it is inserted, and what is sealed must be bound to its
    # place.
    key = uuid.uuid4()
    sealed = seal.seal_json(said, associated_data=associated_data(key))
    OrderComment.objects.create(order_id=order_id, key=key, sealed=sealed, by=by, at=now)


def opened(comments: Sequence[OrderComment]) -> list[Comment]:
    """Open comments. Raises sealing.seal.DecryptionError."""
    return [Comment(_text(row), row.by, row.at) for row in comments]


def associated_data(key: uuid.UUID) -> str:
    """Where a comment is sealed to."""
    return f"commerce.comment:{key}"


def _text(row: OrderComment) -> str | None:
    return (
        None
        if row.sealed is None
        else str(seal.open_json(row.sealed, associated_data=associated_data(row.key)))
    )
