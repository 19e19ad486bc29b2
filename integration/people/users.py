"""People and their API tokens. A token's text is shown once; only its hash is kept."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from amazon_orders.models import Store
from integration import access
from integration.access import ALLOWED
from integration.models import ApiToken, Role, User
from integration.people import audit
from integration.people.audit import AuditAction

# So that a leaked one is recognized by people and by scanners.
PREFIX = "aob_"
TOKEN_BYTES = 32
# A token's last use is noted this often: not with a write per request.
USE_IS_NOTED_EVERY = timedelta(minutes=5)


class ScopeTooWide(ValueError):
    """A token would reach further than its user does; the text says where, in one line."""


class PersonRefused(ValueError):
    """What is asked about a person cannot be; `field` names what was wrong in the form, the text says why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class UnknownStore(LookupError):
    """There is no such store; the text names it."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token. `text` is told to its owner now and is kept nowhere."""

    id: int
    text: str
    stores: tuple[str, ...]


def stores_named(names: Collection[str]) -> list[Store]:
    """The stores with these names (or ids). Raises UnknownStore."""
    found = []
    known = {store.name: store for store in Store.objects.filter(name__in=names)}
    by_id = {str(store.pk): store for store in Store.objects.filter(pk__in=filter(str.isdecimal, names))}
    for name in names:
        store = known.get(name) or by_id.get(name)
        if store is None:
            raise UnknownStore(f"There is no store {name!r}.")
        found.append(store)
    return found


def every_store() -> list[Store]:
    """The stores there are now, by name."""
    return list(Store.objects.order_by("name"))


def make_user(*, name: str, role: Role, stores: Collection[Store], password: str | None = None) -> User:
    """A person. Without a password only tokens of theirs sign in."""
    with transaction.atomic():
        user = User.objects.create_user(username=name, password=password, role=role)
        user.stores.set(stores)
    return user


def issue_token(
    *,
    user: User,
    role: Role,
    stores: Collection[Store],
    now: datetime,
    expires_at: datetime | None = None,
    name: str = "",
    by: str | None = None,
) -> IssuedToken:
    """A token of a user, for these stores; without any, for all the user sees now. Raises ScopeTooWide.

    `by`: who makes it; None: the user.
    """
    viewer = access.viewer_of_user(user)
    if not ALLOWED[role] <= ALLOWED[access.role_of(user)]:
        raise ScopeTooWide(
            f"The user {viewer.name} is {viewer.role.value} and cannot have a token as {role.value}."
        )
    for store in stores:
        if not viewer.sees_store(store.pk):
            raise ScopeTooWide(f"The user {viewer.name} does not see the store {store.name}.")
    # The stores of today, by name: a store that comes later is not in a token that was made before, but
    # in an admin's.
    reached = list(stores) or ([] if role == Role.ADMIN else list(viewer.stores()))
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            role=role,
            is_every_store=not reached and role == Role.ADMIN,
            token_hash=_hash(text),
            created_at=now,
            expires_at=expires_at,
        )
        token.stores.set(reached)
        _record(AuditAction.TOKEN_MADE, token, viewer.name if by is None else by, now)
    return IssuedToken(id=token.pk, text=text, stores=tuple(store.name for store in reached))


def revoke_token(*, token_id: int, by: str, now: datetime, user_id: int | None = None) -> bool:
    """End a token (of this user); gives whether there was one."""
    rows = ApiToken.objects.filter(pk=token_id).select_related("user")
    with transaction.atomic():
        token = (rows if user_id is None else rows.filter(user_id=user_id)).first()
        if token is None:
            return False
        _record(AuditAction.TOKEN_REVOKED, token, by, now)
        token.delete()
    return True


def _record(what: AuditAction, token: ApiToken, by: str, now: datetime) -> None:
    details = {
        "token": token.pk,
        "name": token.name,
        "role": token.role,
        "stores": [] if token.is_every_store else [store.name for store in token.stores.order_by("name")],
        "expires": token.expires_at.isoformat() if token.expires_at else None,
    }
    audit.record_event(what=what, by=by, now=now, subject=token.user.get_username(), details=details)


def token_of(text: str, *, now: datetime) -> ApiToken | None:
    """The token with this text, if it is in force: known, not expired, its user active."""
    # In the query, so that an expired and an unknown token are answered alike.
    in_force = Q(expires_at=None) | Q(expires_at__gt=now)
    token = (
        ApiToken.objects.filter(in_force, token_hash=_hash(text), user__is_active=True)
        .select_related("user")
        .first()
    )
    if token is not None and (token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _hash(text: str) -> str:
    # The text is random, so a fast hash is as good as a slow one, and a lookup by it is exact.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
