"""Shops and what they sell."""

from django.db import models
from django.db.models import Q


class CommerceStore(models.Model):
    """A shop that orders go to; it hands out its own numbers of orders, invoices and credit memos."""

    name = models.CharField(max_length=100, unique=True)
    website = models.CharField(max_length=200, blank=True)
    next_order_number = models.PositiveBigIntegerField(default=1)
    next_invoice_number = models.PositiveBigIntegerField(default=1)
    next_credit_memo_number = models.PositiveBigIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="commerce_store_has_a_name")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something that can be sold."""

    sku = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=500)
    price = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    is_enabled = models.BooleanField(default=True)
    manage_stock = models.BooleanField(default=True)
    out_of_stock_threshold = models.PositiveIntegerField(
        default=0, help_text="Units that are kept back from selling, over all sources together."
    )
    availability_changed_at = models.DateTimeField(
        help_text="Stamped by whatever may let a waiting order go on: enabled, restocked, released."
    )
    disabled_news_at = models.DateTimeField(
        null=True, help_text="When it was disabled, until whoever has orders with it has taken note of it."
    )

    class Meta:
        ordering = ["sku"]
        indexes = [
            # Asked for every second, and nearly always empty.
            models.Index(
                fields=["disabled_news_at"],
                condition=Q(disabled_news_at__isnull=False),
                name="product_disabled_news",
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(sku=""), name="commerce_product_has_a_sku"),
            models.CheckConstraint(condition=Q(price__gte=0), name="commerce_product_price_not_negative"),
            # An amount without a currency means nothing; a price may be missing.
            models.CheckConstraint(
                condition=Q(price=None) | ~Q(currency=""), name="commerce_product_price_has_a_currency"
            ),
            models.CheckConstraint(
                condition=Q(disabled_news_at=None) | Q(is_enabled=False),
                name="commerce_disabled_news_of_a_disabled_product",
            ),
        ]

    def __str__(self) -> str:
        return self.sku
