"""Invitations: a person is made without a password, and sets one by a signed link that works once.

The link is good until it is used, sent anew, withdrawn, or INVITATION_VALID_DAYS old. It is kept nowhere: the
signature covers what changes when any of that happens.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from amazon_orders.models import Store
from integration.models import Role, User
from integration.people import audit, sessions
from integration.people.audit import AuditAction
from integration.people.users import PersonRefused

SALT = "integration.people.invitations"


class InvitationOver(ValueError):
    """The link was used, withdrawn, replaced by a newer one, is too old, or was never one of ours."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person who is invited. `token` goes into the link, and nowhere else."""

    user: User
    token: str


def invite(
    *, name: str, email: str, role: Role, stores: Collection[Store], by: str, now: datetime
) -> Invitation:
    """Make a person who can sign in once the invitation is accepted. Raises PersonRefused."""
    if email and User.objects.filter(email__iexact=email).exists():
        raise PersonRefused("email", "Somebody here has this e-mail address already.")
    if User.objects.filter(username__iexact=name).exists():
        raise PersonRefused("name", "Somebody here has this name already.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=name, email=email, password=None, role=role, invited_at=now
            )
            user.stores.set([] if role == Role.ADMIN else stores)
            _record(AuditAction.PERSON_INVITED, user, by, now, stores)
    # The loser of two who invite the same name at once: the checks above have both passed.
    except IntegrityError as taken:
        raise PersonRefused("name", "Somebody here has this name already.") from taken
    return Invitation(user, _token(user))


def invite_again(*, user_id: int, by: str, now: datetime) -> Invitation:
    """A new link; the one before is void. Raises InvitationOver when it was accepted meanwhile."""
    with transaction.atomic():
        user = _waiting(user_id)
        user.invited_at = now
        user.save(update_fields=["invited_at"])
        _record(AuditAction.PERSON_INVITED, user, by, now)
    return Invitation(user, _token(user))


def start_over(*, user_id: int, by: str, now: datetime) -> Invitation:
    """For a forgotten password, where no mail can be sent: the old one ends at once, with every sign-in.

    Raises PersonRefused.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
        if user is None or user.get_username() == by:
            raise PersonRefused("", "Nobody does this to themselves, nor to somebody who has left.")
        user.set_unusable_password()
        user.invited_at, user.joined_at = now, None
        user.save(update_fields=["password", "invited_at", "joined_at"])
        sessions.sign_out(user_id=user.pk)
        _record(AuditAction.PASSWORD_CHANGED, user, by, now)
    return Invitation(user, _token(user))


def withdraw(*, user_id: int, by: str, now: datetime) -> str:
    """Take an invitation back; gives the name. Raises InvitationOver when it was accepted meanwhile."""
    with transaction.atomic():
        user = _waiting(user_id)
        _record(AuditAction.INVITATION_WITHDRAWN, user, by, now)
        user.delete()
    return user.get_username()


def of_token(token: str, *, now: datetime) -> User:
    """Whom a link is for. Raises InvitationOver."""
    try:
        user_id, stamp = signing.loads(token, salt=SALT)
        user = User.objects.get(pk=user_id, is_active=True, invited_at__isnull=False, joined_at=None)
    except (signing.BadSignature, User.DoesNotExist, TypeError, ValueError) as broken:
        raise InvitationOver from broken
    invited_at = user.invited_at or now
    if stamp != _stamp(user) or invited_at < now - timedelta(days=settings.INVITATION_VALID_DAYS):
        raise InvitationOver
    return user


def accept(*, token: str, password: str, now: datetime) -> User:
    """Set the password of whoever was invited. Raises InvitationOver, ValidationError for a weak password."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=of_token(token, now=now).pk)
        # Another one with the same link may have been first.
        of_token(token, now=now)
        validate_password(password, user)
        user.set_password(password)
        user.joined_at = now
        user.save(update_fields=["password", "joined_at"])
        _record(AuditAction.PERSON_JOINED, user, user.get_username(), now)
    return user


def _waiting(user_id: int) -> User:
    user = (
        User.objects.select_for_update().filter(pk=user_id, invited_at__isnull=False, joined_at=None).first()
    )
    if user is None or not user.is_invited:
        raise InvitationOver
    return user


def _token(user: User) -> str:
    return signing.dumps([user.pk, _stamp(user)], salt=SALT)


def _stamp(user: User) -> str:
    # Password and time are signed along: a link dies with the first use, with a newer one, and when it
    # is withdrawn.
    invited_at = user.invited_at.isoformat() if user.invited_at else ""
    return salted_hmac(SALT, f"{user.pk} {user.password} {invited_at}", algorithm="sha256").hexdigest()[:32]


def _record(what: AuditAction, user: User, by: str, now: datetime, stores: Collection[Store] = ()) -> None:
    audit.record_event(
        what=what,
        by=by,
        now=now,
        subject=user.get_username(),
        details={"role": user.role, "stores": [store.name for store in stores]},
    )
