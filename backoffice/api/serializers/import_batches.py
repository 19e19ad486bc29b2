"""Imports of chosen orders."""

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.fields import AskedMoment, Moment
from integration.models import BatchAction, BatchKind, BatchOutcome
from integration.orders.bulk import batches


class ImportOrdersRequest(serializers.Serializer[Any]):
    """Orders by their numbers, or all received since a moment while import was off: one of the two."""

    amazon_order_ids = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=batches.NUMBERS_AT_MOST,
        allow_empty=False,
        required=False,
    )
    received_since = AskedMoment(required=False)

    def validate_amazon_order_ids(self, given: list[str]) -> tuple[str, ...]:
        """Each entry is one number of 3, 7 and 7 digits."""
        wrong: list[str] = []
        numbers: list[str] = []
        for place, text in enumerate(given):
            read = batches.read_numbers(text)
            if read.wrong or len(read.found) != 1:
                wrong.append(f"Entry {place} is no order number (3, 7 and 7 digits): {text[:40]}")
            numbers.extend(read.found)
        if wrong:
            raise serializers.ValidationError(wrong)
        return tuple(dict.fromkeys(numbers))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either amazon_order_ids or received_since.")
        return attrs


class ImportBatchSerializer(serializers.Serializer[Any]):
    """An import, or another action on many orders, and how far it is.

    Takes an ImportBatch; its Progress is in the context, by key.

    `outcomes`: how many orders ended as what. `finished_at` is null while any is open.
    """

    id = serializers.IntegerField()
    store = serializers.IntegerField(source="store_id")
    kind = serializers.ChoiceField(choices=BatchKind.values)
    action = serializers.ChoiceField(choices=BatchAction.values)
    requested_by = serializers.CharField()
    requested_at = Moment()
    received_since = Moment(allow_null=True)
    finished_at = Moment(allow_null=True)
    total = serializers.SerializerMethodField()
    done = serializers.SerializerMethodField()
    outcomes = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_total(self, batch: Any) -> int:
        """How many orders it is about."""
        return int(self.context["progress"][batch.pk].total)

    def get_done(self, batch: Any) -> int:
        """How many of them have an outcome."""
        return int(self.context["progress"][batch.pk].done)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_outcomes(self, batch: Any) -> dict[str, int]:
        """Counts by outcome."""
        return dict(self.context["progress"][batch.pk].by_outcome)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_links(self, batch: Any) -> dict[str, str]:
        """Where to look again, and at the single orders."""
        build = self.context["request"].build_absolute_uri
        return {
            "self": build(reverse("api:import-batch", args=[batch.pk])),
            "orders": build(reverse("api:import-batch-orders", args=[batch.pk])),
        }


class BatchLineSerializer(serializers.Serializer[Any]):
    """One order of an import; `outcome` is null while it is open, `text` says how it stands now."""

    amazon_order_id = serializers.CharField()
    outcome = serializers.SerializerMethodField()
    text = serializers.CharField()
    commerce_order = serializers.CharField(source="commerce_number", allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=BatchOutcome.values, allow_null=True))
    def get_outcome(self, line: Any) -> str | None:
        """What it ended as."""
        return line.outcome or None
