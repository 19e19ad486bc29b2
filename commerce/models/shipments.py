"""What has left, in which parcel."""

from django.db import models
from django.db.models import Q

from commerce.models.orders import Order, OrderLine


class Shipment(models.Model):
    """One parcel of an order. A parcel that a channel knows carries the channel's reference.

    `is_ours`: it was shipped from here, so its details are ours to say; those of a parcel that was taken
    over follow the channel. `version` grows whenever ours are corrected.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    channel_package_reference = models.CharField(max_length=128, blank=True)
    is_ours = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    carrier_code = models.CharField(max_length=64, blank=True)
    carrier = models.CharField(max_length=128, blank=True)
    service = models.CharField(max_length=128, blank=True)
    tracking_number = models.CharField(max_length=128, blank=True)
    shipped_at = models.DateTimeField()
    created_at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "channel_package_reference"],
                condition=~Q(channel_package_reference=""),
                name="commerce_one_shipment_per_channel_package",
            ),
        ]

    def __str__(self) -> str:
        return f"shipment {self.pk} of order {self.order_id}"


class ShipmentLine(models.Model):
    """Units of one order line in one parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()
    unit_codes = models.JSONField(
        default=list, help_text="What proves single units genuine, where asked for."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "order_line"], name="commerce_one_shipment_line_per_order_line"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="commerce_shipment_line_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
