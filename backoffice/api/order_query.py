"""The parameters of `amazon-orders/`, read strictly: a bad value is refused by its name."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from backoffice.api import pagination
from backoffice.api.fields import AskedMoment
from integration.models import BlockerCode, ImportState
from integration.orders import order_list
from integration.orders.order_list import OrderFilter

LONGEST_TEXT = 255
# How the parameters are called here and in the filter.
_SEVERAL: Mapping[str, str] = {
    "store": "store_ids",
    "status": "statuses",
    "state": "states",
    "blocker": "blockers",
}


class _Upper(serializers.ChoiceField):
    """A choice in any case."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(str(data).upper())


class OrderQuery(serializers.Serializer[Any]):
    """`store`, `status`, `state` and `blocker` may be repeated, or hold several values by comma."""

    # Up to PostgreSQL's bigint: a larger number would be an error of the database instead of a 400.
    store = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False
    )
    status = serializers.ListField(child=serializers.CharField(max_length=64), required=False)
    state = serializers.ListField(child=_Upper(choices=ImportState.choices), required=False)
    blocker = serializers.ListField(child=_Upper(choices=BlockerCode.choices), required=False)
    fulfillment = _Upper(choices=["MERCHANT", "AMAZON"], required=False)
    purchased_after = AskedMoment(required=False)
    purchased_before = AskedMoment(required=False)
    total_min = serializers.DecimalField(max_digits=20, decimal_places=4, required=False)
    total_max = serializers.DecimalField(max_digits=20, decimal_places=4, required=False)
    number = serializers.CharField(max_length=LONGEST_TEXT, required=False)
    sku = serializers.CharField(max_length=LONGEST_TEXT, required=False)
    buyer = serializers.CharField(max_length=LONGEST_TEXT, required=False)
    q = serializers.CharField(max_length=LONGEST_TEXT, required=False)
    is_prime = serializers.BooleanField(required=False, allow_null=True, default=None)
    is_business = serializers.BooleanField(required=False, allow_null=True, default=None)
    ordering = serializers.ChoiceField(
        choices=list(order_list.ORDERINGS), default=order_list.DEFAULT_ORDERING
    )
    cursor = serializers.CharField(max_length=1_000, required=False)


def read_order_query(request: Request) -> dict[str, Any]:
    """The parameters by name. Empty ones are as if they were not there. Raises ValidationError."""
    asked: dict[str, Any] = {**pagination.parameters(request)}
    for name in _SEVERAL:
        asked[name] = several(request, name)
    query = OrderQuery(data=asked)
    query.is_valid(raise_exception=True)
    found: dict[str, Any] = query.validated_data
    return found


def several(request: Request, name: str) -> list[str]:
    """The values of a parameter that may be repeated, or hold several by comma."""
    values = [value.strip() for text in request.query_params.getlist(name) for value in text.split(",")]
    return [value for value in values if value]


def filters(asked: Mapping[str, Any]) -> OrderFilter:
    """The filter that these parameters stand for."""
    fields: dict[str, Any] = {column: tuple(asked.get(name, ())) for name, column in _SEVERAL.items()}
    return OrderFilter(**fields, **{name: asked[name] for name in _SINGLE if name in asked})


_SINGLE = (
    "fulfillment",
    "purchased_after",
    "purchased_before",
    "total_min",
    "total_max",
    "number",
    "sku",
    "buyer",
    "q",
    "is_prime",
    "is_business",
)
