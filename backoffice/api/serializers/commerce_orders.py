"""Commerce orders."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from backoffice.api.fields import AskedMoment, Moment, Money, money
from commerce.models import OrderStatus
from commerce.orders.order_queries import OrderInFull

_TOTALS = ("items", "shipping", "gift_wrap", "discount", "tax", "other", "grand")


def _tax(on_top: Decimal | None, included: Decimal) -> Decimal | None:
    """The tax as it was stated; null where nothing was."""
    return None if on_top is None else on_top + included


class CustomerSerializer(serializers.Serializer[Any]):
    """Who bought it; a guest has no account."""

    name = serializers.CharField()
    email = serializers.CharField()
    is_guest = serializers.BooleanField()


class LineSerializer(serializers.Serializer[Any]):
    """One line, in the product's own units."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = Money(allow_null=True)
    tax = Money(allow_null=True)
    tax_included = serializers.BooleanField(help_text="Whether the prices hold the tax.")
    shipped = serializers.IntegerField()
    canceled = serializers.IntegerField()
    refunded = serializers.IntegerField()


class TotalsSerializer(serializers.Serializer[Any]):
    """The channel's own amounts; null where it said nothing, which is not zero."""

    items = Money(allow_null=True)
    shipping = Money(allow_null=True)
    gift_wrap = Money(allow_null=True)
    discount = Money(allow_null=True)
    tax = Money(allow_null=True)
    tax_included = serializers.BooleanField(help_text="Whether the other amounts hold the tax.")
    other = Money(allow_null=True)
    grand_total = Money(allow_null=True)


class ShipmentLineSerializer(serializers.Serializer[Any]):
    """Units of a line in a parcel; `id` is the line's."""

    id = serializers.IntegerField(source="order_line_id")
    sku = serializers.CharField(source="order_line.sku")
    quantity = serializers.IntegerField()


class ShipmentSerializer(serializers.Serializer[Any]):
    """One parcel."""

    id = serializers.IntegerField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = Moment()
    lines = ShipmentLineSerializer(many=True, source="lines.all")


class CommerceLinks(serializers.Serializer[Any]):
    """Where the order is, and the Amazon order that it stands for."""

    self = serializers.URLField()
    amazon_order = serializers.URLField(allow_null=True)


class CommerceOrderSerializer(serializers.Serializer[Any]):
    """One Commerce order whole. Takes an OrderInFull; its context names those with an Amazon order."""

    number = serializers.CharField(source="order.number")
    channel = serializers.CharField(source="order.channel")
    channel_reference = serializers.CharField(source="order.channel_reference")
    commerce_store = serializers.CharField(source="order.commerce_store.name")
    status = serializers.ChoiceField(source="order.status", choices=OrderStatus.choices)
    custom_status = serializers.CharField(source="order.custom_status")
    currency = serializers.CharField(source="order.currency")
    customer = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()
    totals = serializers.SerializerMethodField()
    shipments = ShipmentSerializer(many=True)
    purchased_at = Moment(source="order.purchased_at")
    ship_by = Moment(source="order.ship_by", allow_null=True)
    created_at = Moment(source="order.created_at")
    links = serializers.SerializerMethodField()

    @extend_schema_field(CustomerSerializer(allow_null=True))
    def get_customer(self, found: OrderInFull) -> dict[str, Any] | None:
        """Who bought it; null where it is not known, or not for the token to see."""
        if found.customer is not None:
            return {"name": found.customer.name, "email": found.customer.email, "is_guest": False}
        name, email = found.personal.get("buyer_name", ""), found.personal.get("buyer_email", "")
        return {"name": name, "email": email, "is_guest": True} if name or email else None

    @extend_schema_field(LineSerializer(many=True))
    def get_lines(self, found: OrderInFull) -> list[dict[str, Any]]:
        """The lines as documents."""
        currency = found.order.currency
        return [
            {
                "id": line.pk,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": money(line.unit_price, currency),
                "tax": money(_tax(line.tax, line.included_tax), currency),
                "tax_included": bool(line.included_tax) and not line.tax,
                "shipped": line.quantity_shipped,
                "canceled": line.quantity_canceled,
                "refunded": line.quantity_refunded,
            }
            for line in found.lines
        ]

    @extend_schema_field(TotalsSerializer())
    def get_totals(self, found: OrderInFull) -> dict[str, Any]:
        """The amounts as a document."""
        order = found.order
        totals = {kind: money(getattr(order, f"{kind}_total"), order.currency) for kind in _TOTALS}
        totals["grand_total"] = totals.pop("grand")
        return {
            **totals,
            "tax": money(_tax(order.tax_total, order.included_tax_total), order.currency),
            "tax_included": bool(order.included_tax_total) and not order.tax_total,
        }

    @extend_schema_field(CommerceLinks())
    def get_links(self, found: OrderInFull) -> dict[str, Any]:
        """The links as a document."""
        request, order = self.context["request"], found.order
        is_of_amazon = order.pk in self.context["with_amazon_order"]
        return {
            "self": reverse("api:commerce-order", args=[order.number], request=request),
            "amazon_order": reverse("api:amazon-order", args=[order.channel_reference], request=request)
            if is_of_amazon
            else None,
        }


class CommerceOrderQuery(serializers.Serializer[Any]):
    """Which orders; what is left out does not filter."""

    status = serializers.ListField(child=serializers.ChoiceField(choices=OrderStatus.choices), required=False)
    number = serializers.CharField(max_length=64, required=False)
    channel = serializers.CharField(max_length=32, required=False)
    channel_reference = serializers.CharField(max_length=64, required=False)
    purchased_after = AskedMoment(required=False)
    purchased_before = AskedMoment(required=False)
    cursor = serializers.CharField(max_length=1_000, required=False)
