"""Commerce orders: the list, and one of them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce import order_records, queries
from commerce.models import Order
from commerce.queries import OrderCursor, OrderFilter, OrderInFull
from integration import access
from integration.access import Permission, Viewer
from integration.api import order_query, pagination, problems
from integration.api.serializers.commerce_orders import CommerceOrderQuery, CommerceOrderSerializer
from integration.api.serializers.commerce_work import CommerceOrderDetailsSerializer
from integration.api.views.base import ApiView, viewer_of
from integration.channel import CHANNEL
from integration.models import Cancellation, OrderImport
from integration.order_list import keyset


class CommerceOrderListView(ApiView):
    """The Commerce orders that stand for Amazon orders of the token's stores."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_list",
        parameters=[CommerceOrderQuery],
        responses=pagination.envelope("CommerceOrderPage", CommerceOrderSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of orders, the newest purchase first."""
        viewer = viewer_of(request)
        page = queries.order_page(filters=_filters(request, viewer), **_cursor(request))
        full = queries.orders_in_full(
            order_ids=[order.pk for order in page.rows],
            with_personal=viewer.may(Permission.SEE_PERSONAL_DATA),
        )
        rows = CommerceOrderSerializer(full, many=True, context=_context(request, full))
        links = pagination.links(request, _pack("after", page.after), _pack("before", page.before))
        return Response({**links, "results": rows.data})


class CommerceOrderView(ApiView):
    """One Commerce order."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(operation_id="commerce_orders_retrieve", responses=CommerceOrderDetailsSerializer)
    def get(self, request: Request, number: str) -> Response:
        """The order with its lines, totals, shipments, papers and history."""
        return Response(document(request, number))


def document(request: Request, number: str) -> dict[str, Any]:
    """One of the token's orders whole. Raises NotFound."""
    viewer = viewer_of(request)
    found = queries.order_in_full(
        number=number.replace("\x00", ""),
        with_personal=viewer.may(Permission.SEE_PERSONAL_DATA),
        order_ids=_scope(viewer),
    )
    if found is None:
        raise NotFound("There is no such order.")
    order_id = found.order.pk
    prefetch_related_objects(list(found.shipments), "confirmation")
    records = order_records.read(order_ids=[order_id], with_comments=False)[order_id]
    prefetch_related_objects(records.credit_memos, "adjustment")
    context = {
        **_context(request, [found]),
        "records": records,
        "cancellation": _cancellation(found.order),
    }
    return dict(CommerceOrderDetailsSerializer(found, context=context).data)


def _cancellation(order: Order) -> Cancellation | None:
    if order.channel != CHANNEL:
        return None
    return Cancellation.objects.filter(amazon_order_id=order.channel_reference).order_by("-pk").first()


def _context(request: Request, orders: list[OrderInFull]) -> dict[str, Any]:
    """What the serializer needs besides: an order whose store was deleted has no Amazon order any more."""
    ids = [found.order.pk for found in orders]
    linked = OrderImport.objects.filter(commerce_order_id__in=ids).values_list("commerce_order_id", flat=True)
    return {"request": request, "with_amazon_order": set(linked)}


def _scope(viewer: Viewer) -> QuerySet[Any] | None:
    """The primary keys that the viewer sees; None for all."""
    if viewer.store_ids is None:
        return None
    return access.scope_commerce_orders(viewer, Order.objects.all()).values("pk")


def _filters(request: Request, viewer: Viewer) -> OrderFilter:
    statuses = [word.upper() for word in order_query.several(request, "status")]
    asked = CommerceOrderQuery(data={**pagination.parameters(request), "status": statuses})
    asked.is_valid(raise_exception=True)
    wanted = asked.validated_data
    return OrderFilter(
        order_ids=_scope(viewer),
        statuses=wanted.get("status", ()),
        number=wanted.get("number", ""),
        channel=wanted.get("channel", ""),
        channel_reference=wanted.get("channel_reference", ""),
        purchased_from=wanted.get("purchased_after"),
        purchased_before=wanted.get("purchased_before"),
    )


def _pack(side: str, cursor: OrderCursor | None) -> str | None:
    if cursor is None:
        return None
    return pagination.pack({side: cursor.purchased_at.isoformat(), "id": cursor.id})


def _cursor(request: Request) -> dict[str, Any]:
    fields = pagination.unpack(request)
    if not fields:
        return {}
    [side] = fields.keys() & {"after", "before"} or {""}
    try:
        at: datetime = keyset.read_time(fields[side])
        row_id = fields["id"]
        if type(row_id) is not int or not 0 < row_id <= keyset.BIGGEST_ID:
            raise ValueError("not an id")
    except (KeyError, ValueError, TypeError) as broken:
        raise problems.invalid(pagination.CURSOR, pagination.NOT_OURS) from broken
    return {side: OrderCursor(at, row_id)}
