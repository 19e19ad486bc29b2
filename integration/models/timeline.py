"""What happened to an order, when, and who did it."""

from django.db import models

from integration.models.imports import OrderImport


class TimelineEvent(models.Model):
    """One event, written in the transaction of the change it tells of. Holds nothing personal."""

    order_import = models.ForeignKey(
        OrderImport, on_delete=models.CASCADE, related_name="timeline", db_index=False
    )
    at = models.DateTimeField()
    code = models.CharField(max_length=32)
    actor = models.CharField(
        max_length=150, blank=True, help_text="A user name; empty where the system acted."
    )
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["order_import", "-id"], name="timeline_newest_first")]

    def __str__(self) -> str:
        return f"{self.code} of {self.order_import_id}"
