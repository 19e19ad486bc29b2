"""What every view of the API is built on."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from amazon_orders.models import Store
from backoffice.api.authentication import BearerToken
from backoffice.api.permissions import HasRole
from backoffice.api.throttling import PerToken
from integration.access import Permission, Viewer


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
    # 404 and not 403: a store of somebody else's does not exist for this viewer.
    store = viewer.stores().filter(pk=store_id).first()
    if store is None:
        raise NotFound("There is no such store.")
    return store
