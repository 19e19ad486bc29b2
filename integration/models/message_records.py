"""When system messages were open: what people read of the past. Nothing is decided by it."""

from django.db import models
from django.db.models import F, Q

from amazon_orders.models import Store


class MessageRecord(models.Model):
    """A message about one store, or about the installation (no store), from when until when.

    `code` and `severity` are words of `message_codes`; a code that is gone is shown as it stands here.
    """

    code = models.CharField(max_length=32)
    severity = models.CharField(max_length=16)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-closed_at", "-id"], name="message_record_newest_first")]
        constraints = [
            # Two, because NULLs are never equal.
            models.UniqueConstraint(
                fields=["code", "store"],
                condition=Q(closed_at__isnull=True),
                name="integration_one_open_record_per_store",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(closed_at__isnull=True, store__isnull=True),
                name="integration_one_open_record_of_installation",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="integration_record_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=("CRITICAL", "WARNING")),
                name="integration_record_severity_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} of store {self.store_id}"
