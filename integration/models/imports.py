"""Our decision about each Amazon order, and what stands in its way."""

from django.db import models
from django.db.models import F, Q

from amazon_orders.models import Account, AmazonOrder
from commerce.models import Order, Product

# The name under which Commerce knows Amazon.
CHANNEL = "AMAZON"


class ImportState(models.TextChoices):
    """What became of an Amazon order here; Amazon's own status is another field in another table."""

    WAITING = "WAITING", "Waiting"
    BLOCKED = "BLOCKED", "Blocked"
    IMPORTED = "IMPORTED", "Imported"
    VIEW_ONLY = "VIEW_ONLY", "View only"
    SKIPPED = "SKIPPED", "Skipped"
    CANCELED = "CANCELED", "Canceled"


class OrderImport(models.Model):
    """The link between an Amazon order and its Commerce order, and the job of making it.

    The row is due while `version` is newer than `judged_version`, or when `recheck_at` has come. Whatever may
    change the decision (new content, a fix, a setting) raises `version` in its own transaction.
    """

    amazon_order = models.OneToOneField(
        AmazonOrder, on_delete=models.CASCADE, primary_key=True, related_name="order_import"
    )
    state = models.CharField(max_length=16, choices=ImportState, default=ImportState.WAITING)
    reason = models.CharField(max_length=32, blank=True, help_text="Why it waits or is view-only.")
    version = models.PositiveIntegerField(default=1)
    judged_version = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(null=True)
    # One to one: two imports of one Commerce order would ship it twice.
    commerce_order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, related_name="order_import"
    )
    imported_at = models.DateTimeField(null=True)
    is_import_requested = models.BooleanField(
        default=False, help_text="A person asked for this view-only order to be imported."
    )
    skip_reason = models.CharField(max_length=200, blank=True)
    skipped_by = models.CharField(max_length=150, blank=True)
    skipped_at = models.DateTimeField(null=True)
    skip_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="When Amazon was last asked for it by its number.")
    amazon_seen = models.JSONField(
        default=dict, help_text="What Amazon said when it was last judged: status, counts, total."
    )
    amounts_lowered_at = models.DateTimeField(
        null=True, help_text="Since when Amazon's total is lower than it was when something had left."
    )

    class Meta:
        indexes = [
            # The due query of the one-second tick must not read the rows that are not due.
            models.Index(
                fields=["amazon_order"],
                condition=Q(version__gt=F("judged_version")),
                name="order_import_is_due",
            ),
            models.Index(
                fields=["recheck_at"], condition=Q(recheck_at__isnull=False), name="order_import_recheck"
            ),
            models.Index(
                fields=["amazon_order"],
                condition=Q(amounts_lowered_at__isnull=False),
                name="order_import_amounts_lowered",
            ),
            # What the prober asks for again, the longest unasked first.
            models.Index(
                fields=["asked_at"], condition=Q(state="WAITING"), name="order_import_waiting_asked"
            ),
            models.Index(
                fields=["asked_at"], condition=Q(state="BLOCKED"), name="order_import_blocked_asked"
            ),
            # The banner, the blocked counts and the lists of one state.
            models.Index(fields=["state", "amazon_order"], name="order_import_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="integration_import_state_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(state="IMPORTED") & Q(commerce_order__isnull=False))
                | (~Q(state="IMPORTED") & Q(commerce_order__isnull=True)),
                name="integration_imported_means_a_commerce_order",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=F("judged_version")), name="integration_never_judged_ahead"
            ),
            models.CheckConstraint(
                condition=~Q(state="SKIPPED") | Q(skipped_at__isnull=False),
                name="integration_skipped_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amazon_order_id}: {self.state}"


class BlockerCode(models.TextChoices):
    """Why an order cannot be imported; each code has its module in `integration.decision.blockers`."""

    PRODUCT_MISSING = "PRODUCT_MISSING", "Product missing"
    PRODUCT_DISABLED = "PRODUCT_DISABLED", "Product disabled"
    OUT_OF_STOCK = "OUT_OF_STOCK", "Out of stock"
    ADDRESS_INCOMPLETE = "ADDRESS_INCOMPLETE", "Address incomplete"
    AMOUNTS_MISSING = "AMOUNTS_MISSING", "Amounts missing"
    CURRENCY_UNSUPPORTED = "CURRENCY_UNSUPPORTED", "Currency unsupported"
    NO_ITEMS = "NO_ITEMS", "No items"
    FAILED = "FAILED", "Failed"


class Blocker(models.Model):
    """One reason, of one line or of the whole order; open until a judgment no longer finds it."""

    order_import = models.ForeignKey(
        OrderImport, on_delete=models.CASCADE, related_name="blockers", db_index=False
    )
    code = models.CharField(max_length=32, choices=BlockerCode)
    line_reference = models.CharField(max_length=64, null=True)  # noqa: DJ001 - NULL is the order as a whole
    seller_sku = models.CharField(max_length=255, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    product_stamp = models.DateTimeField(
        null=True, help_text="The product's availability_changed_at that was judged; another one means due."
    )
    details = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["order_import"], name="blocker_by_order"),
            # For "a product with this SKU exists now": only open blockers can be waiting for one.
            models.Index(
                fields=["seller_sku"], condition=Q(closed_at__isnull=True), name="blocker_open_by_sku"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__in=BlockerCode.values), name="integration_blocker_code_is_known"
            ),
            # Two constraints, because NULLs are never equal.
            models.UniqueConstraint(
                fields=["order_import", "code"],
                condition=Q(closed_at__isnull=True) & Q(line_reference__isnull=True),
                name="integration_one_open_blocker_per_order_and_code",
            ),
            models.UniqueConstraint(
                fields=["order_import", "line_reference", "code"],
                condition=Q(closed_at__isnull=True) & Q(line_reference__isnull=False),
                name="integration_one_open_blocker_per_line_and_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.seller_sku}".strip()


class ProductMatch(models.Model):
    """Which product, and how many units of it, a seller SKU stands for (a 2-pack is 2)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="matches", db_index=False)
    seller_sku = models.CharField(
        max_length=255, help_text="The seller SKU; for a line without one its ASIN."
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="matches")
    units = models.PositiveIntegerField(default=1)
    matched_by = models.CharField(max_length=150, blank=True)
    matched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "seller_sku"], name="integration_one_match_per_seller_sku"
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="integration_match_units_are_positive"),
            models.CheckConstraint(condition=~Q(seller_sku=""), name="integration_match_has_a_seller_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.seller_sku} = {self.units} x {self.product_id}"


class AddressCorrection(models.Model):
    """The delivery address as a person corrected it; Amazon's own stays as it was."""

    order_import = models.OneToOneField(
        OrderImport, on_delete=models.CASCADE, primary_key=True, related_name="address_correction"
    )
    sealed = models.BinaryField()
    address_gaps = models.CharField(max_length=64, blank=True)
    corrected_by = models.CharField(max_length=150)
    corrected_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"corrected address of {self.order_import_id}"
