"""The mirror: one row per Amazon order, its items and its packages.

Amazon's own words (status, carrier, service level) are free text, capped in `normalize`, because Amazon
adds words without notice. Amounts are kept verbatim in `proceeds`; the columns beside them serve
sorting and filtering.
"""

from django.db import models
from django.db.models import F, Q

from amazon_orders.models.accounts import Store


class AmazonOrder(models.Model):
    """An order as Amazon last told it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="orders", db_index=False)
    amazon_order_id = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=64, blank=True)
    fulfilled_by = models.CharField(max_length=32, blank=True)
    channel_name = models.CharField(max_length=32, blank=True)
    purchased_at = models.DateTimeField()
    last_updated_at = models.DateTimeField()
    total = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(
        max_length=32, blank=True, help_text="One code; several, by comma, where Amazon mixes."
    )
    proceeds = models.JSONField(default=dict, help_text="Amazon's amounts of the order, verbatim.")
    service_level = models.CharField(max_length=64, blank=True)
    cash_on_delivery = models.DecimalField(
        max_digits=20,
        decimal_places=4,
        null=True,
        help_text="What the carrier is to collect; null: it is paid.",
    )
    earliest_ship_at = models.DateTimeField(null=True)
    latest_ship_at = models.DateTimeField(null=True)
    earliest_deliver_at = models.DateTimeField(null=True)
    latest_deliver_at = models.DateTimeField(null=True)
    programs = models.JSONField(default=list)
    is_prime = models.BooleanField(default=False)
    is_business = models.BooleanField(default=False)
    is_cancel_requested = models.BooleanField(default=False)
    seller_order_id = models.CharField(max_length=128, blank=True)
    replaces_order_id = models.CharField(max_length=64, blank=True)
    address_gaps = models.CharField(
        max_length=64, blank=True, help_text="What a parcel would need and Amazon did not give, e.g. city."
    )
    content_hashes = models.JSONField(default=dict, help_text="Digest of the content per data set asked for.")
    untold = models.JSONField(
        default=list, help_text="Data sets that Amazon was never asked for, or left out: not known yet."
    )
    oddities = models.JSONField(
        default=list, help_text="Details that Amazon sent in a form that cannot be read, in words."
    )
    asked_at = models.DateTimeField(help_text="When the request began whose answer this row holds.")
    received_at = models.DateTimeField(help_text="When the order was first stored.")
    changed_at = models.DateTimeField(help_text="When the content last changed here.")
    version = models.PositiveIntegerField(default=1)
    personal_data_purged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Keyset pages: each sort over one store's or all stores' orders walks one of these.
            models.Index(fields=["store", "-purchased_at", "-id"], name="order_by_store_purchased"),
            models.Index(fields=["-purchased_at", "-id"], name="order_by_purchased"),
            models.Index(fields=["status", "id"], name="order_by_status"),
            models.Index(fields=["total", "id"], name="order_by_total"),
            models.Index(fields=["latest_ship_at", "id"], name="order_by_ship_by"),
            # What the seller must still send, by its ship-by date: counted for every store.
            models.Index(
                fields=["store", "latest_ship_at"],
                condition=Q(status__in=("UNSHIPPED", "PARTIALLY_SHIPPED")) & ~Q(fulfilled_by="AMAZON"),
                name="order_to_ship",
            ),
            # Buyers who ask to cancel: few, and looked for with every list of messages.
            models.Index(
                fields=["store", "id"], condition=Q(is_cancel_requested=True), name="order_cancel_requested"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amazon_order_id=""), name="amazon_orders_order_has_an_id"),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="amazon_orders_order_version_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.amazon_order_id

    @property
    def total_currency(self) -> str:
        """The currency of the total: the first, where the lines mix others in."""
        return self.currency.partition(",")[0]


class AmazonOrderItem(models.Model):
    """One line of an order."""

    order = models.ForeignKey(AmazonOrder, on_delete=models.CASCADE, related_name="items", db_index=False)
    order_item_id = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    asin = models.CharField(max_length=32, blank=True)
    seller_sku = models.CharField(max_length=255, blank=True, db_index=True)
    title = models.CharField(max_length=500, blank=True)
    quantity_ordered = models.PositiveIntegerField()
    quantity_shipped = models.PositiveIntegerField(default=0)
    quantity_canceled = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(
        max_length=32, blank=True, help_text="One code; several, by comma, where Amazon mixes."
    )
    proceeds = models.JSONField(default=dict, help_text="Amazon's amounts of the line, verbatim.")
    details = models.JSONField(
        default=dict, help_text="Condition, gift wrap level, tax collection, programs ..."
    )

    class Meta:
        ordering = ["order_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "order_item_id"], name="amazon_orders_one_row_per_item"),
            models.CheckConstraint(
                condition=Q(quantity_ordered__gte=F("quantity_canceled")),
                name="amazon_orders_item_canceled_at_most_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_item_id} {self.seller_sku}"


class AmazonPackage(models.Model):
    """A parcel that Amazon knows of; only merchant-fulfilled orders have them."""

    order = models.ForeignKey(AmazonOrder, on_delete=models.CASCADE, related_name="packages", db_index=False)
    package_reference_id = models.CharField(max_length=128)
    carrier = models.CharField(max_length=128, blank=True)
    shipping_service = models.CharField(max_length=128, blank=True)
    tracking_number = models.CharField(max_length=128, blank=True)
    shipped_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=64, blank=True)
    detailed_status = models.CharField(max_length=64, blank=True)
    items = models.JSONField(default=list, help_text="[{order_item_id, quantity}]")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "package_reference_id"], name="amazon_orders_one_row_per_package"
            ),
        ]

    def __str__(self) -> str:
        return self.package_reference_id


class PersonalData(models.Model):
    """Buyer, recipient and gift messages of an order, sealed; deleted when they are purged."""

    order = models.OneToOneField(
        AmazonOrder, on_delete=models.CASCADE, primary_key=True, related_name="personal_data"
    )
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"personal data of order {self.order_id}"


class BuyerNameWord(models.Model):
    """A keyed hash of one word of a buyer's or recipient's name: what a search by name looks up."""

    order = models.ForeignKey(
        AmazonOrder, on_delete=models.CASCADE, related_name="name_words", db_index=False
    )
    word_hash = models.CharField(max_length=24)

    class Meta:
        indexes = [models.Index(fields=["word_hash", "order"], name="buyer_name_word_lookup")]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "word_hash"], name="amazon_orders_one_row_per_name_word"
            ),
        ]

    def __str__(self) -> str:
        return f"name word of order {self.order_id}"
