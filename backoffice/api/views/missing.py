"""Addresses of the API that lead nowhere."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.views.base import ApiView
from integration.access import Permission


@extend_schema(exclude=True)
class MissingView(ApiView):
    """A problem document instead of a page."""

    permissions = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), Permission.VIEW_ORDERS)

    def get(self, request: Request, rest: str) -> Response:
        """404."""
        if not rest.endswith("/"):
            raise NotFound("There is nothing here. Addresses end with a slash.")
        raise NotFound("There is nothing here.")

    post = put = patch = delete = get
