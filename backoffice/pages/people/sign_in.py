"""How people sign in: by invitation alone, with a second factor whose secret is sealed, and written down."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from integration.models import User
from integration.people import audit, sessions, totp_secrets
from integration.people.audit import AuditAction

# What allauth tells a person by mail, and how the log calls it. Mails go out only where they are switched on.
_NOTED = {
    "account/email/password_changed": AuditAction.PASSWORD_CHANGED,
    "account/email/password_reset": AuditAction.PASSWORD_CHANGED,
    "account/email/password_set": AuditAction.PASSWORD_CHANGED,
    "mfa/email/totp_activated": AuditAction.SECOND_FACTOR_ADDED,
    "mfa/email/totp_deactivated": AuditAction.SECOND_FACTOR_REMOVED,
}


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's account rules, without sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an admin invites people."""
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Whoever has just signed in, second factor and all, is written down."""
        name = sessions.device_name(request.headers.get("User-Agent", ""))
        _note(AuditAction.SIGNED_IN, user, device=name)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """The one place where allauth tells what became of an account."""
        what = _NOTED.get(template_prefix)
        if what is not None:
            _note(what, user)
        super().send_notification_mail(template_prefix, user, *args, **kwargs)


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's rules of the second factor; its secret is sealed like every other secret."""

    def get_totp_label(self, user: User) -> str:
        """The name in the authenticator app."""
        return user.get_username()

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return totp_secrets.seal_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret."""
        return totp_secrets.open_secret(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where a second factor is demanded, nobody takes off the one they have; an admin resets it."""
        return not settings.MFA_REQUIRED


def locked_out(request: HttpRequest, *_: object) -> HttpResponse:
    """What is answered after ten wrong passwords; each lock-out is written down once."""
    name = str(request.POST.get("login") or request.POST.get("username") or "")
    user = User.objects.filter(username__iexact=name).first() if name else None
    # `add` and not `set`: of many refused attempts within the half hour only the first writes an entry.
    if user is not None and cache.add(f"locked-out:{user.pk}", 1, settings.AXES_COOLOFF_TIME.total_seconds()):
        _note(AuditAction.LOCKED_OUT, user)
    return render(request, "account/locked_out.html", status=429)


def _note(what: AuditAction, user: User, **details: object) -> None:
    name = user.get_username()
    audit.record_event(what=what, by=name, now=timezone.now(), subject=name, details=details)
