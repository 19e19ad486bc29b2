"""What an admin decides about people: role and stores, leaving and coming back, a lost second factor."""

from collections.abc import Collection
from datetime import datetime

from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.db import transaction
from django.db.models import Q

from amazon_orders.models import Store
from integration.models import ApiToken, Role, User
from integration.people import audit, sessions
from integration.people.audit import AuditAction
from integration.people.users import PersonRefused


def change_access(*, user_id: int, role: Role, stores: Collection[Store], by: str, now: datetime) -> User:
    """Give a person a role and stores (an admin sees all). Their tokens reach no further from now on.

    Raises PersonRefused when nobody would be left who may manage people.
    """
    with transaction.atomic():
        user = _locked(user_id, must_leave_an_admin=role != Role.ADMIN)
        before = user.role
        user.role = role
        user.save(update_fields=["role"])
        # Not kept for an admin: who is made a merchant later would get back stores that nobody gave
        # them.
        user.stores.set([] if role == Role.ADMIN else stores)
        details = {"before": before, "after": role.value, "stores": [store.name for store in stores]}
        _record(AuditAction.PERSON_CHANGED, user, by, now, **details)
    return user


def deactivate(*, user_id: int, by: str, now: datetime) -> User:
    """The person leaves: signed out everywhere at once, tokens revoked. Raises PersonRefused."""
    with transaction.atomic():
        user = _locked(user_id, must_leave_an_admin=True)
        if user.get_username() == by:
            raise PersonRefused("", "Nobody deactivates themselves; ask another admin.")
        user.is_active = False
        user.save(update_fields=["is_active"])
        # Deleted, not disabled: who comes back makes new ones, and none of theirs that leaked works
        # again.
        revoked, _ = ApiToken.objects.filter(user=user).delete()
        sessions.sign_out(user_id=user.pk)
        _record(AuditAction.PERSON_DEACTIVATED, user, by, now, count=revoked)
    return user


def activate(*, user_id: int, by: str, now: datetime) -> User:
    """The person comes back, with the password they had and no tokens."""
    with transaction.atomic():
        user = _locked(user_id)
        user.is_active = True
        user.save(update_fields=["is_active"])
        _record(AuditAction.PERSON_ACTIVATED, user, by, now)
    return user


def reset_second_factor(*, user_id: int, by: str, now: datetime) -> User:
    """For a lost telephone: the person signs in with the password alone, and sets up a new factor."""
    with transaction.atomic():
        user = _locked(user_id)
        Authenticator.objects.filter(user=user).delete()
        sessions.sign_out(user_id=user.pk)
        _record(AuditAction.SECOND_FACTOR_REMOVED, user, by, now, kind="reset")
    return user


def sign_out(*, user_id: int, by: str, now: datetime) -> User:
    """End every sign-in of the person."""
    user = _locked(user_id)
    ended = sessions.sign_out(user_id=user.pk)
    _record(AuditAction.SIGNED_OUT_ELSEWHERE, user, by, now, count=ended)
    return user


def unlock(*, user_id: int, by: str, now: datetime) -> User:
    """End the lock-out after wrong passwords."""
    user = _locked(user_id)
    reset(username=user.get_username().casefold())
    _record(AuditAction.UNLOCKED, user, by, now)
    return user


def _locked(user_id: int, *, must_leave_an_admin: bool = False) -> User:
    """The person, locked with all admins in key order, so that the last two cannot leave at one moment."""
    is_admin = Q(role=Role.ADMIN) | Q(is_superuser=True)
    # With all admins, not this one alone: of two who demote each other the second waits, and then finds
    # that nobody else is left.
    rows = User.objects.filter(Q(pk=user_id) | is_admin).order_by("pk")
    found = {row.pk: row for row in (rows.select_for_update() if must_leave_an_admin else rows)}
    user = found.get(user_id)
    if user is None:
        raise PersonRefused("", "There is no such person.")
    others = [row for row in found.values() if row.pk != user_id and row.is_active and not row.is_invited]
    if must_leave_an_admin and not others and (user.role == Role.ADMIN or user.is_superuser):
        raise PersonRefused("", "Somebody must stay who manages people: make another admin first.")
    return user


def _record(what: AuditAction, user: User, by: str, now: datetime, **details: object) -> None:
    audit.record_event(what=what, by=by, now=now, subject=user.get_username(), details=details)
