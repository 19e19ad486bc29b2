"""Money and times, read and written in one way."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Money(serializers.Serializer[Any]):
    """An amount as a text with the currency's own digits (more only where Amazon sent more)."""

    amount = serializers.CharField()
    currency = serializers.CharField()


def money(amount: Decimal | None, currency: str) -> dict[str, str] | None:
    """{"amount": "12.30", "currency": "USD"}; None where the amount is not known."""
    if amount is None:
        return None
    digits = get_currency_precision(currency)
    # Zero keeps its exponent through `normalize` ("0E+2"), which the format would show.
    plain = amount.normalize() if amount else Decimal(0)
    sent = -int(plain.as_tuple().exponent)
    return {"amount": f"{plain:.{max(digits, sent, 0)}f}", "currency": currency}


@extend_schema_field(Money(allow_null=True))
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """An amount of the object, in the currency that another attribute of it names."""

    def __init__(self, *, currency: str = "currency", **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)
        self.currency = currency

    def get_attribute(self, instance: Any) -> tuple[Decimal | None, str]:
        """The amount and its currency."""
        return super().get_attribute(instance), getattr(instance, self.currency)

    def to_representation(self, value: tuple[Decimal | None, str]) -> dict[str, str] | None:
        """Money, or null where it is not known."""
        return money(*value)


class Moment(serializers.DateTimeField):
    """A time in UTC, with Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


@extend_schema_field(OpenApiTypes.DATETIME)
class AskedMoment(serializers.Field[Any, Any, Any, Any]):
    """A time that a caller names: ISO 8601, or a day, which means its first moment in UTC."""

    default_error_messages = {"invalid": "Write an ISO 8601 time or day, e.g. 2026-11-20T12:00:00Z."}

    def to_internal_value(self, data: Any) -> datetime:
        """Read it. Raises ValidationError."""
        # A "+" that was not percent-encoded has become a blank on its way through the query string.
        text = str(data).strip().replace(" ", "+") if "T" in str(data) else str(data).strip()
        try:
            if len(text) <= len("2026-11-20"):
                return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """Write it."""
        return value.isoformat()
