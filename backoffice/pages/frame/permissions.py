"""Every page says which permission it needs; a test fails for a page that does not."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from integration import access
from integration.access import Permission, Viewer
from integration.models import User

Arguments = ParamSpec("Arguments")
_SECOND_FACTOR = "page_second_factor"


class PermissionedView(Protocol):
    """A view that asks for its permission itself."""

    permission: Permission
    methods: tuple[str, ...]

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def page(
    permission: Permission, *, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[Callable[Concatenate[HttpRequest, Viewer, Arguments], HttpResponseBase]], PermissionedView]:
    """Make a view of a function (request, viewer, ...) that only people with the permission reach."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Viewer, Arguments], HttpResponseBase],
    ) -> PermissionedView:
        @functools.wraps(view)
        def checked(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            # Before the permission is asked for: without the factor nobody is told what there is.
            if second_factor_is_missing(request):
                return redirect("mfa_activate_totp")
            viewer = viewer_of(request)
            try:
                access.require(viewer, permission)
                return view(request, viewer, *args, **kwargs)
            except access.NotPermitted as refused:
                raise PermissionDenied(str(refused)) from refused

        # Never cached: a page of orders must not be found again by the next person at the machine.
        guarded = login_required(never_cache(require_http_methods(list(methods))(checked)))
        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return cast(PermissionedView, guarded)

    return decorate


def action(
    permission: Permission,
) -> Callable[[Callable[Concatenate[HttpRequest, Viewer, Arguments], HttpResponseBase]], PermissionedView]:
    """A view that changes something: only a form reaches it."""
    return page(permission, methods=("POST",))


def viewer_of(request: HttpRequest) -> Viewer:
    """Who looks at the page; found once per request."""
    # The viewer's stores are a statement: frame and page need them both.
    known: Viewer | None = getattr(request, "viewer", None)
    if known is None:
        known = access.viewer_of_user(cast(User, request.user))
        request.viewer = known  # type: ignore[attr-defined]
    return known


def user_of(request: HttpRequest) -> User:
    """The person who looks at the page."""
    return cast(User, request.user)


def second_factor_is_missing(request: HttpRequest) -> bool:
    """Whether a second factor is demanded and this person has none; asked once per session."""
    # By the person's key: a session that is taken over by another sign-in asks again.
    if not settings.MFA_REQUIRED or request.session.get(_SECOND_FACTOR) == request.user.pk:
        return False
    if not is_mfa_enabled(request.user):
        return True
    request.session[_SECOND_FACTOR] = request.user.pk
    return False
