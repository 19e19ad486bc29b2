"""Amazon orders: the list, one of them, and what a person does about it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import order_query, pagination, problems
from backoffice.api.order_query import OrderQuery
from backoffice.api.serializers.orders import OrderDetailsSerializer, OrderSerializer, SkipRequest
from backoffice.api.views.base import ApiView, viewer_of
from integration import tasks
from integration.access import Permission, Viewer
from integration.order_import import judge
from integration.orders import actions, details, order_list
from integration.orders.actions import ActionOutcome
from integration.orders.details import OrderDetails
from integration.people import audit
from integration.people.audit import AuditAction


class OrderListView(ApiView):
    """The Amazon orders of the token's stores, filtered and sorted over the whole list."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="amazon_orders_list",
        parameters=[OrderQuery],
        responses=pagination.envelope("AmazonOrderPage", OrderSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of orders, 50 at most."""
        asked = order_query.read_order_query(request)
        filters = order_query.filters(asked)
        _refuse_other_stores(viewer_of(request), filters.store_ids)
        page = order_list.page(
            viewer=viewer_of(request),
            filters=filters,
            ordering=asked["ordering"],
            cursor=pagination.cursor(request),
        )
        rows = OrderSerializer(page.rows, many=True, context={"request": request})
        return Response(pagination.answer(request, page, rows.data))


def _refuse_other_stores(viewer: Viewer, store_ids: tuple[int, ...]) -> None:
    """A store that is not the token's does not exist for it."""
    # Refused as a whole: an empty page would read as "no orders" to a program with a wrong id.
    if store_ids and viewer.stores().filter(pk__in=store_ids).count() != len(set(store_ids)):
        raise NotFound("There is no such store.")


class OrderView(ApiView):
    """One Amazon order."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(operation_id="amazon_orders_retrieve", responses=OrderDetailsSerializer)
    def get(self, request: Request, amazon_order_id: str) -> Response:
        """The order with its items, packages, address and timeline."""
        return _answer(request, _find(viewer_of(request), amazon_order_id), status.HTTP_200_OK)


class RetryView(ApiView):
    """Judge a waiting or blocked order again."""

    permissions = {"POST": Permission.RETRY_ORDERS}

    @extend_schema(operation_id="amazon_orders_retry", request=None, responses={202: OrderDetailsSerializer})
    def post(self, request: Request, amazon_order_id: str) -> Response:
        """Retry; 409 where there is nothing to retry."""
        viewer = viewer_of(request)
        order = _find(viewer, amazon_order_id)
        done = actions.retry(order_ids=[order.row.id], by=viewer.name, now=timezone.now())
        return _done(request, order, done)


class RefreshView(ApiView):
    """Ask Amazon for an order again."""

    permissions = {"POST": Permission.RETRY_ORDERS}

    @extend_schema(
        operation_id="amazon_orders_refresh", request=None, responses={202: OrderDetailsSerializer}
    )
    def post(self, request: Request, amazon_order_id: str) -> Response:
        """Refresh, as soon as Amazon's quota allows."""
        viewer = viewer_of(request)
        order = _find(viewer, amazon_order_id)
        done = actions.refresh(order_ids=[order.row.id], by=viewer.name, now=timezone.now())
        _refuse(order, done)
        tasks.wake_refresh()
        return _answer(request, _find(viewer, amazon_order_id), status.HTTP_202_ACCEPTED)


class ImportView(ApiView):
    """Import a view-only order after all."""

    permissions = {"POST": Permission.FIX_ORDERS}

    @extend_schema(operation_id="amazon_orders_import", request=None, responses={202: OrderDetailsSerializer})
    def post(self, request: Request, amazon_order_id: str) -> Response:
        """Request the import; 409 where the order is not view-only or never can be imported."""
        viewer = viewer_of(request)
        order = _find(viewer, amazon_order_id)
        done = actions.request_import(order_ids=[order.row.id], by=viewer.name, now=timezone.now())
        return _done(request, order, done)


class SettleView(ApiView):
    """Say that amounts which Amazon lowered after shipping are dealt with."""

    permissions = {"POST": Permission.FIX_ORDERS}

    @extend_schema(operation_id="amazon_orders_settle", request=None, responses={202: OrderDetailsSerializer})
    def post(self, request: Request, amazon_order_id: str) -> Response:
        """Settle, e.g. after a credit memo; 409 where there is nothing to settle."""
        viewer = viewer_of(request)
        order = _find(viewer, amazon_order_id)
        done = actions.settle_amounts(order_ids=[order.row.id], by=viewer.name, now=timezone.now())
        return _done(request, order, done)


class SkipView(ApiView):
    """Leave an order out, for a reason."""

    permissions = {"POST": Permission.FIX_ORDERS}

    @extend_schema(
        operation_id="amazon_orders_skip", request=SkipRequest, responses={202: OrderDetailsSerializer}
    )
    def post(self, request: Request, amazon_order_id: str) -> Response:
        """Skip for ever, or until a moment; 409 where the order is imported, canceled or view-only."""
        viewer = viewer_of(request)
        order = _find(viewer, amazon_order_id)
        asked = SkipRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted: dict[str, Any] = {"until": None, **asked.validated_data}
        try:
            done = actions.skip(order_ids=[order.row.id], by=viewer.name, now=timezone.now(), **wanted)
        except actions.BadRequest as bad:
            raise problems.invalid(bad.field, str(bad)) from bad
        return _done(request, order, done)


def _find(viewer: Viewer, amazon_order_id: str) -> OrderDetails:
    try:
        return details.find_order(viewer=viewer, amazon_order_id=amazon_order_id)
    except details.UnknownOrder as unknown:
        raise NotFound("There is no such order.") from unknown


def _refuse(order: OrderDetails, outcome: ActionOutcome) -> None:
    if order.row.id in outcome.refused:
        raise problems.Conflict(outcome.refused[order.row.id])


def _done(request: Request, order: OrderDetails, outcome: ActionOutcome) -> Response:
    _refuse(order, outcome)
    # One order is judged at once: the answer already tells what became of it.
    judge.judge_orders(order_ids=[order.row.id], now=timezone.now())
    return _answer(request, _find(viewer_of(request), order.row.amazon_order_id), status.HTTP_202_ACCEPTED)


def _answer(request: Request, order: OrderDetails, code: int) -> Response:
    """The order whole; where it names people, who asked is written down."""
    if order.address.in_force or order.buyer:
        viewer = viewer_of(request)
        audit.record_event(
            what=AuditAction.PERSONAL_DATA_SEEN,
            by=viewer.name,
            now=timezone.now(),
            store_ids=[order.row.store_id],
            subject=order.row.amazon_order_id,
            details={"where": "API", "token": viewer.token_id},
        )
    return Response(OrderDetailsSerializer(order, context={"request": request}).data, status=code)
