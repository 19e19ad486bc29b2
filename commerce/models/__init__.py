"""The merchant's own business."""

from commerce.models.catalog import CommerceStore, Product
from commerce.models.customers import Customer
from commerce.models.invoices import CreditMemo, CreditMemoLine, Invoice, InvoiceLine
from commerce.models.orders import Order, OrderLine, OrderPersonalData
from commerce.models.product_imports import LineOutcome, ProductImport, ProductImportLine
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
    "LineOutcome",
    "MovementReason",
    "Order",
    "OrderComment",
    "OrderEvent",
    "OrderLine",
    "OrderPersonalData",
    "OrderStatus",
    "Product",
    "ProductImport",
    "ProductImportLine",
    "Reservation",
    "Shipment",
    "ShipmentLine",
    "Source",
    "SourcePriority",
    "StockItem",
    "StockMovement",
]
