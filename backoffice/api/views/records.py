"""Sync runs, communication errors and quota: what failed, and how far behind the sync is."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination
from backoffice.api.serializers.records import (
    AccountQuotaSerializer,
    CommunicationErrorQuery,
    CommunicationErrorSerializer,
    QuotaQuery,
    SyncRunQuery,
    SyncRunSerializer,
)
from backoffice.api.views.base import ApiView, viewer_of
from integration.access import Permission
from integration.operations import activity, sync_lag
from integration.operations.activity import ErrorFilter, RunFilter


class SyncRunListView(ApiView):
    """Syncs that brought something or failed, of accounts in which the token sees a store."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="sync_runs_list",
        parameters=[SyncRunQuery],
        responses=pagination.envelope("SyncRunPage", SyncRunSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of runs, the newest first."""
        viewer, now = viewer_of(request), timezone.now()
        asked = _asked(SyncRunQuery, request)
        filters = RunFilter(
            store_id=asked.get("store"),
            kinds=_one(asked.get("kind")),
            is_troubled=asked["troubled"],
            started_from=asked.get("started_after"),
            started_before=asked.get("started_before"),
        )
        found = activity.find_runs(viewer, filters, now=now)
        page = pagination.cut(found, request=request, ordering=activity.RUNS_NEWEST_FIRST)
        shown = SyncRunSerializer(activity.run_rows(viewer, page.rows, now=now), many=True)
        return Response(pagination.answer(request, page, shown.data))


class CommunicationErrorListView(ApiView):
    """Calls to Amazon that failed, of accounts in which the token sees a store."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="communication_errors_list",
        parameters=[CommunicationErrorQuery],
        responses=pagination.envelope("CommunicationErrorPage", CommunicationErrorSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of failures, the newest first."""
        viewer = viewer_of(request)
        asked = _asked(CommunicationErrorQuery, request)
        filters = ErrorFilter(
            store_id=asked.get("store"),
            kinds=_one(asked.get("kind")),
            operation=asked.get("operation", ""),
            run=asked.get("run", ""),
            first_from=asked.get("first_after"),
            first_before=asked.get("first_before"),
        )
        found = activity.find_errors(viewer, filters)
        page = pagination.cut(found, request=request, ordering=activity.ERRORS_NEWEST_FIRST)
        shown = CommunicationErrorSerializer(activity.error_rows(viewer, page.rows), many=True)
        return Response(pagination.answer(request, page, shown.data))


class QuotaView(ApiView):
    """Amazon's quota per account and operation, and who spent it today."""

    permissions = {"GET": Permission.VIEW_HEALTH}

    @extend_schema(
        operation_id="health_quota_list",
        parameters=[QuotaQuery],
        responses=pagination.envelope("AccountQuotaPage", AccountQuotaSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of accounts, the one furthest behind first."""
        viewer, now = viewer_of(request), timezone.now()
        syncs = sync_lag.accounts(viewer)
        page = pagination.cut(syncs, request=request, ordering=sync_lag.WORST_FIRST)
        shown = AccountQuotaSerializer(sync_lag.build(viewer, page.rows, now=now), many=True)
        return Response(pagination.answer(request, page, shown.data))


def _asked(query: Any, request: Request) -> dict[str, Any]:
    asked = query(data=pagination.parameters(request))
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()
