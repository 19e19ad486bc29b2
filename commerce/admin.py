"""Plain pages for staff: to look, not to work. Stock and orders change through their operations alone."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from commerce.models import CommerceStore, Order, Product, Reservation, Shipment, Source, StockItem
from commerce.stock import stock


# Django's ModelAdmin takes no type parameter at run time, only its stubs do.
class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows can be read, not written."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(CommerceStore)
class CommerceStoreAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shops can be added and renamed here; their counters cannot be turned."""

    list_display = ("name", "website")
    readonly_fields = ("next_order_number", "next_invoice_number", "next_credit_memo_number")


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sources can be named, put in order and switched off."""

    list_display = ("code", "name", "priority", "is_enabled")

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        """Save, and let orders that wait for what lies there know."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            stock.source_changed(source_id=obj.pk, now=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        return False


@admin.register(Product)
class ProductAdmin(LookOnly):
    list_display = ("sku", "name", "price", "currency", "is_enabled", "manage_stock")
    search_fields = ("sku",)


@admin.register(StockItem)
class StockItemAdmin(LookOnly):
    list_display = ("product", "source", "on_hand", "reserved", "shortfall")
    list_select_related = ("product", "source")


@admin.register(Reservation)
class ReservationAdmin(LookOnly):
    list_display = ("channel_reference", "line_reference", "source", "quantity")
    list_select_related = ("source",)


@admin.register(Order)
class OrderAdmin(LookOnly):
    list_display = ("number", "channel", "channel_reference", "status", "purchased_at")
    search_fields = ("=number", "=channel_reference")


@admin.register(Shipment)
class ShipmentAdmin(LookOnly):
    list_display = ("order", "carrier", "tracking_number", "shipped_at")
    list_select_related = ("order",)
