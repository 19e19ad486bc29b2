"""The proof that no order is missing: the lists Amazon is asked for, what they say, what was missing."""

from django.db import models
from django.db.models import F, Q

from amazon_orders.models import Account, Store


class JobKind(models.TextChoices):
    """What a list of Amazon's is wanted for."""

    NIGHTLY = "NIGHTLY", "Proof of the last days"
    WEEKLY = "WEEKLY", "Proof of the last 30 days"
    CATCH_UP = "CATCH_UP", "Orders of a backlog"


class JobState(models.TextChoices):
    """How far a list is."""

    WANTED = "WANTED", "To be asked for"
    ASKED = "ASKED", "Amazon writes the report"
    SEARCHING = "SEARCHING", "Searched for instead"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Not to be had"


class ListSource(models.TextChoices):
    """Where a list came from."""

    REPORT = "REPORT", "Report"
    SEARCH = "SEARCH", "Search"


class WhyMissed(models.TextChoices):
    """Why the sync had not brought an order in, as far as that can be known."""

    WAS_HERE = "WAS_HERE", "It had been here before and was removed; its Commerce order remains."
    QUARANTINED = "QUARANTINED", "Amazon sent it in a form that could not be read."
    INACTIVE = "INACTIVE", "It changed while the store was inactive."
    ACCESS_LOST = "ACCESS_LOST", "It changed while the seller had left the marketplace."
    OUTAGE = "OUTAGE", "It changed while the sync failed."
    NOT_READ_YET = "NOT_READ_YET", "The sync had not come to it yet."
    LEFT_OUT = "LEFT_OUT", "Amazon's search left it out, or listed it late."


class ReportJob(models.Model):
    """A list of Amazon's that is wanted; the row is the job. Each of its steps may run twice or die anywhere.

    Open until `ended_at`; looked at when `next_look_at` has come. Whoever looks moves that on first, and
    records only while it still stands where he put it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="report_jobs")
    kind = models.CharField(max_length=16, choices=JobKind)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.WANTED)
    data_from = models.DateTimeField()
    data_until = models.DateTimeField()
    wanted_at = models.DateTimeField()
    wanted_by = models.CharField(max_length=150, blank=True, help_text="A user name; empty for the clock.")
    report_id = models.CharField(max_length=128, blank=True)
    asked_at = models.DateTimeField(null=True, help_text="When Amazon took the report on.")
    next_look_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Reports that came to nothing.")
    is_refused = models.BooleanField(default=False, help_text="Amazon does not give reports to us.")
    error = models.CharField(max_length=500, blank=True)
    progress = models.JSONField(null=True, help_text="A search under way: its page token and counts.")
    orders = models.PositiveIntegerField(default=0, help_text="Orders on the list.")
    requested = models.PositiveIntegerField(default=0, help_text="Orders then asked for by their number.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Open jobs are few, ended ones are kept for 90 days.
            models.Index(fields=["next_look_at"], condition=Q(ended_at__isnull=True), name="report_job_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(ended_at__isnull=True),
                name="integration_one_open_report_job",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=JobKind.values), name="integration_report_job_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, state__in=["WANTED", "ASKED", "SEARCHING"])
                | Q(ended_at__isnull=False, state__in=["DONE", "FAILED"]),
                name="integration_report_job_ends_with_its_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="ASKED") | (~Q(report_id="") & Q(asked_at__isnull=False)),
                name="integration_asked_report_has_a_number",
            ),
            models.CheckConstraint(
                condition=Q(data_until__gte=F("data_from")), name="integration_report_job_period_is_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} list of account {self.account_id}: {self.state}"


class ProofDay(models.Model):
    """One day (UTC, by purchase) of a store: how many orders Amazon lists, and what became of them here.

    `missing` were not here when the day was listed and still are not; one that came in since counts as stored
    and as healed.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="proof", db_index=False)
    day = models.DateField()
    amazon = models.PositiveIntegerField()
    stored = models.PositiveIntegerField()
    imported = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    view_only = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    canceled = models.PositiveIntegerField(default=0)
    to_come = models.PositiveIntegerField(default=0, help_text="Changed after what the sync has read.")
    missing = models.PositiveIntegerField()
    healed = models.PositiveIntegerField(default=0, help_text="Once missing, fetched since; part of stored.")
    listed_at = models.DateTimeField()
    source = models.CharField(max_length=16, choices=ListSource)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "day"], name="integration_one_proof_per_store_and_day"),
            models.CheckConstraint(
                condition=Q(amazon=F("stored") + F("to_come") + F("missing")),
                # A proof that does not add up must not be stored, whatever counted it.
                name="integration_proof_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    stored=F("imported")
                    + F("blocked")
                    + F("waiting")
                    + F("view_only")
                    + F("skipped")
                    + F("canceled")
                ),
                name="integration_proof_states_add_up",
            ),
            models.CheckConstraint(
                condition=Q(source__in=ListSource.values), name="integration_proof_source_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"proof of store {self.store_id}, {self.day}"


class MissingOrder(models.Model):
    """An order on Amazon's list that was not here; open until it is healed or given up.

    It is given up by a person, or (without a name) because Amazon no longer lists it.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="missing_orders")
    amazon_order_id = models.CharField(max_length=64)
    day = models.DateField(help_text="The day (UTC) of its purchase.")
    last_updated_at = models.DateTimeField(help_text="When Amazon last changed it, by the list.")
    why = models.CharField(max_length=16, choices=WhyMissed)
    found_at = models.DateTimeField()
    healed_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    given_up_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["amazon_order_id"],
                condition=Q(healed_at__isnull=True, given_up_at__isnull=True),
                name="missing_order_open",
            ),
            models.Index(fields=["store", "day"], name="missing_order_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "amazon_order_id"],
                condition=Q(healed_at__isnull=True),
                name="integration_one_open_missing_order",
            ),
            models.CheckConstraint(
                condition=Q(why__in=WhyMissed.values), name="integration_why_missed_is_known"
            ),
            models.CheckConstraint(
                condition=Q(healed_at__isnull=True) | Q(given_up_at__isnull=True),
                name="integration_healed_is_not_given_up",
            ),
            models.CheckConstraint(
                condition=Q(given_up_by="") | Q(given_up_at__isnull=False),
                name="integration_given_up_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(amazon_order_id=""), name="integration_missing_order_has_an_id"
            ),
        ]

    def __str__(self) -> str:
        return f"missing {self.amazon_order_id}"
