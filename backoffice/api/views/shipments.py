"""Amazon's carriers, and goods that buyers fetch in a store."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination, problems
from backoffice.api.serializers.shipments import (
    CarrierQuery,
    CarrierSerializer,
    PickupRequest,
    PickupSerializer,
)
from backoffice.api.views.base import ApiView, viewer_of
from commerce.refusals import Refused
from integration import tasks
from integration.access import Permission
from integration.commerce_orders import details
from integration.outbox import carriers, pickups


class CarriersView(ApiView):
    """Whom parcels can be sent with."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="carriers_list",
        parameters=[CarrierQuery],
        responses=pagination.envelope("CarrierPage", CarrierSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """The carriers that some letters may mean, the likeliest first; all of them without letters."""
        asked = CarrierQuery(data=pagination.parameters(request))
        asked.is_valid(raise_exception=True)
        wanted, country = asked.validated_data["q"], _country(asked.validated_data["country"])
        found = carriers.search(wanted, country=country, at_most=len(carriers.CARRIERS))
        if not wanted:
            found += [each for each in carriers.everybody() if each not in found]
        return Response(pagination.whole(CarrierSerializer(found, many=True).data))


class PickupView(ApiView):
    """An order that the buyer fetches in a store."""

    permissions = {"POST": Permission.FULFILL_ORDERS}

    @extend_schema(
        operation_id="commerce_orders_pickup",
        request=PickupRequest,
        responses={202: PickupSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Amazon is told that the goods wait, or that the buyer refused them; 409 where it cannot be."""
        viewer = viewer_of(request)
        try:
            order = details.order_of(viewer=viewer, number=number)
        except details.UnknownOrder as unknown:
            raise NotFound("There is no such order.") from unknown
        asked = PickupRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            notice = pickups.owe(
                order_id=order.pk,
                status=asked.validated_data["status"],
                by=viewer.name,
                now=timezone.now(),
            )
        except Refused as refused:
            raise problems.CannotBeDone(refused) from refused
        tasks.wake_confirm()
        return Response(PickupSerializer(notice).data, status=status.HTTP_202_ACCEPTED)


def _country(told: str) -> str:
    """Amazon says UK where ISO says GB."""
    return "GB" if told.upper() == "UK" else told.upper()
