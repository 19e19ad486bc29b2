"""What Amazon is told of parcels by other ways than confirmShipment."""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Account
from integration.models.outbox import AmazonsAnswer, FeedRequest, FeedRequestState, ShipmentConfirmation


class ParcelNotice(FeedRequest):
    """A parcel without a tracking number, on its way into an order fulfillment feed.

    `version` is that of the shipment that goes with the feed: an answer to an older word is not recorded.
    """

    confirmation = models.OneToOneField(
        ShipmentConfirmation, on_delete=models.CASCADE, primary_key=True, related_name="notice"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["account"], condition=Q(state="OWED"), name="parcel_notice_owed")]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "message_id"], name="integration_one_parcel_notice_per_message"
            ),
            models.CheckConstraint(
                condition=Q(state__in=FeedRequestState.values),
                name="integration_parcel_notice_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(refusal=""),
                name="integration_refused_parcel_notice_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"notice of a parcel of {self.amazon_order_id}: {self.state}"


class PickupStatus(models.TextChoices):
    """What Amazon is told of goods that a buyer comes for, in Amazon's words; picked up is a shipment."""

    READY = "ReadyForPickup", "Ready for pick-up"
    REFUSED = "RefusedPickup", "Refused by the buyer"


class PickupNotice(AmazonsAnswer):
    """What Amazon is owed of an order that is picked up in a store; the newest word of an order counts.

    Telling it twice changes nothing, so a lost answer is simply told again.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="pickup_notices")
    marketplace_id = models.CharField(max_length=20)
    amazon_order_id = models.CharField(max_length=64)
    status = models.CharField(max_length=32, choices=PickupStatus)
    state = models.CharField(max_length=16, choices=FeedRequestState, default=FeedRequestState.OWED)
    owed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="Null: nothing is to be done.")
    by = models.CharField(max_length=150, blank=True)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="pickup_notice_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["amazon_order_id", "status"], name="integration_one_pickup_notice_per_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=PickupStatus.values), name="integration_pickup_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["OWED", "SENT"], due_at__isnull=False)
                | Q(state__in=["DONE", "REFUSED"], due_at__isnull=True),
                name="integration_pickup_notice_is_due_while_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(refusal=""),
                name="integration_refused_pickup_notice_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.amazon_order_id}: {self.state}"
