"""Django's admin for staff, behind the sign-in of the pages: one lock-out, one second factor."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from backoffice.pages.frame.permissions import second_factor_is_missing


class BackOfficeSite(AdminSite):
    """The admin site without a sign-in of its own."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who have given whatever second factor is demanded."""
        return super().has_permission(request) and not second_factor_is_missing(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign-in is the pages' own."""
        return redirect_to_login(request.GET.get("next", request.path))
