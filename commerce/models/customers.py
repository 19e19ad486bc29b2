"""Customers with an account; guests leave no row here."""

from django.db import models

from commerce.models.catalog import CommerceStore


class Customer(models.Model):
    """A customer account of one shop, found again by the keyed hash of its e-mail address."""

    commerce_store = models.ForeignKey(
        CommerceStore, on_delete=models.PROTECT, related_name="customers", db_index=False
    )
    email_hash = models.CharField(max_length=24)
    sealed = models.BinaryField(null=True, help_text="Name and e-mail address; gone once they were purged.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commerce_store", "email_hash"], name="commerce_one_customer_per_store_and_email"
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.pk}"
