"""Commerce orders. `channel` and `channel_reference` name the order elsewhere that this one stands for."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from commerce.models.catalog import CommerceStore, Product
from commerce.models.customers import Customer


class OrderStatus(models.TextChoices):
    """The life of a Commerce order."""

    PENDING = "PENDING", "Pending"
    PROCESSING = "PROCESSING", "Processing"
    ON_HOLD = "ON_HOLD", "On hold"
    COMPLETE = "COMPLETE", "Complete"
    CANCELED = "CANCELED", "Canceled"
    CLOSED = "CLOSED", "Closed"


def _amount() -> "models.DecimalField[Decimal | str | None, Decimal | None]":
    """An amount in the order's currency; null where the channel did not say (which is not zero)."""
    return models.DecimalField(max_digits=20, decimal_places=4, null=True)


class Order(models.Model):
    """An order of a shop."""

    number = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=32)
    channel_reference = models.CharField(max_length=64)
    commerce_store = models.ForeignKey(CommerceStore, on_delete=models.PROTECT, related_name="orders")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="orders")
    status = models.CharField(max_length=16, choices=OrderStatus)
    custom_status = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    items_total = _amount()
    shipping_total = _amount()
    gift_wrap_total = _amount()
    discount_total = _amount()
    tax_total = _amount()
    other_total = _amount()
    grand_total = _amount()
    purchased_at = models.DateTimeField()
    ship_by = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-purchased_at", "-id"], name="commerce_order_by_purchased"),
            models.Index(
                fields=["ship_by", "id"],
                condition=Q(status="PROCESSING"),
                name="commerce_order_worklist",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "channel_reference"], name="commerce_one_order_per_channel_reference"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="commerce_order_status_is_known"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="commerce_order_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """A product in an order. Quantities are the product's own units: a 2-pack sold once is 2."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    line_reference = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=255)
    name = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField()
    units_per_item = models.PositiveIntegerField(default=1)
    quantity_shipped = models.PositiveIntegerField(default=0)
    quantity_canceled = models.PositiveIntegerField(default=0)
    quantity_refunded = models.PositiveIntegerField(default=0)
    unit_price = _amount()
    row_total = _amount()
    shipping = _amount()
    gift_wrap = _amount()
    discount = _amount()
    tax = _amount()
    other = _amount()

    class Meta:
        ordering = ["order_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "line_reference"], name="commerce_one_line_per_reference"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="commerce_line_quantity_is_positive"),
            models.CheckConstraint(
                condition=Q(units_per_item__gt=0), name="commerce_line_units_per_item_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_shipped") + F("quantity_canceled")),
                name="commerce_line_shipped_and_canceled_at_most_ordered",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_refunded")),
                name="commerce_line_refunded_at_most_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class OrderPersonalData(models.Model):
    """Buyer's name, addresses and gift messages of an order, sealed; deleted when they are purged."""

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, primary_key=True, related_name="personal_data"
    )
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"personal data of order {self.order_id}"
