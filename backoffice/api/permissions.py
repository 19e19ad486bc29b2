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
        # A session's user has no viewer here: the API takes tokens only, so no other page can make a
        # browser call it.
        if not isinstance(request.auth, Viewer):
            return False
        method = READING if request.method == "HEAD" else request.method or ""
        if not hasattr(view, method.lower()):
            return True
        permission: Permission | None = getattr(view, "permissions", {}).get(method)
        # Forbidden unless declared: a view that forgets its permissions opens nothing.
        return permission is not None and request.auth.may(permission)
