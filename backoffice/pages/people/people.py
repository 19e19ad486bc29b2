"""People, their roles and stores, invitations, and what an admin can do for somebody."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.pages.frame.permissions import action, page
from backoffice.pages.people import invitation_mail
from backoffice.pages.people.people_forms import AccessForm, InviteForm
from integration.access import Permission, Viewer
from integration.models import Role, User
from integration.people import administration, audit_log, directory, invitations, sessions, users
from integration.people.directory import PersonRow
from integration.people.invitations import Invitation, InvitationOver
from integration.people.users import PersonRefused

_FORM = ("GET", "HEAD", "POST")
DEEDS_SHOWN = 10


@page(Permission.MANAGE_PEOPLE)
def all_people(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Everybody, by name."""
    search = request.GET.get("search", "").replace("\x00", "")[:150].strip()
    role = request.GET.get("role", "")
    role = role if role in Role.values else ""
    found = directory.find_person(search=search, role=role, now=timezone.now())
    context = {"found": found, "search": search, "role": role, "roles": Role.choices}
    return render(request, "people/list.html", context)


@page(Permission.MANAGE_PEOPLE, methods=_FORM)
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Invite somebody; where no mail can be sent, the link is shown here, once."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = invitations.invite(
                name=asked["name"],
                email=asked["email"],
                role=form.asked_role(),
                stores=list(asked["stores"]),
                by=viewer.name,
                now=timezone.now(),
            )
        except PersonRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            return _hand_over(request, made)
    context = {"form": form, "can_mail": invitation_mail.can_mail()}
    return render(request, "people/invite.html", context, status=422 if form.errors else 200)


@page(Permission.MANAGE_PEOPLE)
def person(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """One person, whole."""
    return _person_page(request, viewer, user_id)


@action(Permission.MANAGE_PEOPLE)
def change_access(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Another role, other stores."""
    form = AccessForm(request.POST)
    if not form.is_valid():
        return _person_page(request, viewer, user_id, form)
    try:
        user = administration.change_access(
            user_id=user_id,
            role=form.asked_role(),
            stores=list(form.cleaned_data["stores"]),
            by=viewer.name,
            now=timezone.now(),
        )
    except PersonRefused as refused:
        form.add_error(None, str(refused))
        return _person_page(request, viewer, user_id, form)
    toasts.success(
        request, f"The access of {user.get_username()} is saved, and counts from their next click."
    )
    return _to_person(user_id)


@action(Permission.MANAGE_PEOPLE)
def deactivate(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Deactivate a person: sign-ins end, tokens are revoked."""
    said = "{} is deactivated: signed out everywhere, tokens revoked."
    return _do(request, viewer, user_id, administration.deactivate, said)


@action(Permission.MANAGE_PEOPLE)
def activate(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Activate a person again."""
    return _do(request, viewer, user_id, administration.activate, "{} is active again.")


@action(Permission.MANAGE_PEOPLE)
def reset_second_factor(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Remove a person's second factor, e.g. after a lost telephone."""
    said = "The second factor of {} is gone, and they are signed out everywhere."
    return _do(request, viewer, user_id, administration.reset_second_factor, said)


@action(Permission.MANAGE_PEOPLE)
def unlock(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """End a lock-out after wrong passwords."""
    return _do(request, viewer, user_id, administration.unlock, "{} can sign in again.")


@action(Permission.MANAGE_PEOPLE)
def sign_out(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """End every sign-in of somebody."""
    return _do(request, viewer, user_id, administration.sign_out, "{} is signed out everywhere.")


@action(Permission.MANAGE_PEOPLE)
def revoke_token(request: HttpRequest, viewer: Viewer, user_id: int, token_id: int) -> HttpResponse:
    """End a token of somebody."""
    if users.revoke_token(token_id=token_id, user_id=user_id, by=viewer.name, now=timezone.now()):
        toasts.success(request, "The token is revoked: programs that hold it are refused from now on.")
    return _to_person(user_id)


@action(Permission.MANAGE_PEOPLE)
def invite_again(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """A new link for somebody who has not come yet."""
    try:
        made = invitations.invite_again(user_id=user_id, by=viewer.name, now=timezone.now())
    except InvitationOver:
        toasts.info(request, "That invitation was accepted or withdrawn meanwhile.")
        return HttpResponseRedirect(reverse("people"), status=303)
    return _hand_over(request, made)


@action(Permission.MANAGE_PEOPLE)
def new_password(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """A link to a new password, for somebody who forgot theirs."""
    try:
        made = invitations.start_over(user_id=user_id, by=viewer.name, now=timezone.now())
    except PersonRefused as refused:
        toasts.error(request, str(refused))
        return _to_person(user_id)
    return _hand_over(request, made)


@action(Permission.MANAGE_PEOPLE)
def withdraw(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Take an invitation back."""
    try:
        name = invitations.withdraw(user_id=user_id, by=viewer.name, now=timezone.now())
    except InvitationOver:
        toasts.info(request, "That invitation was accepted or withdrawn meanwhile.")
    else:
        toasts.success(request, f"The invitation of {name} is withdrawn; its link no longer works.")
    return HttpResponseRedirect(reverse("people"), status=303)


def _do(
    request: HttpRequest, viewer: Viewer, user_id: int, operation: Callable[..., User], said: str
) -> HttpResponse:
    try:
        user = operation(user_id=user_id, by=viewer.name, now=timezone.now())
    except PersonRefused as refused:
        toasts.error(request, str(refused))
    else:
        toasts.success(request, said.format(user.get_username()))
    return _to_person(user_id)


def _to_person(user_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("person", args=[user_id]), status=303)


def _hand_over(request: HttpRequest, made: Invitation) -> HttpResponse:
    """By mail, else on this page alone: the link is kept nowhere."""
    link = request.build_absolute_uri(f"{reverse('invitation')}?token={made.token}")
    user = made.user
    # The link is a password until it is used: not in the page where the mail has reached its reader.
    if user.email and invitation_mail.can_mail() and invitation_mail.send(user, link):
        toasts.success(request, f"A link for {user.get_username()} is on its way to {user.email}.")
        return HttpResponseRedirect(reverse("people"), status=303)
    has_failed = bool(user.email) and invitation_mail.can_mail()
    return render(request, "people/link.html", {"user_row": user, "link": link, "has_failed": has_failed})


def _person_page(
    request: HttpRequest, viewer: Viewer, user_id: int, form: AccessForm | None = None
) -> HttpResponse:
    now = timezone.now()
    shown = directory.person(user_id=user_id, now=now)
    if shown is None:
        raise Http404
    context: dict[str, Any] = {
        "person": shown,
        "is_self": shown.name == viewer.name,
        "form": form or AccessForm(initial=_access_of(shown, user_id)),
        "tokens": directory.tokens_of(user_id, now=now) if shown.tokens else [],
        "devices": sessions.of_user(user_id, now=now),
        "deeds": audit_log.newest_about(shown.name, at_most=DEEDS_SHOWN),
    }
    return render(request, "people/person.html", context, status=422 if form and form.errors else 200)


def _access_of(shown: PersonRow, user_id: int) -> dict[str, Any]:
    stores = User.objects.get(pk=user_id).stores.values_list("pk", flat=True) if shown.stores else ()
    return {"role": shown.role.value, "stores": list(stores)}
