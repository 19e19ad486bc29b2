"""Calls to Amazon that failed: enough to see what went wrong and to ask Amazon's support about it."""

from django.db import models
from django.db.models import F, Q

from amazon_orders.models import Account


class FailureKind(models.TextChoices):
    """What sort of failure it was; `integration.communication` says what each means."""

    NO_ANSWER = "NO_ANSWER", "No answer"
    THROTTLED = "THROTTLED", "Throttled"
    UNAVAILABLE = "UNAVAILABLE", "Down or overloaded"
    UNUSABLE_ANSWER = "UNUSABLE_ANSWER", "Unusable answer"
    ACCESS_DENIED = "ACCESS_DENIED", "Access denied"
    REFUSED = "REFUSED", "Request refused"


class CommunicationError(models.Model):
    """A failed call to Amazon's API or sign-in; the same one again in its run and minute only counts.

    No body, no token, nothing personal: Amazon's code and request id are checked for their form first.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="communication_errors", db_index=False
    )
    operation = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=FailureKind)
    status = models.PositiveSmallIntegerField(help_text="HTTP status; 0 where no answer came.")
    code = models.CharField(max_length=64, blank=True, help_text="Amazon's own code of the newest one.")
    request_id = models.CharField(max_length=64, blank=True, help_text="Amazon's, of the newest one.")
    run = models.CharField(max_length=16, blank=True, help_text="The run it happened in, if in one.")
    lane = models.PositiveSmallIntegerField(null=True, help_text="The lane of the newest one.")
    minute = models.DateTimeField(help_text="The minute of the first one, which caps a storm.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["first_at", "id"], name="communication_error_by_time"),
            models.Index(fields=["account", "first_at", "id"], name="communication_error_by_account"),
            # Most failures of single calls belong to no run.
            models.Index(fields=["run"], condition=~Q(run=""), name="communication_error_by_run"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "operation", "status", "kind", "run", "minute"],
                name="integration_one_row_per_failure_and_minute",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FailureKind.values), name="integration_failure_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(times__gte=1) & Q(last_at__gte=F("first_at")),
                name="integration_failure_happened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.status} of account {self.account_id}"
