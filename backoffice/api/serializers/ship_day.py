"""The day or moment on which a caller says that a parcel left."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integration.outbox import ship_days
from integration.outbox.ship_days import BadDay, ShipDays


@extend_schema_field(
    {
        "type": "string",
        "description": "An ISO 8601 time, or a day of the store's time zone, e.g. 2026-11-20. Not before the "
        "purchase, not in the future. A time without an offset is one of the store's time zone.",
    }
)
class AskedShipDay(serializers.Field[Any, Any, Any, Any]):
    """Read with `days` in the context of its serializer."""

    def to_internal_value(self, data: Any) -> datetime:
        """Read it. Raises ValidationError."""
        days: ShipDays = self.context["days"]
        try:
            return days.moment(ship_days.read(str(data)))
        except BadDay as bad:
            text = str(bad)
            raise serializers.ValidationError(f"{text[0].upper()}{text[1:]}.") from bad

    def to_representation(self, value: datetime) -> str:
        """Write it."""
        return value.isoformat()
