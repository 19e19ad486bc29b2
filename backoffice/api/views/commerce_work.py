"""What programs do with Commerce orders: ship, cancel, refund, hold, comment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination, problems, refund_requests
from backoffice.api.serializers.commerce_work import (
    CancelRequest,
    CommentRequest,
    CommentSerializer,
    CommerceOrderDetailsSerializer,
    CreditMemoSerializer,
    HoldRequest,
    RefundRequest,
)
from backoffice.api.serializers.shipments import ShipmentRequest, ToldShipmentSerializer
from backoffice.api.views.base import ApiView, viewer_of
from backoffice.api.views.commerce_orders import document
from commerce.models import CreditMemo, Order, Shipment
from commerce.orders import comments, holds, order_records
from commerce.refunds import charges
from commerce.refusals import Refused
from commerce.shipping.ship import OrderToShip
from integration import tasks
from integration.access import Permission, Viewer
from integration.commerce_orders import details
from integration.outbox import amazon_side, ship_days
from integration.outbox.cancel import cancel_orders
from integration.outbox.refund import refund_orders
from integration.outbox.ship import ship_orders
from integration.outbox.ship_days import ShipDays
from integration.people import idempotency_keys
from integration.people.idempotency_keys import KeyReused, Made

IDEMPOTENCY_KEY = "Idempotency-Key"
_KEY = OpenApiParameter(
    IDEMPOTENCY_KEY,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Per token, kept 30 days: the same key with the same body answers the same again and does "
    "nothing; with another body it is refused (422).",
)


class ShipmentsView(ApiView):
    """Parcels of an order."""

    permissions = {"POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_ship",
        parameters=[_KEY],
        request=ShipmentRequest,
        responses={201: ToldShipmentSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Ship one parcel; Amazon is told. 409 with every reason where it cannot be."""
        viewer = viewer_of(request)
        order = _order_of(viewer, number)
        asked = ShipmentRequest(data=request.data, context={"days": _ship_days(order)})
        asked.is_valid(raise_exception=True)
        wanted = OrderToShip(order_id=order.pk, parcels=[asked.parcel()], completes=False)

        def ship() -> Made:
            shipped = ship_orders(orders=[wanted], by=viewer.name, now=timezone.now())
            return {"shipment": shipped.shipments[order.pk][0]}

        made = _once(request, ship)
        # After the commit: a worker that looks before it would find nothing owed.
        tasks.wake_confirm()
        tasks.wake_feeds()
        shipment = (
            Shipment.objects.select_related("confirmation")
            .prefetch_related("lines__order_line")
            .get(pk=made["shipment"])
        )
        return Response(ToldShipmentSerializer(shipment).data, status=status.HTTP_201_CREATED)


class CancelView(ApiView):
    """The end of an order before it has left."""

    permissions = {"POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_cancel",
        parameters=[_KEY],
        request=CancelRequest,
        responses={200: CommerceOrderDetailsSerializer, 202: CommerceOrderDetailsSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel the whole order. 202: Amazon is asked to, and the order is on hold until it answers."""
        viewer = viewer_of(request)
        order = _order_of(viewer, number)
        asked = CancelRequest(data=request.data)
        asked.is_valid(raise_exception=True)

        def cancel() -> Made:
            done = cancel_orders(
                commerce_order_ids=[order.pk],
                reason=asked.validated_data["reason"],
                by=viewer.name,
                now=timezone.now(),
            )
            return {"is_at_amazon": bool(done.at_amazon)}

        made = _once(request, cancel)
        tasks.wake_feeds()
        code = status.HTTP_202_ACCEPTED if made["is_at_amazon"] else status.HTTP_200_OK
        return Response(document(request, order.number), status=code)


class RefundsView(ApiView):
    """Money that is given back."""

    permissions = {"POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_refund",
        parameters=[_KEY],
        request=RefundRequest,
        responses={201: CreditMemoSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Give money back, never more than was charged; Amazon is asked to pay it. Gives the credit memo."""
        viewer = viewer_of(request)
        order = _order_of(viewer, number)
        asked = RefundRequest(data=request.data, context={"currency": order.currency})
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data

        def refund() -> Made:
            books = charges.read_charges([order]).get(order.pk)
            try:
                planned = refund_requests.plan(order=order, books=books, asked=wanted)
            except refund_requests.UnclearLine as unclear:
                raise problems.invalid("lines", str(unclear)) from unclear
            memos = refund_orders(
                refunds=[planned], reason=wanted["reason"], by=viewer.name, now=timezone.now()
            )
            return {"credit_memo": memos[order.pk].pk}

        made = _once(request, refund)
        tasks.wake_feeds()
        memo = (
            CreditMemo.objects.select_related("adjustment")
            .prefetch_related("lines__order_line", "lines__restocked_at")
            .get(pk=made["credit_memo"])
        )
        return Response(CreditMemoSerializer(memo).data, status=status.HTTP_201_CREATED)


class HoldView(ApiView):
    """A stop for a while."""

    permissions = {"POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_hold", request=HoldRequest, responses=CommerceOrderDetailsSerializer
    )
    def post(self, request: Request, number: str) -> Response:
        """Put the order on hold; 409 where it cannot be."""
        viewer = viewer_of(request)
        order = _order_of(viewer, number)
        asked = HoldRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        with _refused_as_problem(), transaction.atomic():
            holds.hold(
                order_ids=[order.pk],
                reason=asked.validated_data["reason"],
                now=timezone.now(),
                by=viewer.name,
            )
        return Response(document(request, order.number))


class UnholdView(ApiView):
    """The end of a stop."""

    permissions = {"POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_unhold", request=None, responses=CommerceOrderDetailsSerializer
    )
    def post(self, request: Request, number: str) -> Response:
        """Let the order go on; 409 where it is not on hold, or Amazon is asked to cancel it."""
        viewer = viewer_of(request)
        try:
            head = details.head(viewer=viewer, number=number)
        except details.UnknownOrder as unknown:
            raise NotFound("There is no such order.") from unknown
        if head.is_being_canceled:
            raise problems.Conflict("Amazon is asked to cancel it; wait for its answer.")
        with _refused_as_problem(), transaction.atomic():
            holds.unhold(order_ids=[head.order.pk], now=timezone.now(), by=viewer.name)
        return Response(document(request, head.order.number))


class CommentsView(ApiView):
    """What people and programs wrote about an order. It may name people."""

    permissions = {"GET": Permission.SEE_PERSONAL_DATA, "POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_comments",
        responses=pagination.envelope("CommentPage", CommentSerializer(many=True)),
    )
    def get(self, request: Request, number: str) -> Response:
        """All comments, the oldest first."""
        order = _order_of(viewer_of(request), number)
        records = order_records.read_records(order_ids=[order.pk], with_comments=True)[order.pk]
        return Response(pagination.whole(CommentSerializer(records.comments, many=True).data))

    @extend_schema(
        operation_id="commerce_orders_comment",
        request=CommentRequest,
        responses={201: CommentSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Write a comment."""
        viewer, now = viewer_of(request), timezone.now()
        order = _order_of(viewer, number)
        asked = CommentRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        text = asked.validated_data["text"]
        try:
            comments.add(order_id=order.pk, text=text, now=now, by=viewer.name)
        except comments.BadComment as bad:
            raise problems.invalid("text", str(bad)) from bad
        written = CommentSerializer({"text": text, "by": viewer.name, "at": now})
        return Response(written.data, status=status.HTTP_201_CREATED)


def _ship_days(order: Order) -> ShipDays:
    found = amazon_side.of_orders([order]).get(order.pk)
    zone = ship_days.zone_of(found.marketplace_id if found else "")
    return ShipDays(zone, order.purchased_at, timezone.now())


def _order_of(viewer: Viewer, number: str) -> Order:
    try:
        return details.order_of(viewer=viewer, number=number)
    except details.UnknownOrder as unknown:
        raise NotFound("There is no such order.") from unknown


@contextmanager
def _refused_as_problem() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise problems.CannotBeDone(refused) from refused


def _once(request: Request, work: Callable[[], Made]) -> Made:
    """Do it, once for an Idempotency-Key. Raises CannotBeDone, KeyWasUsed and ValidationError."""
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    token_id = viewer_of(request).token_id
    with _refused_as_problem():
        # A key is the token's own: two programs may choose the same one and must not read each other's
        # answers.
        if not key or token_id is None:
            return work()
        if len(key) > idempotency_keys.LONGEST_KEY:
            raise problems.invalid(IDEMPOTENCY_KEY, f"At most {idempotency_keys.LONGEST_KEY} characters.")
        return _claimed(request, token_id, key, work)


def _claimed(request: Request, token_id: int, key: str, work: Callable[[], Made]) -> Made:
    # Method and address too: one key for a shipment and for a refund is a mistake of the caller's, and
    # is told.
    asked = idempotency_keys.hash_of_request(request.method or "", request.path, request.data)
    try:
        return idempotency_keys.once(
            token_id=token_id, key=key, request_hash=asked, now=timezone.now(), work=work
        )
    except KeyReused as reused:
        raise problems.KeyWasUsed(str(reused)) from reused
