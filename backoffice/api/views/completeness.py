"""The completeness proof."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination, problems
from backoffice.api.order_query import several
from backoffice.api.serializers.completeness import ProofDaySerializer
from backoffice.api.views.base import ApiView, viewer_of
from integration.access import Permission
from integration.completeness import table
from paging import keyset
from paging.keyset import Ordering


class _Query(serializers.Serializer[Any]):
    """What is asked for. `first` and `last` are days of UTC, both included."""

    store = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False
    )
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)


class CompletenessView(ApiView):
    """Amazon's own list against ours, per store and day of purchase (UTC)."""

    permissions = {"GET": Permission.VIEW_ORDERS}
    ordering = Ordering(name="day", column="day", is_descending=True, read=keyset.read_day)

    @extend_schema(
        operation_id="completeness_list",
        parameters=[
            OpenApiParameter("store", OpenApiTypes.INT, many=True, explode=True),
            OpenApiParameter("from", OpenApiTypes.DATE, description="First day (UTC), included."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Last day (UTC), included."),
            OpenApiParameter("cursor", OpenApiTypes.STR),
        ],
        responses=pagination.envelope("CompletenessPage", ProofDaySerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """The proved days, the newest first. A store that is not the token's has none."""
        asked = _read(request)
        viewer = viewer_of(request)
        store_ids = [
            store.pk for store in viewer.stores() if not asked.get("store") or store.pk in asked["store"]
        ]
        found = table.days(store_ids=store_ids, first=asked.get("first"), last=asked.get("last"))
        page = pagination.cut(found, request=request, ordering=self.ordering)
        rows = ProofDaySerializer(page.rows, many=True, context={"missing": table.open_of_days(page.rows)})
        return Response(pagination.answer(request, page, rows.data))


def _read(request: Request) -> dict[str, Any]:
    given = pagination.parameters(request)
    asked: dict[str, Any] = {"store": several(request, "store")}
    asked |= {field: given[name] for name, field in (("from", "first"), ("to", "last")) if name in given}
    query = _Query(data=asked)
    if not query.is_valid():
        names = {"first": "from", "last": "to"}
        field, texts = next(iter(query.errors.items()))
        raise problems.invalid(names.get(field, field), str(next(iter(_flat(texts)))))
    found: dict[str, Any] = query.validated_data
    return found


def _flat(texts: Any) -> list[str]:
    if isinstance(texts, dict):
        return [text for each in texts.values() for text in _flat(each)]
    return [str(text) for text in texts]
