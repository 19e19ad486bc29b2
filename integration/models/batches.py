"""Work on many orders at once: what a person chose, what is to be done, and what became of each."""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Store


class BatchKind(models.TextChoices):
    """How the orders were chosen."""

    BY_NUMBER = "BY_NUMBER", "By order number"
    SINCE = "SINCE", "Received since a date"
    CHOSEN = "CHOSEN", "Chosen from the list"
    FILTERED = "FILTERED", "All that fit a filter"


class BatchAction(models.TextChoices):
    """What is done to each order."""

    IMPORT = "IMPORT", "Import"
    RETRY = "RETRY", "Retry"
    REFRESH = "REFRESH", "Refresh"
    SKIP = "SKIP", "Skip"


class BatchOutcome(models.TextChoices):
    """What an order of a batch ended as. What it has become since stands with the order itself."""

    IMPORTED = "IMPORTED", "Imported"
    BLOCKED = "BLOCKED", "Blocked"
    WAITING = "WAITING", "Waiting"
    CANCELED = "CANCELED", "Canceled"
    VIEW_ONLY = "VIEW_ONLY", "View only"
    SKIPPED = "SKIPPED", "Skipped"
    UNKNOWN = "UNKNOWN", "Not known at Amazon"
    DENIED = "DENIED", "Not given by Amazon"
    OTHER_STORE = "OTHER_STORE", "Of another store"
    UNREADABLE = "UNREADABLE", "Unreadable"


class ImportBatch(models.Model):
    """An action on chosen orders of a store, an import as a rule; its progress is counted from its orders."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="import_batches", db_index=False)
    kind = models.CharField(max_length=16, choices=BatchKind)
    action = models.CharField(max_length=16, choices=BatchAction, default=BatchAction.IMPORT)
    filters = models.JSONField(null=True, help_text="Which orders, where a filter chose them; never a buyer.")
    skip_reason = models.CharField(max_length=200, blank=True)
    skip_until = models.DateTimeField(null=True)
    token = models.CharField(max_length=64, help_text="Of the form or the request: sent twice, done once.")
    received_since = models.DateTimeField(null=True)
    expected = models.PositiveIntegerField(help_text="How many orders it was about when it was asked for.")
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()
    collected_after = models.BigIntegerField(
        null=True, help_text="Key of the last order taken in so far; null when all are."
    )
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["store", "-id"], name="import_batch_newest_first"),
            models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="import_batch_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["store", "token"], name="integration_one_batch_per_token"),
            models.CheckConstraint(
                condition=Q(kind__in=BatchKind.values), name="integration_batch_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind="SINCE") | Q(received_since__isnull=False),
                name="integration_batch_since_says_when",
            ),
            models.CheckConstraint(
                condition=Q(action__in=BatchAction.values), name="integration_batch_action_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(action="SKIP") | ~Q(skip_reason=""), name="integration_batch_skip_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(kind="FILTERED") | Q(filters__isnull=False),
                name="integration_batch_filter_says_which",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk} of store {self.store_id}"


class BatchOrder(models.Model):
    """One order of a batch: the row is the job, open until it has its outcome."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="orders", db_index=False)
    amazon_order_id = models.CharField(max_length=64)
    look_at = models.DateTimeField(help_text="When it is looked at next.")
    outcome = models.CharField(max_length=16, choices=BatchOutcome, blank=True)

    class Meta:
        indexes = [
            # Only open rows: asked for every two seconds, while finished ones grow without end.
            models.Index(fields=["look_at"], condition=Q(outcome=""), name="batch_order_open"),
            # Which orders somebody has named, when they come in.
            models.Index(fields=["amazon_order_id"], condition=Q(outcome=""), name="batch_order_named"),
            # The progress is counted on every look at the page: from the index alone.
            models.Index(fields=["batch", "outcome"], name="batch_order_progress"),
            models.Index(fields=["batch", "id"], name="batch_order_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "amazon_order_id"], name="integration_one_row_per_batch_order"
            ),
            models.CheckConstraint(
                condition=~Q(amazon_order_id=""), name="integration_batch_order_has_a_number"
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=BatchOutcome.values),
                name="integration_batch_outcome_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amazon_order_id} of import {self.batch_id}"
