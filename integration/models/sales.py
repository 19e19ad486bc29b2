"""What a store sold, day by day: what dashboards read, and which days are to be counted again."""

from django.db import models
from django.db.models import Q

from amazon_orders.models import Store


class SalesDay(models.Model):
    """A store's day in one currency, canceled orders left out; there is no row of a day without orders.

    The day is that of the marketplace's time zone. `currency` is Amazon's word: empty while an order has no
    amounts yet.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="sales_days", db_index=False)
    day = models.DateField()
    currency = models.CharField(max_length=32, blank=True)
    orders = models.PositiveIntegerField()
    units = models.PositiveIntegerField(help_text="Ordered and not canceled.")
    revenue = models.DecimalField(max_digits=24, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "currency"], name="integration_one_row_per_sales_day"
            ),
            models.CheckConstraint(condition=Q(orders__gte=1), name="integration_sales_day_has_orders"),
        ]

    def __str__(self) -> str:
        return f"{self.day} of store {self.store_id}"


class StaleDay(models.Model):
    """A day whose orders changed: the row is the job, and is there as soon as the change is.

    Only ever inserted by who changes orders, so a day may stand here several times.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.day} of store {self.store_id}, to be counted"
