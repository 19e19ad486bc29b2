"""One's own account: password, second factor, signed-in devices, API tokens."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.permissions import action, page
from backoffice.pages.people.people_forms import TokenForm
from integration import access
from integration.access import Permission, Viewer
from integration.models import User
from integration.people import audit, directory, sessions, users
from integration.people.audit import AuditAction
from integration.people.users import ScopeTooWide

_FORM = ("GET", "HEAD", "POST")


@page(Permission.OWN_ACCOUNT)
def account(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What belongs to whoever is signed in."""
    user, now = _user(request), timezone.now()
    context = {
        "person": directory.person(user_id=user.pk, now=now),
        "codes_left": directory.recovery_codes_left(user.pk),
        "tokens": directory.tokens_of(user.pk, now=now),
        "devices": sessions.of_user(user.pk, now=now, current_key=request.session.session_key),
    }
    return render(request, "account/own.html", context)


@action(Permission.OWN_ACCOUNT)
def sign_out_device(request: HttpRequest, viewer: Viewer, device_id: int) -> HttpResponse:
    """End one sign-in."""
    ended = sessions.sign_out(user_id=_user(request).pk, device_id=device_id)
    return _signed_out(request, viewer, ended)


@action(Permission.OWN_ACCOUNT)
def sign_out_others(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """End every sign-in but this one."""
    ended = sessions.sign_out(user_id=_user(request).pk, except_key=request.session.session_key)
    return _signed_out(request, viewer, ended)


def _make_token(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """A new token; its text is shown in this answer, and never again."""
    roles = directory.roles_for_token(viewer, access.ALLOWED)
    form = TokenForm(request.POST or None, roles=roles, stores=viewer.stores())
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            made = users.issue_token(
                user=_user(request),
                role=form.asked_role(),
                stores=list(form.cleaned_data["stores"]),
                now=now,
                expires_at=form.expires_at(now),
                name=form.cleaned_data["name"],
            )
        except ScopeTooWide as refused:
            form.add_error(None, str(refused))
        else:
            return render(request, "account/token.html", {"made": made, "name": form.cleaned_data["name"]})
    return render(request, "account/make_token.html", {"form": form}, status=422 if form.errors else 200)


# Whoever found a browser open is asked for the password first.
make_token = reauthentication_required(page(Permission.OWN_ACCOUNT, methods=_FORM)(_make_token))


@action(Permission.OWN_ACCOUNT)
def revoke_token(request: HttpRequest, viewer: Viewer, token_id: int) -> HttpResponse:
    """End a token of one's own."""
    # The person's key goes along: the id in the address may be anybody's token.
    revoked = users.revoke_token(
        token_id=token_id, user_id=_user(request).pk, by=viewer.name, now=timezone.now()
    )
    if revoked:
        toasts.success(request, "The token is revoked: programs that hold it are refused from now on.")
    return HttpResponseRedirect(reverse("account") + "#tokens", status=303)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _signed_out(request: HttpRequest, viewer: Viewer, ended: int) -> HttpResponse:
    if ended:
        audit.record_event(
            what=AuditAction.SIGNED_OUT_ELSEWHERE,
            by=viewer.name,
            now=timezone.now(),
            subject=viewer.name,
            details={"count": ended},
        )
    toasts.success(request, f"Signed out: {ended}." if ended else "That device was signed out already.")
    return HttpResponseRedirect(reverse("account") + "#devices", status=303)
