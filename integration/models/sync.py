"""Where the sync of each account stands: everything a worker needs to go on after another one died."""

import math
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Q

from amazon_orders.models import Account, Store

# Amazon's own quota stretches a poll to five minutes; six missed ones are no coincidence.
STALE_AFTER = timedelta(minutes=30)


class Lane(models.IntegerChoices):
    """For whom Amazon is called. Within one operation a smaller number goes first."""

    PERSON = 1, "People"
    NOTIFICATION = 2, "Notifications"
    POLL = 3, "Sync"
    PROBE = 4, "Prober"
    CATCH_UP = 5, "Catch-up"
    RECONCILE = 6, "Reconcile"


class AccountSync(models.Model):
    """The cursor, the lease and the window under way of one account."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="sync")
    synced_until = models.DateTimeField(
        null=True, help_text="Everything Amazon changed before this moment is in, for all joined stores."
    )
    window = models.JSONField(
        null=True, help_text="The search under way: its exact parameters, next page token, pages read."
    )
    next_poll_at = models.DateTimeField(
        help_text="When beat polls next; the command `sync` does not wait for it."
    )
    last_polled_at = models.DateTimeField(null=True)
    refresh_after = models.DateTimeField(
        null=True, help_text="Single orders are not asked for before; set by whoever asks for them now."
    )
    resting_from_lane = models.PositiveSmallIntegerField(
        choices=Lane,
        default=Lane.PERSON,
        help_text="`refresh_after` holds for this lane and those behind it.",
    )
    lease_owner = models.CharField(max_length=200, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    fencing = models.PositiveBigIntegerField(
        default=0, help_text="Grows with every claim; a page is stored only under the newest number."
    )
    refused_at = models.DateTimeField(null=True, help_text="Since when Amazon refuses the authorization.")
    refusal = models.CharField(max_length=500, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Polls failed in a row.")
    is_troubled = models.BooleanField(
        default=False,
        help_text="The last pass failed or waited long for Amazon: few slots at once work on such accounts.",
    )
    last_error = models.CharField(max_length=500, blank=True)
    catching_up_since = models.DateTimeField(
        null=True, help_text="Since when a backlog's orders are asked for beside the search."
    )
    data_sets_level = models.PositiveSmallIntegerField(
        default=0, help_text="What the last search was answered for: 0 is every data set."
    )
    half_read_since = models.DateTimeField(
        null=True, help_text="From here on orders were read with fewer data sets: they are read again."
    )
    bug = models.CharField(
        max_length=200, blank=True, help_text="The error here that stopped the last pass, without its text."
    )
    bug_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["is_troubled", "next_poll_at"], name="account_sync_turn")]
        constraints = [
            models.CheckConstraint(
                condition=Q(resting_from_lane__in=Lane.values), name="integration_resting_lane_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"sync of account {self.account_id}"


class StoreSync(models.Model):
    """How far one store is in; it has joined the account once it is as far as the account."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="sync")
    synced_until = models.DateTimeField(null=True)
    access_lost_at = models.DateTimeField(
        null=True, help_text="Since when the seller no longer takes part in this marketplace."
    )
    away_since = models.DateTimeField(null=True, help_text="The last stretch in which it was not synced.")
    back_at = models.DateTimeField(null=True, help_text="Its end; null while it lasts.")
    was_inactive = models.BooleanField(
        default=False, help_text="By a person's wish; else the marketplace was closed."
    )

    def __str__(self) -> str:
        return f"sync of store {self.store_id}"


class QuotaBucket(models.Model):
    """Amazon's token bucket of one operation, shared by all workers and shown to people."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="quota", db_index=False)
    operation = models.CharField(max_length=64)
    tokens = models.FloatField()
    rate = models.FloatField(help_text="Tokens per second.")
    burst = models.FloatField()
    refilled_at = models.DateTimeField()
    # Who spent what, in the very UPDATE that takes the token.
    counted_on = models.DateField(null=True, help_text="The day (UTC) of the counts; older ones are over.")
    calls_person = models.PositiveIntegerField(default=0)
    calls_notification = models.PositiveIntegerField(default=0)
    calls_poll = models.PositiveIntegerField(default=0)
    calls_probe = models.PositiveIntegerField(default=0)
    calls_catch_up = models.PositiveIntegerField(default=0)
    calls_reconcile = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "operation"], name="integration_one_bucket_per_operation"
            ),
            models.CheckConstraint(
                condition=Q(tokens__gte=0) & Q(rate__gt=0) & Q(burst__gte=1),
                name="integration_bucket_is_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of account {self.account_id}"

    def tokens_at(self, now: datetime) -> float:
        """How many tokens it holds at this moment."""
        elapsed = max((now - self.refilled_at).total_seconds(), 0.0)
        return min(self.burst, self.tokens + self.rate * elapsed)

    def time_until(self, tokens: float, *, now: datetime) -> timedelta:
        """The time until it holds, or has refilled, so many tokens; rounded up to a millisecond."""
        missing = max(tokens - self.tokens_at(now), 0.0)
        return timedelta(milliseconds=math.ceil(missing / self.rate * 1000))

    def calls(self, *, on: date) -> dict[Lane, int]:
        """Calls of a day (UTC) by lane; all zero on another day than the one counted last."""
        is_counted = self.counted_on == on
        return {lane: getattr(self, calls_column(lane)) if is_counted else 0 for lane in Lane}


def calls_column(lane: Lane) -> str:
    """The column of `QuotaBucket` that counts a lane's calls."""
    return f"calls_{lane.name.lower()}"


class QuarantineKind(models.TextChoices):
    """Why an order is kept aside."""

    UNREADABLE = "UNREADABLE", "Cannot be read"
    ERROR = "ERROR", "An error here"
    OTHER_ACCOUNT = "OTHER_ACCOUNT", "Another account's order here"


class Quarantine(models.Model):
    """An answer that could not be stored as an order: kept, asked for again, never in the page's way."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="quarantine", db_index=False)
    amazon_order_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=16, choices=QuarantineKind, default=QuarantineKind.UNREADABLE)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the payload; a repeat adds no row.")
    sealed_payload = models.BinaryField()
    reason = models.CharField(max_length=500)
    seen_at = models.DateTimeField()
    ask_again_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "amazon_order_id", "digest"], name="integration_one_row_per_bad_payload"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=QuarantineKind.values), name="integration_quarantine_kind_is_known"
            ),
            # It is the number that two accounts have: without one there is nothing to tell.
            models.CheckConstraint(
                condition=~Q(kind=QuarantineKind.OTHER_ACCOUNT) | ~Q(amazon_order_id=""),
                name="integration_doubtful_order_has_an_id",
            ),
        ]

    def __str__(self) -> str:
        return f"quarantined {self.amazon_order_id or 'payload'}"
