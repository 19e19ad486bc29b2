"""Single orders that somebody wants to have asked for."""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Account
from integration.models.sync import Lane


class RequestReason(models.TextChoices):
    """Why an order is asked for by itself."""

    PERSON = "PERSON", "A person wants it fresh"
    BY_NUMBER = "BY_NUMBER", "A person named it"
    BULK = "BULK", "A person wants many fresh"
    NOTIFIED = "NOTIFIED", "Amazon said that it changed"
    STALE = "STALE", "Nothing was heard of it for long"
    LATE = "LATE", "It is blocked and must ship soon"
    UNCONFIRMED = "UNCONFIRMED", "Amazon does not know yet that it shipped"
    BACKLOG = "BACKLOG", "The search would take too long to come to it"
    MISSING = "MISSING", "Amazon lists it and it is not here"
    INCOMPLETE = "INCOMPLETE", "Amazon gave only a part of it"


class RequestAnswer(models.TextChoices):
    """What Amazon said to it."""

    KNOWN = "KNOWN", "Amazon gave the order"
    UNKNOWN = "UNKNOWN", "Amazon does not know the order"
    DENIED = "DENIED", "Amazon does not give us the order"


class OrderRequest(models.Model):
    """An order to be asked for by its number (getOrder): the row is the job, open until it is answered.

    The order need not be stored here, nor exist. Whoever wants it again while it is open raises `wanted_at`,
    so that an answer to an earlier question settles nothing.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="order_requests", db_index=False
    )
    amazon_order_id = models.CharField(max_length=64)
    lane = models.PositiveSmallIntegerField(choices=Lane)
    why = models.CharField(max_length=16, choices=RequestReason)
    wanted_at = models.DateTimeField()
    wanted_by = models.CharField(max_length=150, blank=True, help_text="A user name; empty for the system.")
    due_at = models.DateTimeField(help_text="Not asked for before.")
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, choices=RequestAnswer, blank=True)

    class Meta:
        indexes = [
            # What an account asks for next, and which accounts have anything to ask.
            models.Index(
                fields=["account", "lane", "due_at"],
                condition=Q(answered_at__isnull=True),
                name="order_request_open",
            ),
            models.Index(
                fields=["answered_at"],
                condition=Q(answered_at__isnull=False),
                name="order_request_answered",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "amazon_order_id"], name="integration_one_request_per_order"
            ),
            models.CheckConstraint(
                condition=~Q(amazon_order_id=""), name="integration_request_names_an_order"
            ),
            models.CheckConstraint(
                condition=Q(lane__in=Lane.values), name="integration_request_lane_is_known"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False, answer__in=RequestAnswer.values),
                name="integration_answered_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"request for {self.amazon_order_id}"
