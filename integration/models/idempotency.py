"""Requests that a program may send twice and that are done once."""

import uuid

from django.db import models
from django.db.models import Q

from integration.models.people import ApiToken


class IdempotencyKey(models.Model):
    """A key of one token: which request came with it, as a hash, and what was made, as ids. Never a body.

    `claim`: who wrote the row, so that one of two at once knows that it was the other.
    """

    token = models.ForeignKey(
        ApiToken, on_delete=models.CASCADE, related_name="idempotency_keys", db_index=False
    )
    key_hash = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    claim = models.UUIDField(default=uuid.uuid4)
    made = models.JSONField(default=dict, help_text="Ids and flags of what was made.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token", "key_hash"], name="integration_one_row_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=~Q(key_hash="") & ~Q(request_hash=""), name="integration_idempotency_key_has_hashes"
            ),
        ]

    def __str__(self) -> str:
        return f"idempotency key {self.pk} of token {self.token_id}"
