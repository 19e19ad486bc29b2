"""The merchant's own business."""

from commerce.models.catalog import CommerceStore, Product
from commerce.models.customers import Customer
from commerce.models.invoices import CreditMemo, CreditMemoLine, Invoice, InvoiceLine
from commerce.models.orders import Order, OrderLine, OrderPersonalData
from commerce.models.shipments import Shipment, ShipmentLine
from commerce.models.stock import (
    MovementReason,
    Reservation,
    Source,
    SourcePriority,
    StockItem,
    StockMovement,
)
from commerce.models.workflow import CustomStatus, EventCode, OrderComment, OrderEvent
from commerce.statuses import OrderStatus

__all__ = [
    "CommerceStore",
    "CreditMemo",
    "CreditMemoLine",
    "CustomStatus",
    "Customer",
    "EventCode",
    "Invoice",
    "InvoiceLine",
    "MovementReason",
    "Order",
    "OrderComment",
    "OrderEvent",
    "OrderLine",
    "OrderPersonalData",
    "OrderStatus",
    "Product",
    "Reservation",
    "Shipment",
    "ShipmentLine",
    "Source",
    "SourcePriority",
    "StockItem",
    "StockMovement",
]
