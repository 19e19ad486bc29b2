"""Every view declares what a caller must be allowed to do; what it does not declare is forbidden."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from integration.access import Permission, Viewer

READING = "GET"


class HasRole(BasePermission):
    """Asks `access` for the permission that the view declares for the request's method."""

    message = "The token's role does not include this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller may. A method that the view does not have is left to be answered with 405."""
        if not isinstance(request.auth, Viewer):
            return False
        method = READING if request.method == "HEAD" else request.method or ""
        if not hasattr(view, method.lower()):
            return True
        permission: Permission | None = getattr(view, "permissions", {}).get(method)
        return permission is not None and request.auth.may(permission)
