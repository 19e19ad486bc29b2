"""How much there is, where, who it is kept for, and every movement that made it so.

`reserved` of a stock item is always the sum of its reservations' quantities. A product whose stock is not
managed has no reservations.
"""

from django.db import models
from django.db.models import F, Q

from commerce.models.catalog import CommerceStore, Product
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


class SourcePriority(models.Model):
    """The place of a source in one shop's own order of sources, in `Source.priority`'s stead."""

    commerce_store = models.ForeignKey(
        CommerceStore, on_delete=models.CASCADE, related_name="source_priorities", db_index=False
    )
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="store_priorities")
    priority = models.IntegerField(help_text="Below 0: before every source that only has its own.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commerce_store", "source"], name="commerce_one_priority_per_store_and_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} is {self.priority} for {self.commerce_store_id}"


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
                # The last guard against overselling: more can be kept than is there only where a person
                # has accepted a count.
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
                # One row per line and source, so that a hold made twice is one hold.
                fields=["channel", "channel_reference", "line_reference", "source"],
                name="commerce_one_reservation_per_line_and_source",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="commerce_reservation_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.channel_reference}/{self.line_reference}"


class MovementReason(models.TextChoices):
    """Why a quantity changed."""

    OPENING = "OPENING", "What was there when the ledger began"
    COUNT = "COUNT", "Physical count"
    IMPORT = "IMPORT", "Product file"
    ADJUST = "ADJUST", "Adjustment"
    RESERVE = "RESERVE", "Reserved"
    RELEASE = "RELEASE", "Released"
    CONSUME = "CONSUME", "Shipped"
    RESTOCK = "RESTOCK", "Returned"
    MANAGE_ON = "MANAGE_ON", "Stock management switched on"
    MANAGE_OFF = "MANAGE_OFF", "Stock management switched off"


class StockMovement(models.Model):
    """One line of the ledger. The sums of an item's movements are its `on_hand` and `reserved`.

    `document`: the shipment or credit memo it belongs to, e.g. "shipment 12"; who moved it, empty where it
    was no person.
    """

    stock_item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, related_name="movements", db_index=False
    )
    reason = models.CharField(max_length=16, choices=MovementReason)
    on_hand = models.IntegerField(help_text="By how much the units on hand changed.")
    reserved = models.IntegerField(help_text="By how much the reserved units changed.")
    channel = models.CharField(max_length=32, blank=True)
    channel_reference = models.CharField(max_length=64, blank=True)
    line_reference = models.CharField(max_length=64, blank=True)
    document = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["stock_item", "-id"], name="commerce_movement_by_item")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=MovementReason.values), name="commerce_movement_reason_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(on_hand=0, reserved=0), name="commerce_movement_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.on_hand:+d}/{self.reserved:+d} of {self.stock_item_id}"
