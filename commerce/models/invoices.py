"""What was charged, frozen, and what of it was given back.

A credit memo credits an invoice. How much is given back in all stands on the invoice and its lines, beside
what was charged, so that the database itself refuses more.
"""

from django.db import models
from django.db.models import F, Q

from commerce.models.catalog import CommerceStore
from commerce.models.money import PARTS, SHARES, amount, at_most, known_amount
from commerce.models.orders import Order, OrderLine
from commerce.models.stock import Source


class Invoice(models.Model):
    """The bill of an order; its amounts are copies and change no more. Void once the order is canceled."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="invoice")
    commerce_store = models.ForeignKey(
        CommerceStore, on_delete=models.PROTECT, related_name="invoices", db_index=False
    )
    number = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3)
    items_total = amount()
    shipping_total = amount()
    gift_wrap_total = amount()
    discount_total = amount()
    tax_total = amount()
    included_tax_total = known_amount()
    other_total = amount()
    grand_total = amount()
    refunded_items = known_amount()
    refunded_shipping = known_amount()
    refunded_gift_wrap = known_amount()
    refunded_discount = known_amount()
    refunded_tax = known_amount()
    refunded_other = known_amount()
    refunded_total = known_amount()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commerce_store", "number"], name="commerce_one_invoice_per_number"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="commerce_invoice_has_a_number"),
            *(
                at_most(
                    f"refunded_{part}",
                    f"{part}_total",
                    name=f"commerce_invoice_refunded_{part}_at_most_charged",
                )
                for part in PARTS
            ),
            at_most("refunded_total", "grand_total", name="commerce_invoice_refunded_at_most_charged"),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """A line of an invoice, and what of it was given back."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="invoice_lines")
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=255)
    name = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField()
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
    refunded_items = known_amount()
    refunded_shipping = known_amount()
    refunded_gift_wrap = known_amount()
    refunded_discount = known_amount()
    refunded_tax = known_amount()
    refunded_other = known_amount()
    refunded_included_tax = known_amount()
    refunded_shipping_discount = known_amount()
    refunded_shipping_tax = known_amount()
    refunded_gift_wrap_tax = known_amount()
    refunded_cod = known_amount()
    refunded_cod_tax = known_amount()

    class Meta:
        ordering = ["invoice_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "order_line"], name="commerce_one_invoice_line_per_order_line"
            ),
            *(
                at_most(f"refunded_{part}", charged, name=f"commerce_line_refunded_{part}_at_most_charged")
                for part, charged in PARTS.items()
            ),
            *(
                at_most(f"refunded_{part}", part, name=f"commerce_line_refunded_{part}_at_most_charged")
                for part in ("included_tax", *SHARES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class CreditMemo(models.Model):
    """Money given back: the sums of its lines and of what belongs to no line.

    Void where it was not given back after all: the invoice then counts it no more.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_memos")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="credit_memos")
    commerce_store = models.ForeignKey(
        CommerceStore, on_delete=models.PROTECT, related_name="credit_memos", db_index=False
    )
    number = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    reason = models.CharField(max_length=64)
    by = models.CharField(max_length=150, blank=True)
    currency = models.CharField(max_length=3)
    items = known_amount()
    shipping = known_amount()
    gift_wrap = known_amount()
    discount = known_amount()
    tax = known_amount()
    other = known_amount()
    included_tax = known_amount()
    total = known_amount()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=150, blank=True)
    void_reason = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commerce_store", "number"], name="commerce_one_credit_memo_per_number"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="commerce_credit_memo_has_a_number"),
            models.CheckConstraint(condition=~Q(reason=""), name="commerce_credit_memo_has_a_reason"),
            models.CheckConstraint(condition=Q(total__gte=0), name="commerce_credit_memo_not_negative"),
            models.CheckConstraint(
                condition=Q(voided_at=None) | ~Q(void_reason=""), name="commerce_void_credit_memo_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditMemoLine(models.Model):
    """What of one order line was given back: `units` of it (0: only money), and of these back in stock."""

    credit_memo = models.ForeignKey(
        CreditMemo, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="credit_memo_lines")
    units = models.PositiveIntegerField(default=0)
    items = known_amount()
    shipping = known_amount()
    gift_wrap = known_amount()
    discount = known_amount()
    tax = known_amount()
    other = known_amount()
    included_tax = known_amount()
    shipping_discount = known_amount()
    shipping_tax = known_amount()
    gift_wrap_tax = known_amount()
    cod = known_amount()
    cod_tax = known_amount()
    restocked = models.PositiveIntegerField(default=0)
    restocked_at = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credit_memo", "order_line"], name="commerce_one_credit_memo_line_per_order_line"
            ),
            models.CheckConstraint(
                condition=Q(units__gte=F("restocked")), name="commerce_credit_memo_restocks_at_most_its_units"
            ),
            models.CheckConstraint(
                condition=Q(restocked=0) | Q(restocked_at__isnull=False),
                name="commerce_credit_memo_restocks_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} of line {self.order_line_id}"
