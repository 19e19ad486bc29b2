"""Stores, their Order Settings, matches, system messages."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import pagination, problems
from backoffice.api.serializers.stores import (
    ImportSettingsSerializer,
    MatchRequest,
    MatchSerializer,
    StoreSerializer,
    SystemMessageSerializer,
)
from backoffice.api.views.base import ApiView, store_of, viewer_of
from integration import tasks
from integration.access import Permission
from integration.catalog import matches
from integration.messages import open_messages
from integration.stores import store_settings
from paging import keyset
from paging.keyset import Ordering


class StoreListView(ApiView):
    """The token's stores."""

    permissions = {"GET": Permission.VIEW_ORDERS}
    ordering = Ordering(name="name", column="name", read=keyset.read_text)

    @extend_schema(
        operation_id="stores_list",
        responses=pagination.envelope("StorePage", StoreSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """A page of stores, by name."""
        stores = viewer_of(request).stores().select_related("account__sync")
        page = pagination.cut(stores, request=request, ordering=self.ordering)
        return Response(pagination.answer(request, page, StoreSerializer(page.rows, many=True).data))


class ImportSettingsView(ApiView):
    """The Order Settings of a store."""

    permissions = {"GET": Permission.VIEW_ORDERS, "PATCH": Permission.CHANGE_SETTINGS}

    @extend_schema(operation_id="import_settings_retrieve", responses=ImportSettingsSerializer)
    def get(self, request: Request, store_id: int) -> Response:
        """The settings in force."""
        store = store_of(viewer_of(request), store_id)
        return Response(ImportSettingsSerializer(store_settings.read_store_settings(store_id=store.pk)).data)

    @extend_schema(
        operation_id="import_settings_change",
        request=ImportSettingsSerializer,
        responses=ImportSettingsSerializer,
    )
    def patch(self, request: Request, store_id: int) -> Response:
        """Change what is named; the answer is the settings in force."""
        viewer = viewer_of(request)
        store = store_of(viewer, store_id)
        if not isinstance(request.data, dict):
            raise problems.invalid("body", "Send an object with the settings to change.")
        try:
            settings = store_settings.change(
                store_id=store.pk, changes=request.data, by=viewer.name, now=timezone.now()
            )
        except store_settings.BadSetting as bad:
            raise problems.invalid(bad.field, str(bad)) from bad
        tasks.wake()
        return Response(ImportSettingsSerializer(settings).data)


class MatchView(ApiView):
    """Which product a seller SKU stands for, in the account of a store."""

    permissions = {"PUT": Permission.FIX_ORDERS, "DELETE": Permission.FIX_ORDERS}

    @extend_schema(operation_id="matches_put", request=MatchRequest, responses=MatchSerializer)
    def put(self, request: Request, store_id: int, seller_sku: str) -> Response:
        """Match; orders that waited for it become due."""
        viewer = viewer_of(request)
        store = store_of(viewer, store_id)
        asked = MatchRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = matches.match(
                store=store, seller_sku=seller_sku, by=viewer.name, now=timezone.now(), **asked.validated_data
            )
        except matches.BadMatch as bad:
            raise problems.invalid(bad.field, str(bad)) from bad
        tasks.wake()
        return Response(MatchSerializer(made).data)

    @extend_schema(operation_id="matches_delete", responses={204: None})
    def delete(self, request: Request, store_id: int, seller_sku: str) -> Response:
        """Let the seller SKU stand for the product of the same SKU again."""
        viewer = viewer_of(request)
        store = store_of(viewer, store_id)
        try:
            matches.unmatch(store=store, seller_sku=seller_sku, by=viewer.name, now=timezone.now())
        except matches.NoSuchMatch as unknown:
            raise NotFound("The seller SKU is not matched.") from unknown
        tasks.wake()
        return Response(status=status.HTTP_204_NO_CONTENT)


class SystemMessageListView(ApiView):
    """What a person must act on."""

    permissions = {"GET": Permission.VIEW_ORDERS}

    @extend_schema(
        operation_id="system_messages_list",
        responses=pagination.envelope("SystemMessagePage", SystemMessageSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        """The open messages, the most urgent first."""
        found = open_messages.open_messages(viewer=viewer_of(request), now=timezone.now())
        return Response(pagination.whole(SystemMessageSerializer(found, many=True).data))
