"""What Amazon said, in Amazon's words. Order rows are written by `amazon_orders.receive` alone."""

from amazon_orders.models.accounts import Account, Region, Store
from amazon_orders.models.orders import (
    AmazonOrder,
    AmazonOrderItem,
    AmazonPackage,
    BuyerNameWord,
    PersonalData,
)

__all__ = [
    "Account",
    "AmazonOrder",
    "AmazonOrderItem",
    "AmazonPackage",
    "BuyerNameWord",
    "PersonalData",
    "Region",
    "Store",
]
