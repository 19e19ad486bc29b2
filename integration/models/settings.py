"""How one store's orders are imported."""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Store
from commerce.models import CommerceStore


class CustomerCreation(models.TextChoices):
    """Whether an imported order gets a customer account."""

    GUEST = "GUEST", "No Customer Creation (guest)"
    CREATE = "CREATE", "Build New Customer Account"


class NumberSource(models.TextChoices):
    """Where a Commerce order's number comes from."""

    COMMERCE = "COMMERCE", "Build Using Commerce Order Number"
    AMAZON = "AMAZON", "Build Using Amazon Order Number"


class StoreSettings(models.Model):
    """The Order Settings of a store."""

    store = models.OneToOneField(
        Store, on_delete=models.CASCADE, primary_key=True, related_name="import_settings"
    )
    import_amazon_orders = models.BooleanField(default=True)
    commerce_store = models.ForeignKey(CommerceStore, on_delete=models.PROTECT, related_name="+")
    customer_creation = models.CharField(
        max_length=16, choices=CustomerCreation, default=CustomerCreation.GUEST
    )
    number_source = models.CharField(max_length=16, choices=NumberSource, default=NumberSource.COMMERCE)
    custom_status = models.CharField(
        max_length=64, blank=True, help_text="The processing status of new orders; empty means the default."
    )
    reserve_pending = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(customer_creation__in=CustomerCreation.values),
                name="integration_customer_creation_is_known",
            ),
            models.CheckConstraint(
                condition=Q(number_source__in=NumberSource.values), name="integration_number_source_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"settings of {self.store_id}"
