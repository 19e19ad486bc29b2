"""The completeness proof."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.fields import Moment
from integration.models import ListSource, ProofDay, WhyMissed


class MissingOrderSerializer(serializers.Serializer[Any]):
    """An order that Amazon lists and that is not here."""

    amazon_order_id = serializers.CharField()
    why = serializers.ChoiceField(choices=WhyMissed.values)
    found_at = Moment()
    given_up_at = Moment(allow_null=True)


class ProofDaySerializer(serializers.Serializer[Any]):
    """A day of a store. amazon = stored + to_come + missing; `healed` were missing once and are stored."""

    store = serializers.IntegerField(source="store_id")
    store_name = serializers.CharField(source="store.name")
    date = serializers.DateField(source="day")
    amazon = serializers.IntegerField()
    stored = serializers.IntegerField()
    imported = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waiting = serializers.IntegerField()
    view_only = serializers.IntegerField()
    skipped = serializers.IntegerField()
    canceled = serializers.IntegerField()
    to_come = serializers.IntegerField()
    missing = serializers.IntegerField()
    healed = serializers.IntegerField()
    missing_orders = serializers.SerializerMethodField()
    listed_at = Moment()
    source = serializers.ChoiceField(choices=ListSource.values)  # type: ignore[assignment]

    @extend_schema_field(MissingOrderSerializer(many=True))
    def get_missing_orders(self, row: ProofDay) -> list[dict[str, Any]]:
        """Those that are not healed."""
        rows = self.context["missing"].get((row.store_id, row.day), [])
        return [dict(MissingOrderSerializer(each).data) for each in rows]
