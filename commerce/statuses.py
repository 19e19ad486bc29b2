"""The states of a Commerce order."""

from django.db import models


class OrderStatus(models.TextChoices):
    """The life of a Commerce order."""

    PENDING = "PENDING", "Pending"
    PROCESSING = "PROCESSING", "Processing"
    ON_HOLD = "ON_HOLD", "On hold"
    COMPLETE = "COMPLETE", "Complete"
    CANCELED = "CANCELED", "Canceled"
    CLOSED = "CLOSED", "Closed"
