"""Imports of chosen orders, and how far they are."""

import secrets
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination, problems
from backoffice.api.serializers.import_batches import (
    BatchLineSerializer,
    ImportBatchSerializer,
    ImportOrdersRequest,
)
from backoffice.api.views.base import ApiView, store_of, viewer_of
from integration import tasks
from integration.access import Permission, Viewer
from integration.models import BatchOrder, ImportBatch
from integration.orders.actions import BadRequest
from integration.orders.bulk import batch_rows
from integration.orders.bulk import batches as import_batches
from paging import keyset
from paging.keyset import Ordering

# The request's own token: sent twice, one import is started. Optional here.
IDEMPOTENCY_KEY = "Idempotency-Key"


class ImportOrdersView(ApiView):
    """Imports of chosen orders of a store."""

    permissions = {"GET": Permission.VIEW_ORDERS, "POST": Permission.FIX_ORDERS}

    @extend_schema(
        operation_id="import_orders_list",
        responses=pagination.envelope("ImportBatchPage", ImportBatchSerializer(many=True)),
    )
    def get(self, request: Request, store_id: int) -> Response:
        """The newest imports of the store."""
        viewer = viewer_of(request)
        store = store_of(viewer, store_id)
        batches = import_batches.recent(viewer=viewer, store_id=store.pk)
        return Response(pagination.whole(_written(request, batches)))

    @extend_schema(
        operation_id="import_orders_start",
        request=ImportOrdersRequest,
        responses={202: ImportBatchSerializer},
    )
    def post(self, request: Request, store_id: int) -> Response:
        """Start an import, to be looked at again by its own address."""
        viewer = viewer_of(request)
        store = store_of(viewer, store_id)
        asked = ImportOrdersRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = {
            "store": store,
            "token": request.headers.get(IDEMPOTENCY_KEY, "") or secrets.token_urlsafe(16),
            "by": viewer.name,
            "now": timezone.now(),
        }
        wanted = asked.validated_data
        try:
            if "received_since" in wanted:
                batch = import_batches.start_since(since=wanted["received_since"], **given)
            else:
                batch = import_batches.start_by_number(numbers=wanted["amazon_order_ids"], **given)
        except BadRequest as bad:
            raise problems.invalid(bad.field, str(bad)) from bad
        tasks.wake_batches()
        return Response(_written(request, [batch])[0], status=status.HTTP_202_ACCEPTED)


class ImportBatchView(ApiView):
    """One import."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(operation_id="import_batches_retrieve", responses=ImportBatchSerializer)
    def get(self, request: Request, batch_id: int) -> Response:
        """How far it is."""
        return Response(_written(request, [_find(viewer_of(request), batch_id)])[0])


class ImportBatchOrdersView(ApiView):
    """The orders of an import."""

    permissions = {"GET": Permission.VIEW_ORDERS}
    ordering = Ordering(name="id", column="id", read=keyset.read_id, is_unique=True)

    @extend_schema(
        operation_id="import_batches_orders",
        responses=pagination.envelope("ImportBatchOrderPage", BatchLineSerializer(many=True)),
    )
    def get(self, request: Request, batch_id: int) -> Response:
        """A page of its orders and what became of each."""
        batch = _find(viewer_of(request), batch_id)
        found = BatchOrder.objects.filter(batch=batch)
        page = pagination.cut(found, request=request, ordering=self.ordering)
        lines = BatchLineSerializer(batch_rows.lines(batch, page.rows), many=True)
        return Response(pagination.answer(request, page, lines.data))


def _find(viewer: Viewer, batch_id: int) -> ImportBatch:
    found = ImportBatch.objects.filter(pk=batch_id, store__in=viewer.stores()).first()
    if found is None:
        raise NotFound("There is no such import.")
    return found


def _written(request: Request, batches: list[ImportBatch]) -> list[Any]:
    context = {"request": request, "progress": import_batches.progress(batches)}
    return list(ImportBatchSerializer(batches, many=True, context=context).data)
