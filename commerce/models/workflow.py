"""What people and channels did with an order, and the names they give its states."""

import uuid

from django.db import models
from django.db.models import Q

from commerce.models.orders import Order
from commerce.statuses import OrderStatus


class CustomStatus(models.Model):
    """Another name for a state that is no end; an order bears its code."""

    code = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=OrderStatus)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="commerce_custom_status_has_a_code"),
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "PROCESSING", "ON_HOLD"]),
                name="commerce_custom_status_stands_for_no_end",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class EventCode(models.TextChoices):
    """What happened to an order."""

    PAID = "PAID", "Paid"
    HELD = "HELD", "Put on hold"
    UNHELD = "UNHELD", "Taken off hold"
    STATUS_SET = "STATUS_SET", "Status set"
    SHIPPED = "SHIPPED", "Shipped"
    TRACKING_CHANGED = "TRACKING_CHANGED", "Tracking corrected"
    TAKEN_OVER = "TAKEN_OVER", "Shipped at its channel"
    UNITS_CANCELED = "UNITS_CANCELED", "Units canceled"
    CANCELED = "CANCELED", "Canceled"
    COMPLETED = "COMPLETED", "Completed"
    AMOUNTS_TOLD = "AMOUNTS_TOLD", "Amounts told"
    REFUNDED = "REFUNDED", "Refunded"
    REFUND_VOIDED = "REFUND_VOIDED", "Refund voided"
    CLOSED = "CLOSED", "Closed"


class OrderEvent(models.Model):
    """One line of an order's history. `details` holds codes, numbers and quantities, nothing personal.

    `by` is empty where it was no person: its channel, or the clock.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", db_index=False)
    code = models.CharField(max_length=24, choices=EventCode)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["order", "id"], name="commerce_event_by_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__in=EventCode.values), name="commerce_event_code_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of order {self.order_id}"


class OrderComment(models.Model):
    """What somebody wrote about an order. It may name people: sealed, and emptied when they are purged."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="comments")
    key = models.UUIDField(unique=True, default=uuid.uuid4, help_text="What the text is sealed to.")
    sealed = models.BinaryField(null=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"comment {self.pk} on order {self.order_id}"
