"""Amazon orders: the row of a list, and one order whole."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from amazon_orders.amounts import Amounts
from backoffice.api.fields import AskedMoment, Moment, Money, MoneyField, money
from integration import personal_data
from integration.orders.actions import LONGEST_REASON
from integration.orders.details import ItemDetails, OrderDetails, PackageDetails
from integration.orders.order_list import OrderRow


class BlockerSerializer(serializers.Serializer[Any]):
    """A reason in force; `order_item_id` null: of the order as a whole."""

    code = serializers.CharField()
    seller_sku = serializers.CharField()
    order_item_id = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    remedy = serializers.CharField()


class Links(serializers.Serializer[Any]):
    """Where the order is: here, in Commerce (null until it is imported), in Seller Central."""

    self = serializers.URLField()
    commerce = serializers.URLField(allow_null=True)
    seller_central = serializers.URLField()


class OrderSerializer(serializers.Serializer[Any]):
    """`status` is Amazon's word, `state` is ours."""

    amazon_order_id = serializers.CharField()
    store = serializers.IntegerField(source="store_id")
    store_name = serializers.CharField()
    status = serializers.CharField()
    fulfillment = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.CharField()
    blockers = BlockerSerializer(many=True)
    commerce_order = serializers.CharField(source="commerce_number", allow_null=True)
    buyer_name = serializers.CharField(allow_null=True)
    total = MoneyField()
    purchased_at = Moment()
    latest_ship_at = Moment(allow_null=True)
    is_prime = serializers.BooleanField()
    is_business = serializers.BooleanField()
    is_cancel_requested = serializers.BooleanField()
    note = serializers.CharField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(Links())
    def get_links(self, row: OrderRow) -> dict[str, Any]:
        """The links as a document."""
        request = self.context["request"]
        number = row.commerce_number
        return {
            "self": reverse("api:amazon-order", args=[row.amazon_order_id], request=request),
            "commerce": reverse("api:commerce-order", args=[number], request=request) if number else None,
            "seller_central": row.seller_central_url,
        }


class AmountsSerializer(serializers.Serializer[Any]):
    """The parts of an amount; null where Amazon said nothing, which is not zero."""

    items = Money(allow_null=True)
    shipping = Money(allow_null=True)
    gift_wrap = Money(allow_null=True)
    discount = Money(allow_null=True)
    tax = Money(allow_null=True)
    tax_included = serializers.BooleanField(help_text="Whether the other parts hold the tax.")
    other = Money(allow_null=True)
    total = Money(allow_null=True)


def amounts_document(amounts: Amounts, currency: str) -> dict[str, Any]:
    """The parts as money."""
    parts = ("items", "shipping", "gift_wrap", "discount", "other", "total")
    return {
        **{part: money(getattr(amounts, part), currency) for part in parts},
        "tax": money(amounts.stated_tax, currency),
        "tax_included": amounts.is_tax_included,
    }


class LineProduct(serializers.Serializer[Any]):
    """The product a line is for. `is_by_match`: a person matched it; else it has the same SKU."""

    sku = serializers.CharField()
    name = serializers.CharField()
    units = serializers.IntegerField()
    enabled = serializers.BooleanField(source="is_enabled")
    is_by_match = serializers.BooleanField()


class ItemSerializer(serializers.Serializer[Any]):
    """One line, in Amazon's items."""

    order_item_id = serializers.CharField()
    asin = serializers.CharField()
    seller_sku = serializers.CharField()
    title = serializers.CharField()
    quantity_ordered = serializers.IntegerField()
    quantity_shipped = serializers.IntegerField()
    quantity_canceled = serializers.IntegerField()
    unit_price = MoneyField()
    amounts = serializers.SerializerMethodField()
    details = serializers.DictField()
    gift_message = serializers.CharField()
    product = LineProduct(allow_null=True)
    blockers = BlockerSerializer(many=True)

    @extend_schema_field(AmountsSerializer())
    def get_amounts(self, item: ItemDetails) -> dict[str, Any]:
        """The line's amounts as a document."""
        return amounts_document(item.amounts, item.currency)


class PackageItem(serializers.Serializer[Any]):
    """What is in a parcel."""

    order_item_id = serializers.CharField()
    quantity = serializers.IntegerField()


class PackageSerializer(serializers.Serializer[Any]):
    """A parcel that Amazon knows of."""

    package_reference_id = serializers.CharField()
    carrier = serializers.CharField()
    shipping_service = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = Moment(allow_null=True)
    status = serializers.CharField()
    detailed_status = serializers.CharField()
    items = serializers.SerializerMethodField()

    @extend_schema_field(PackageItem(many=True))
    def get_items(self, package: PackageDetails) -> list[dict[str, Any]]:
        """The contents as documents."""
        return [{"order_item_id": item, "quantity": quantity} for item, quantity in package.items]


class ShippingAddress(serializers.Serializer[Any]):
    """The address in force. Parts that Amazon withholds are empty; `is_corrected`: a person corrected it."""

    name = serializers.CharField()
    company = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    line3 = serializers.CharField()
    city = serializers.CharField()
    municipality = serializers.CharField()
    district = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()
    is_corrected = serializers.BooleanField()


class EntrySerializer(serializers.Serializer[Any]):
    """An event; `actor` is empty where the system acted.

    Where Amazon changed the order by itself, `text` also comes in its parts: what Amazon `did`, what was
    `done` about it, what is left `to_do` for a person; else these are empty.
    """

    at = Moment()
    code = serializers.CharField()
    text = serializers.CharField()
    actor = serializers.CharField()
    did = serializers.CharField()
    done = serializers.CharField()
    to_do = serializers.CharField()


class SkipSerializer(serializers.Serializer[Any]):
    """A person's decision to leave the order out."""

    reason = serializers.CharField()
    by = serializers.CharField()
    at = Moment()
    until = Moment(allow_null=True)


class OrderDetailsSerializer(OrderSerializer):
    """One order whole; the newest event comes first. Takes an OrderDetails."""

    items = ItemSerializer(many=True)
    packages = PackageSerializer(many=True)
    shipping_address = ShippingAddress(allow_null=True)
    timeline = EntrySerializer(many=True)
    amounts = AmountsSerializer()
    amounts_add_up = serializers.BooleanField()
    skip = SkipSerializer(allow_null=True)
    service_level = serializers.CharField()
    programs = serializers.ListField(child=serializers.CharField())
    oddities = serializers.ListField(
        child=serializers.CharField(),
        help_text="Details that Amazon sent in a form that cannot be read; the order is shown without them.",
    )
    last_updated_at = Moment()
    received_at = Moment()
    refresh_requested_at = Moment(allow_null=True)

    def to_representation(self, instance: OrderDetails) -> dict[str, Any]:
        """The row's document with the rest around it."""
        row = OrderSerializer(instance.row, context=self.context).data
        address = instance.address.in_force
        rest = {
            "items": ItemSerializer(instance.items, many=True).data,
            "packages": PackageSerializer(instance.packages, many=True).data,
            "shipping_address": address_document(address, instance) if address else None,
            "timeline": EntrySerializer(instance.timeline, many=True).data,
            "amounts": amounts_document(instance.money.amounts, instance.money.currency),
            "amounts_add_up": instance.money.adds_up,
            "skip": SkipSerializer(instance.skip).data if instance.skip else None,
            "oddities": list(instance.oddities),
        }
        plain = ("service_level", "programs", "last_updated_at", "received_at", "refresh_requested_at")
        shown = {name: self.fields[name].get_attribute(instance) for name in plain}
        return {
            **row,
            **rest,
            **{
                name: None if value is None else self.fields[name].to_representation(value)
                for name, value in shown.items()
            },
        }


def address_document(address: dict[str, str], order: OrderDetails) -> dict[str, Any]:
    """The address in force with all of its parts."""
    parts = {name: address.get(name, "") for name in personal_data.ADDRESS_KEYS}
    return {**parts, "is_corrected": order.address.correction is not None}


class SkipRequest(serializers.Serializer[Any]):
    """Why, and until when (for ever without it)."""

    reason = serializers.CharField(max_length=LONGEST_REASON)
    until = AskedMoment(required=False, allow_null=True)
