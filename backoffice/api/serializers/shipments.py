"""Parcels that leave, and how Amazon comes to know of them; store pick-ups; Amazon's carriers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.fields import Moment
from backoffice.api.serializers.commerce_orders import ShipmentSerializer
from backoffice.api.serializers.ship_day import AskedShipDay
from commerce.shipping import unit_codes
from commerce.shipping.ship import LineToShip, ParcelToShip
from integration.models import ConfirmationState, ConfirmationWay, FeedRequestState, PickupStatus

MOST_UNITS = 2**31 - 1
_STATES = tuple(dict.fromkeys((*ConfirmationState.values, *FeedRequestState.values)))
_PICKUP_STATUSES = f"One of {', '.join(PickupStatus.values)}."


class LineRequest(serializers.Serializer[Any]):
    """A line by its `id`, or by the `sku` of the product."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    sku = serializers.CharField(max_length=255, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two."""
        if ("id" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError("Name the line by its id or by its sku.")
        return attrs


class ShipmentLineRequest(LineRequest):
    """Units of a line in the parcel."""

    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)
    transparency_codes = serializers.ListField(
        child=serializers.CharField(max_length=unit_codes.LONGEST),
        required=False,
        max_length=1000,
        help_text="One for each unit, where Amazon's Transparency program asks for them.",
    )


class ShipmentRequest(serializers.Serializer[Any]):
    """One parcel that leaves. `carrier`: Amazon's code or any of its names, as the store's country means it;
    `shipped_at`: empty for now. Read with `days` in the context: when a parcel of this order can have left.
    """

    carrier = serializers.CharField(
        max_length=128,
        required=False,
        help_text="Not needed where Amazon knows of the parcel, or the buyer fetches the goods.",
    )
    tracking_number = serializers.CharField(
        max_length=128,
        required=False,
        allow_blank=True,
        help_text="Without one Amazon is told by the order fulfillment feed.",
    )
    label_bought_at_amazon = serializers.BooleanField(
        default=False, help_text="Amazon knows of the parcel: it is not told, only read back."
    )
    service = serializers.CharField(max_length=128, required=False, allow_blank=True)
    shipped_at = AskedShipDay(required=False, allow_null=True)
    lines = ShipmentLineRequest(many=True, allow_empty=False)

    def parcel(self) -> ParcelToShip:
        """What was asked; only once it is valid."""
        asked = self.validated_data
        return ParcelToShip(
            lines=[
                LineToShip(
                    line_id=line.get("id"),
                    sku=line.get("sku", ""),
                    quantity=line["quantity"],
                    unit_codes=tuple(line.get("transparency_codes", ())),
                )
                for line in asked["lines"]
            ],
            carrier=asked.get("carrier", ""),
            service=asked.get("service", ""),
            tracking_number=asked.get("tracking_number", ""),
            shipped_at=asked.get("shipped_at"),
            has_channel_label=asked["label_bought_at_amazon"],
        )


class SentSerializer(serializers.Serializer[Any]):
    """Where something stands at Amazon. `refusal`: Amazon's words."""

    state = serializers.CharField(help_text=f"One of {', '.join(_STATES)}.")
    refusal = serializers.CharField()
    settled_at = Moment(allow_null=True)


class ToldParcelSerializer(SentSerializer):
    """Where the word about a parcel stands. `way`: how Amazon comes to know of it."""

    way = serializers.ChoiceField(
        choices=ConfirmationWay.choices, help_text=f"One of {', '.join(ConfirmationWay.values)}."
    )


class ToldShipmentSerializer(ShipmentSerializer):
    """A parcel, and whether Amazon knows of it; null where Amazon need not be told."""

    carrier_code = serializers.CharField()
    service = serializers.CharField()
    is_ours = serializers.BooleanField()
    amazon = serializers.SerializerMethodField()

    @extend_schema_field(ToldParcelSerializer(allow_null=True))
    def get_amazon(self, shipment: Any) -> dict[str, Any] | None:
        """The word to Amazon about it."""
        told = getattr(shipment, "confirmation", None)
        return None if told is None else dict(ToldParcelSerializer(told).data)


class PickupRequest(serializers.Serializer[Any]):
    """What became of goods that the buyer fetches; that they were picked up is a shipment."""

    status = serializers.CharField(max_length=32, help_text=_PICKUP_STATUSES)

    def validate_status(self, given: str) -> PickupStatus:
        """One of Amazon's words."""
        if given not in PickupStatus.values:
            raise serializers.ValidationError(_PICKUP_STATUSES)
        return PickupStatus(given)


class PickupSerializer(SentSerializer):
    """What Amazon is told of a store pick-up, and where that stands."""

    status = serializers.CharField(help_text=_PICKUP_STATUSES)
    owed_at = Moment()


class CarrierQuery(serializers.Serializer[Any]):
    """`country`: ISO 3166, e.g. GB; a word such as Hermes means another carrier in each."""

    q = serializers.CharField(max_length=128, required=False, allow_blank=True, default="")
    country = serializers.RegexField(r"^([A-Za-z]{2})?$", required=False, allow_blank=True, default="")


class CarrierSerializer(serializers.Serializer[Any]):
    """A carrier: Amazon's own spelling, and a name for people."""

    code = serializers.CharField()
    name = serializers.CharField()
