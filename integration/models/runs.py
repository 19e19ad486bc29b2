"""What the sync did, and who is there to do it: records for people, read by no decision."""

from django.db import models
from django.db.models import F, Q

from amazon_orders.models import Account

# Problem codes that only say that another pass goes on: nothing failed.
NO_FAILURES = ("", "QUOTA", "BUSY", "TURN", "READ_ONLY")


class RunKind(models.TextChoices):
    """What a run is about."""

    POLL = "POLL", "Poll"
    SINGLE_ORDERS = "SINGLE_ORDERS", "Single orders"
    CATCH_UP = "CATCH_UP", "Catch-up"
    RECONCILE = "RECONCILE", "Reconcile"


class SyncRun(models.Model):
    """One pass over one account that brought something, or failed; idle polls leave no row.

    Written as soon as something is in it. One without an end is under way while its lease holds, else it
    was interrupted (`runs.state_of`).
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="runs", db_index=False)
    run = models.CharField(max_length=16, help_text="Its name in the log: short and random.")
    kind = models.CharField(max_length=16, choices=RunKind, default=RunKind.POLL)
    worker = models.CharField(max_length=200, blank=True, help_text="Host, process id and process start.")
    fencing = models.PositiveBigIntegerField(
        null=True, help_text="The number of the lease it runs under; NULL where it needs none."
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    requests = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    synced_from = models.DateTimeField(null=True)
    synced_until = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(
        null=True, help_text="The newest update time of the last page, while pages come in that order."
    )
    problem = models.CharField(
        max_length=32, blank=True, help_text="The code of what kept it from doing everything."
    )
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # What went wrong is looked for among very many that went well.
            models.Index(
                fields=["started_at", "id"],
                condition=Q(ended_at__isnull=True) | ~Q(problem__in=NO_FAILURES),
                name="sync_run_troubled",
            ),
            models.Index(fields=["started_at", "id"], name="sync_run_by_time"),
            models.Index(fields=["account", "started_at", "id"], name="sync_run_by_account"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run"], name="integration_one_row_per_run"),
            models.CheckConstraint(
                condition=Q(kind__in=RunKind.values), name="integration_run_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="integration_run_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.run} of account {self.account_id}"


class Heartbeat(models.Model):
    """When a worker was last seen at work: its tasks write it every half minute at most."""

    worker = models.CharField(max_length=200)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker"], name="integration_one_heartbeat_per_worker"),
        ]

    def __str__(self) -> str:
        return f"heartbeat of {self.worker}"
