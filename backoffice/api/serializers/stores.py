"""Stores, their Order Settings, matches and system messages."""

from typing import Any

from rest_framework import serializers

from amazon_orders import marketplaces
from amazon_orders.models import Store
from backoffice.api.fields import Moment
from integration.catalog.matches import LONGEST_SKU, MOST_UNITS


class StoreSerializer(serializers.Serializer[Any]):
    """A store. `last_synced_at`: when Amazon last answered a poll of its account."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    marketplace = serializers.SerializerMethodField()
    marketplace_id = serializers.CharField()
    seller_id = serializers.CharField(source="account.seller_id")
    is_active = serializers.BooleanField()
    connected_at = Moment()
    last_synced_at = Moment(source="account.sync.last_polled_at", allow_null=True)

    def get_marketplace(self, store: Store) -> str:
        """The code, e.g. "US"."""
        return marketplaces.by_id(store.marketplace_id).code


class ImportSettingsSerializer(serializers.Serializer[Any]):
    """`order_status` is "default", or the custom status of new orders."""

    import_amazon_orders = serializers.BooleanField()
    commerce_store = serializers.CharField()
    customer_creation = serializers.ChoiceField(choices=["guest", "create"])
    order_number_source = serializers.ChoiceField(choices=["commerce", "amazon"])
    order_status = serializers.CharField(max_length=64)
    reserve_pending = serializers.BooleanField()


class MatchRequest(serializers.Serializer[Any]):
    """The product that one item of the seller SKU stands for, and how many units of it."""

    sku = serializers.CharField(max_length=LONGEST_SKU, trim_whitespace=False)
    units = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, default=1)


class MatchSerializer(serializers.Serializer[Any]):
    """A match in force. `orders_due`: orders that it made due."""

    seller_sku = serializers.CharField()
    sku = serializers.CharField()
    units = serializers.IntegerField()
    orders_due = serializers.IntegerField()


class NamedStore(serializers.Serializer[Any]):
    """A store that a message is about."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class SystemMessageSerializer(serializers.Serializer[Any]):
    """An open system message."""

    code = serializers.CharField()
    severity = serializers.CharField()
    text = serializers.CharField()
    stores = NamedStore(many=True)
    since = Moment(allow_null=True)
