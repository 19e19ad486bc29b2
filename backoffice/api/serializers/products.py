"""Products and their stock."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision, is_currency
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.fields import Money, money

LARGEST_COUNT = 2**31 - 1


class StockSerializer(serializers.Serializer[Any]):
    """Units of a product at one source. `salable` may be promised now."""

    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the argument
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    salable = serializers.IntegerField()
    shortfall = serializers.IntegerField()


class ProductSerializer(serializers.Serializer[Any]):
    """A product with its stock per source. Takes a ProductInFull."""

    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    enabled = serializers.BooleanField(source="product.is_enabled")
    manage_stock = serializers.BooleanField(source="product.manage_stock")
    price = serializers.SerializerMethodField()
    stock = StockSerializer(many=True)
    salable = serializers.IntegerField(allow_null=True)

    @extend_schema_field(Money(allow_null=True))
    def get_price(self, found: Any) -> dict[str, Any] | None:
        """The price as money; null where there is none."""
        return money(found.product.price, found.product.currency)


class Price(serializers.Serializer[Any]):
    """An amount with its currency."""

    amount = serializers.DecimalField(max_digits=20, decimal_places=4, min_value=Decimal(0))
    currency = serializers.RegexField(r"^[A-Z]{3}$")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A currency that exists, and no more digits than it has."""
        currency = attrs["currency"]
        if not is_currency(currency):
            raise serializers.ValidationError({"currency": f"{currency} is not known."})
        most = get_currency_precision(currency)
        if -int(attrs["amount"].normalize().as_tuple().exponent) > most:
            raise serializers.ValidationError({"amount": f"{currency} has no more than {most} decimals."})
        return attrs


class ProductRequest(serializers.Serializer[Any]):
    """What is to be changed; what is left out or null stays, and in a new product has its default."""

    sku = serializers.CharField(max_length=255, required=False, trim_whitespace=False)
    name = serializers.CharField(max_length=500, required=False)
    enabled = serializers.BooleanField(required=False)
    manage_stock = serializers.BooleanField(required=False)
    price = Price(required=False, allow_null=True)


class CountRequest(serializers.Serializer[Any]):
    """A physical count. Below what is reserved it is refused, unless the shortfall is accepted."""

    on_hand = serializers.IntegerField(min_value=0, max_value=LARGEST_COUNT)
    accept_shortfall = serializers.BooleanField(default=False)


class ProductQuery(serializers.Serializer[Any]):
    """`q`: a SKU's beginning, or a part of a name."""

    q = serializers.CharField(max_length=255, required=False)
    enabled = serializers.BooleanField(required=False, allow_null=True, default=None)
    cursor = serializers.CharField(max_length=5_000, required=False)
