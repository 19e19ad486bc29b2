"""What went wrong, and are we keeping up: sync runs, communication errors, quota."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integration import activity, keeping_up
from integration.access import Permission
from integration.activity import ErrorFilter, RunFilter
from integration.api import pagination
from integration.api.serializers.records import (
    AccountQuotaSerializer,
    CommunicationErrorQuery,
    CommunicationErrorSerializer,
    QuotaQuery,
    SyncRunQuery,
    SyncRunSerializer,
)
from integration.api.views.base import ApiView, viewer_of


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
        rows, links = pagination.cut(found, request=request, ordering=activity.RUNS_NEWEST_FIRST)
        shown = SyncRunSerializer(activity.run_rows(viewer, rows, now=now), many=True)
        return Response({**links, "results": shown.data})


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
        rows, links = pagination.cut(found, request=request, ordering=activity.ERRORS_NEWEST_FIRST)
        shown = CommunicationErrorSerializer(activity.error_rows(viewer, rows), many=True)
        return Response({**links, "results": shown.data})


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
        syncs = keeping_up.accounts(viewer)
        rows, links = pagination.cut(syncs, request=request, ordering=keeping_up.WORST_FIRST)
        shown = AccountQuotaSerializer(keeping_up.build(viewer, rows, now=now), many=True)
        return Response({**links, "results": shown.data})


def _asked(query: Any, request: Request) -> dict[str, Any]:
    asked = query(data=pagination.parameters(request))
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()
