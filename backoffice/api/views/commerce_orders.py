"""Commerce orders: the list, and one of them."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from amazon_orders.models import AmazonOrder
from backoffice.api import order_query, pagination
from backoffice.api.serializers.commerce_orders import CommerceOrderQuery, CommerceOrderSerializer
from backoffice.api.serializers.commerce_work import CommerceOrderDetailsSerializer
from backoffice.api.views.base import ApiView, viewer_of
from commerce.models import Order
from commerce.orders import order_queries, order_records
from commerce.orders.order_queries import OrderFilter, OrderInFull
from integration import access
from integration.access import Permission, Viewer
from integration.models import Cancellation, OrderImport
from integration.models.imports import CHANNEL


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
        page = order_queries.order_page(filters=_filters(request, viewer), cursor=pagination.cursor(request))
        full = order_queries.orders_in_full(
            order_ids=[order.pk for order in page.rows],
            with_personal=viewer.may(Permission.SEE_PERSONAL_DATA),
        )
        rows = CommerceOrderSerializer(full, many=True, context=_context(request, full))
        return Response(pagination.answer(request, page, rows.data))


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
    found = order_queries.order_in_full(
        # PostgreSQL refuses a NUL within a text, which would be a 500.
        number=number.replace("\x00", ""),
        with_personal=viewer.may(Permission.SEE_PERSONAL_DATA),
        order_ids=_scope(viewer),
    )
    if found is None:
        raise NotFound("There is no such order.")
    order_id = found.order.pk
    prefetch_related_objects(list(found.shipments), "confirmation")
    records = order_records.read_records(order_ids=[order_id], with_comments=False)[order_id]
    prefetch_related_objects(records.credit_memos, "adjustment")
    context = {
        **_context(request, [found]),
        "records": records,
        "cancellation": _cancellation(found.order),
        "cash_on_delivery": _cash_on_delivery(found.order),
    }
    return dict(CommerceOrderDetailsSerializer(found, context=context).data)


def _cash_on_delivery(order: Order) -> Decimal | None:
    """What Amazon says is to be collected at the door."""
    linked = AmazonOrder.objects.filter(order_import__commerce_order=order)
    return linked.values_list("cash_on_delivery", flat=True).first()


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
