"""Sellers and the marketplaces they sell in."""

from django.db import models


class Region(models.TextChoices):
    """Amazon's three groups of marketplaces; each has its own endpoint and its own consent."""

    NORTH_AMERICA = "NA", "North America"
    EUROPE = "EU", "Europe"
    FAR_EAST = "FE", "Far East"


class Account(models.Model):
    """One seller in one region: the unit that Amazon authorizes and whose quota it counts."""

    seller_id = models.CharField(max_length=64)
    region = models.CharField(max_length=2, choices=Region)
    sealed_refresh_token = models.BinaryField()
    authorized_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller_id", "region"], name="amazon_orders_one_account_per_seller_and_region"
            ),
            models.CheckConstraint(
                condition=models.Q(region__in=Region.values), name="amazon_orders_account_region_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} ({self.region})"

    @property
    def associated_data(self) -> str:
        """Where the refresh token is sealed to."""
        return f"amazon_orders.account:{self.seller_id}:{self.region}"


class Store(models.Model):
    """One account in one marketplace: the unit that a merchant sets up."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="stores")
    name = models.CharField(max_length=100, unique=True)
    marketplace_id = models.CharField(max_length=20)
    is_active = models.BooleanField(default=True)
    connected_at = models.DateTimeField(help_text="Orders purchased before this moment are not taken in.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "marketplace_id"],
                name="amazon_orders_one_store_per_account_and_marketplace",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="amazon_orders_store_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
