"""How much there is, where, and who it is kept for.

`reserved` of a stock item is always the sum of its reservations' quantities. A product whose stock is not
managed has no reservations.
"""

from django.db import models
from django.db.models import F, Q

from commerce.models.catalog import Product
from commerce.models.orders import OrderLine


class Source(models.Model):
    """A place goods ship from; a lower priority number is asked first."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    priority = models.PositiveIntegerField(default=100)
    is_enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["priority", "code"]
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="commerce_source_has_a_code")]

    def __str__(self) -> str:
        return self.code


class StockItem(models.Model):
    """The quantity of one product at one source."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="stock_items", db_index=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="stock_items")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    shortfall = models.IntegerField(
        default=0, help_text="Reserved units that a physical count did not find, accepted by a person."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "source"], name="commerce_one_stock_item_per_source"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="commerce_stock_on_hand_not_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="commerce_stock_reserved_not_negative"),
            models.CheckConstraint(
                condition=Q(shortfall__gte=0), name="commerce_stock_shortfall_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand") + F("shortfall")),
                name="commerce_stock_reserved_at_most_on_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.source_id}"


class Reservation(models.Model):
    """Units kept for one line of one order of a channel, at one source.

    It may exist before there is a Commerce order (a hold for an order whose payment is pending) and then
    simply becomes the order line's, so nothing is ever reserved twice.
    """

    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="reservations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False, related_name="+")
    channel = models.CharField(max_length=32)
    channel_reference = models.CharField(max_length=64)
    line_reference = models.CharField(max_length=64)
    quantity = models.IntegerField()
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, related_name="reservations"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "channel_reference", "line_reference", "source"],
                name="commerce_one_reservation_per_line_and_source",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="commerce_reservation_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.channel_reference}/{self.line_reference}"
