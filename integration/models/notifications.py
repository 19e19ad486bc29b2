"""What Amazon told of changed orders, and where it is asked to tell it."""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Account, Region


class Subscription(models.Model):
    """That one account's order changes are sent to our queue, or why they are not.

    It outlives its account, so that what the account has left at Amazon can be cleared away.
    """

    # Not CASCADE: the subscription at Amazon goes on when the account is deleted here, and somebody
    # has to end it.
    account = models.OneToOneField(
        Account, on_delete=models.SET_NULL, null=True, related_name="notification_subscription"
    )
    region = models.CharField(max_length=2, choices=Region)
    queue_arn = models.CharField(max_length=1000, blank=True, help_text="The queue it was made for.")
    destination_id = models.CharField(max_length=200, blank=True)
    subscription_id = models.CharField(max_length=200, blank=True)
    subscribed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_at = models.DateTimeField(help_text="When Amazon is asked next whether it still holds.")
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["check_at"], name="subscription_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(region__in=Region.values), name="integration_subscription_region_is_known"
            ),
            models.CheckConstraint(
                condition=Q(subscription_id="")
                | (Q(subscribed_at__isnull=False) & ~Q(destination_id="") & ~Q(queue_arn="")),
                name="integration_subscribed_says_where_and_since_when",
            ),
            models.CheckConstraint(
                condition=(Q(error="") & Q(failing_since__isnull=True))
                | (~Q(error="") & Q(failing_since__isnull=False)),
                name="integration_subscription_fails_since",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription of account {self.account_id}"


class NotificationOutcome(models.TextChoices):
    """What was done about a notification."""

    REQUESTED = "REQUESTED", "Order asked for"
    STORE_INACTIVE = "STORE_INACTIVE", "Store inactive"
    STORE_UNKNOWN = "STORE_UNKNOWN", "No such store"


class Notification(models.Model):
    """A notification that was taken in, kept a week so that a repeated one is known. Nothing personal."""

    notification_id = models.CharField(max_length=128)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, related_name="notifications", db_index=False
    )
    amazon_order_id = models.CharField(max_length=64)
    change_type = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=16, choices=NotificationOutcome)
    published_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-received_at"], name="notification_by_account"),
            models.Index(fields=["received_at"], name="notification_by_age"),
        ]
        constraints = [
            # Amazon delivers more than once: the second delivery fails to be new here.
            models.UniqueConstraint(fields=["notification_id"], name="integration_one_row_per_notification"),
            models.CheckConstraint(
                condition=Q(outcome__in=NotificationOutcome.values),
                name="integration_notification_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome="STORE_UNKNOWN") | Q(account__isnull=False),
                name="integration_notification_names_its_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change_type} of {self.amazon_order_id}"


class UnreadableNotification(models.Model):
    """A message that is no notification we can read, kept aside; sealed: it may tell where somebody lives."""

    digest = models.CharField(max_length=64, help_text="SHA-256 of the body; a repeat adds no row.")
    sealed_body = models.BinaryField()
    reason = models.CharField(max_length=500)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="unreadable_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="integration_one_row_per_unreadable_message"),
        ]

    def __str__(self) -> str:
        return f"unreadable message {self.digest[:12]}"


class NotificationQueue(models.Model):
    """How reading the queue goes; written by whoever listens."""

    arn = models.CharField(max_length=1000)
    polled_at = models.DateTimeField(null=True, help_text="When it last answered.")
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["arn"], name="integration_one_row_per_queue"),
            models.CheckConstraint(
                condition=(Q(error="") & Q(failing_since__isnull=True))
                | (~Q(error="") & Q(failing_since__isnull=False)),
                name="integration_queue_fails_since",
            ),
        ]

    def __str__(self) -> str:
        return self.arn
