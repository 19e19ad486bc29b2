"""What is owed to Amazon: parcels to confirm, orders to cancel, money given back. Each row is its own job.

They are kept by account and order number, not by the mirror's row: a store that is deleted and connected
again still owes what it owed.
"""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Account
from commerce.models import CreditMemo, Shipment


class ConfirmationState(models.TextChoices):
    """Where the word about a parcel stands."""

    OWED = "OWED", "To be sent to Amazon"
    SENT = "SENT", "Sent; to be read back"
    CONFIRMED = "CONFIRMED", "Confirmed by Amazon"
    REFUSED = "REFUSED", "Refused by Amazon"
    DIFFERS = "DIFFERS", "Amazon shows something else"


class ConfirmationWay(models.TextChoices):
    """How Amazon comes to know of a parcel."""

    CONFIRM = "CONFIRM", "Told by confirmShipment"
    FEED = "FEED", "Told by the order fulfillment feed, for it has no tracking number"
    PICKUP = "PICKUP", "Told as picked up in the store"
    READ_BACK = "READ_BACK", "Known to Amazon, which made its label: only read back"


class FeedKind(models.TextChoices):
    """What a feed tells Amazon; the value is Amazon's own name of the feed type."""

    FULFILL = "POST_ORDER_FULFILLMENT_DATA", "Parcels without a tracking number"
    CANCEL = "POST_ORDER_ACKNOWLEDGEMENT_DATA", "Orders to cancel"
    REFUND = "POST_PAYMENT_ADJUSTMENT_DATA", "Money given back"


class FeedState(models.TextChoices):
    """How far a feed is."""

    WANTED = "WANTED", "To be uploaded"
    UPLOADED = "UPLOADED", "Uploaded; to be submitted"
    SUBMITTING = "SUBMITTING", "Being submitted, or Amazon's answer was lost"
    SUBMITTED = "SUBMITTED", "Amazon works on it"
    DONE = "DONE", "Amazon has answered"
    FAILED = "FAILED", "It came to nothing"


class FeedRequestState(models.TextChoices):
    """Where something that goes by feed stands."""

    OWED = "OWED", "To be sent to Amazon"
    SENT = "SENT", "Sent; Amazon works on it"
    DONE = "DONE", "Accepted by Amazon"
    REFUSED = "REFUSED", "Refused by Amazon"


class AmazonsAnswer(models.Model):
    """Amazon's words where it refused, and whether a person has settled that since."""

    refusal = models.CharField(max_length=500, blank=True)
    refusal_code = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        abstract = True


class ShipmentConfirmation(AmazonsAnswer):
    """A parcel of ours that Amazon has to know of.

    `SENT` is written before the call: whatever became of it, it is read back before it is ever sent again.
    `version` is that of the shipment that was (or is being) sent; a correction owes the newer one.
    """

    shipment = models.OneToOneField(
        Shipment, on_delete=models.CASCADE, primary_key=True, related_name="confirmation"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="confirmations")
    marketplace_id = models.CharField(max_length=20)
    amazon_order_id = models.CharField(max_length=64)
    package_reference = models.CharField(
        max_length=20, help_text="A positive number, ours, unique within the order."
    )
    way = models.CharField(max_length=16, choices=ConfirmationWay, default=ConfirmationWay.CONFIRM)
    state = models.CharField(max_length=16, choices=ConfirmationState, default=ConfirmationState.OWED)
    version = models.PositiveIntegerField(default=1)
    owed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="Nothing is done before; null: nothing is to be done.")
    attempts = models.PositiveIntegerField(default=0, help_text="Calls since it was owed.")
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    differences = models.JSONField(default=list, help_text="[{what, ours, amazons}]")
    problem = models.CharField(max_length=500, blank=True, help_text="Why it could not be sent yet.")

    class Meta:
        indexes = [
            # Confirmed parcels have no due date: the index holds only what is to be done.
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="confirmation_due"),
            models.Index(
                fields=["amazon_order_id"],
                condition=~Q(state="CONFIRMED"),
                name="confirmation_open",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["amazon_order_id", "package_reference"],
                # Two parcels under one reference: the second call would edit the first one's package at
                # Amazon.
                name="integration_one_confirmation_per_package_reference",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConfirmationState.values),
                name="integration_confirmation_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(way__in=ConfirmationWay.values), name="integration_confirmation_way_is_known"
            ),
            models.CheckConstraint(
                condition=Q(package_reference__regex=r"^[1-9][0-9]*$"),
                name="integration_package_reference_is_a_positive_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["SENT", "CONFIRMED"]) | Q(sent_at__isnull=False),
                name="integration_sent_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="OWED") | Q(due_at__isnull=False), name="integration_owed_is_due"
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(refusal=""), name="integration_refused_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"parcel {self.package_reference} of {self.amazon_order_id}: {self.state}"


class FeedJob(models.Model):
    """A feed: several wishes of one account and kind in one document. Each of its steps may run twice.

    Open until `ended_at`; looked at when `next_look_at` has come. Whoever looks moves that on first, and
    records only while it still stands where he put it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="feed_jobs")
    kind = models.CharField(max_length=64, choices=FeedKind)
    state = models.CharField(max_length=16, choices=FeedState, default=FeedState.WANTED)
    wanted_at = models.DateTimeField()
    next_look_at = models.DateTimeField()
    document_id = models.CharField(max_length=256, blank=True)
    submitting_at = models.DateTimeField(null=True, help_text="When createFeed was last called.")
    feed_id = models.CharField(max_length=128, blank=True)
    submitted_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Looks that came to nothing.")
    error = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_look_at"], condition=Q(ended_at__isnull=True), name="feed_job_due"),
        ]
        constraints = [
            # An answer that was lost is looked for among the newest feeds: there is one to be found.
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(ended_at__isnull=True, feed_id=""),
                name="integration_one_feed_to_submit",
            ),
            models.UniqueConstraint(
                fields=["account", "feed_id"], condition=~Q(feed_id=""), name="integration_one_job_per_feed"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FeedKind.values), name="integration_feed_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    ended_at__isnull=True, state__in=["WANTED", "UPLOADED", "SUBMITTING", "SUBMITTED"]
                )
                | Q(ended_at__isnull=False, state__in=["DONE", "FAILED"]),
                name="integration_feed_ends_with_its_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="SUBMITTED") | ~Q(feed_id=""), name="integration_submitted_feed_has_an_id"
            ),
            models.CheckConstraint(
                condition=~Q(state="SUBMITTING") | Q(submitting_at__isnull=False),
                name="integration_submitting_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of account {self.account_id}: {self.state}"


class FeedRequest(AmazonsAnswer):
    """Something of one order that goes by feed."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="%(class)ss")
    marketplace_id = models.CharField(max_length=20)
    amazon_order_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=FeedRequestState, default=FeedRequestState.OWED)
    owed_at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    feed = models.ForeignKey(FeedJob, on_delete=models.SET_NULL, null=True, related_name="%(class)ss")
    message_id = models.PositiveIntegerField(null=True, help_text="Its number within the feed.")

    class Meta:
        abstract = True


class Cancellation(FeedRequest):
    """A whole order that Amazon is to cancel, with or without a Commerce order.

    Once Amazon accepts, the Commerce order is canceled too; until then it is on hold (`has_held`: by us) and
    keeps its stock.
    """

    item_ids = models.JSONField(help_text="Amazon's ids of all items of the order.")
    has_held = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["account"], condition=Q(state="OWED"), name="cancellation_owed"),
            models.Index(fields=["amazon_order_id", "id"], name="cancellation_by_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["amazon_order_id"],
                # Of two people who cancel one order at once, the second is refused here even if every
                # check before let it pass.
                condition=Q(state__in=["OWED", "SENT"]),
                name="integration_one_open_cancellation",
            ),
            models.UniqueConstraint(
                fields=["feed", "message_id"], name="integration_one_cancellation_per_message"
            ),
            models.CheckConstraint(
                condition=Q(state__in=FeedRequestState.values), name="integration_cancellation_state_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="integration_cancellation_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(refusal=""),
                name="integration_refused_cancellation_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"cancellation of {self.amazon_order_id}: {self.state}"


class Adjustment(FeedRequest):
    """Money of a credit memo that Amazon is to give back to the buyer."""

    credit_memo = models.OneToOneField(
        CreditMemo, on_delete=models.CASCADE, primary_key=True, related_name="adjustment"
    )
    items = models.JSONField(help_text="[{order_item_id, components: {Principal: amount}}]; amounts as text.")
    currency = models.CharField(max_length=3)

    class Meta:
        indexes = [
            models.Index(fields=["account"], condition=Q(state="OWED"), name="adjustment_owed"),
            models.Index(fields=["amazon_order_id"], name="adjustment_by_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "message_id"], name="integration_one_adjustment_per_message"
            ),
            models.CheckConstraint(
                condition=Q(state__in=FeedRequestState.values), name="integration_adjustment_state_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="integration_adjustment_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(refusal=""), name="integration_refused_adjustment_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"adjustment of {self.amazon_order_id}: {self.state}"
