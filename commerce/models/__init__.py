"""The merchant's own business."""

from commerce.models.catalog import CommerceStore, Product
from commerce.models.customers import Customer
from commerce.models.orders import Order, OrderLine, OrderPersonalData, OrderStatus
from commerce.models.shipments import Shipment, ShipmentLine
from commerce.models.stock import Reservation, Source, StockItem

__all__ = [
    "CommerceStore",
    "Customer",
    "Order",
    "OrderLine",
    "OrderPersonalData",
    "OrderStatus",
    "Product",
    "Reservation",
    "Shipment",
    "ShipmentLine",
    "Source",
    "StockItem",
]
