"""Commerce orders. `channel` and `channel_reference` name the order elsewhere that this one stands for."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from commerce.models.catalog import CommerceStore, Product
from commerce.models.customers import Customer
from commerce.models.money import amount, known_amount
from commerce.statuses import OrderStatus

# An order without a ship-by date stands behind all that have one.
NO_HURRY = datetime(9999, 1, 1, tzinfo=UTC)


class Order(models.Model):
    """An order of a shop."""

    number = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=32)
    channel_reference = models.CharField(max_length=64)
    commerce_store = models.ForeignKey(CommerceStore, on_delete=models.PROTECT, related_name="orders")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="orders")
    status = models.CharField(max_length=16, choices=OrderStatus)
    custom_status = models.CharField(max_length=64, blank=True)
    status_before_hold = models.CharField(max_length=16, blank=True)
    custom_status_before_hold = models.CharField(max_length=64, blank=True)
    payment_method = models.CharField(max_length=64, blank=True)
    payment_reference = models.CharField(max_length=128, blank=True)
    shipping_method = models.CharField(max_length=128, blank=True)
    currency = models.CharField(max_length=3)
    items_total = amount()
    shipping_total = amount()
    gift_wrap_total = amount()
    discount_total = amount()
    tax_total = amount()
    included_tax_total = known_amount()
    other_total = amount()
    grand_total = amount()
    purchased_at = models.DateTimeField()
    ship_by = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    fully_shipped_at = models.DateTimeField(null=True, help_text="When nothing was left to ship any more.")
    refunded_at = models.DateTimeField(null=True, help_text="When all that was charged was given back.")

    class Meta:
        indexes = [
            models.Index(fields=["-purchased_at", "-id"], name="commerce_order_by_purchased"),
            models.Index(
                # The worklist's order, NULLs last, as one expression: PostgreSQL's own NULLS LAST in
                # both directions would need two indexes.
                Coalesce("ship_by", Value(NO_HURRY)),
                "id",
                condition=Q(status="PROCESSING", fully_shipped_at=None),
                name="commerce_order_to_ship",
            ),
        ]
        constraints = [
            # Two workers that place one order at once: the second fails here, whatever it believed.
            models.UniqueConstraint(
                fields=["channel", "channel_reference"], name="commerce_one_order_per_channel_reference"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="commerce_order_status_is_known"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="commerce_order_has_a_number"),
            models.CheckConstraint(
                condition=Q(status="ON_HOLD", status_before_hold__in=["PENDING", "PROCESSING"])
                | (~Q(status="ON_HOLD") & Q(status_before_hold="", custom_status_before_hold="")),
                name="commerce_order_on_hold_remembers_its_state",
            ),
            models.CheckConstraint(
                condition=Q(custom_status="") | Q(status__in=["PENDING", "PROCESSING", "ON_HOLD"]),
                name="commerce_order_custom_status_is_of_no_end",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """A product in an order. Quantities are the product's own units: a 2-pack sold once is 2."""

    # No index of its own: the unique constraint below begins with the same column.
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
    unit_price = amount()
    row_total = amount()
    shipping = amount()
    gift_wrap = amount()
    discount = amount()
    tax = amount()
    other = amount()
    included_tax = known_amount()
    shipping_discount = known_amount()
    shipping_tax = known_amount()
    gift_wrap_tax = known_amount()
    cod = known_amount()
    cod_tax = known_amount()

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
                # What shipping and canceling race for: code that forgot its locks would fail here.
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
