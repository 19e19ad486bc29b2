"""What every view of the API is built on."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from amazon_orders.models import Store
from integration.access import Permission, Viewer
from integration.api.authentication import BearerToken
from integration.api.permissions import HasRole
from integration.api.throttling import PerToken


class ApiView(APIView):
    """`permissions` names what each method needs; a method that is not named is forbidden."""

    permissions: ClassVar[Mapping[str, Permission]] = {}
    authentication_classes = (BearerToken,)
    permission_classes = (HasRole,)
    throttle_classes = (PerToken,)
    metadata_class = None


def viewer_of(request: Request) -> Viewer:
    """Who asks; the request has been authenticated and permitted."""
    viewer = request.auth
    if not isinstance(viewer, Viewer):
        raise AssertionError("a request without a viewer passed the permissions")
    return viewer


def store_of(viewer: Viewer, store_id: int) -> Store:
    """One of the viewer's stores. Raises NotFound."""
    store = viewer.stores().filter(pk=store_id).first()
    if store is None:
        raise NotFound("There is no such store.")
    return store
