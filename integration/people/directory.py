"""Who may do what: the people of this installation, as an admin reads them, and what one person has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from integration.access import Viewer, role_of
from integration.models import ApiToken, Role, User

SHOWN = 200


class Standing(StrEnum):
    """How a person stands."""

    ACTIVE = "ACTIVE"
    INVITED = "INVITED"
    LOCKED_OUT = "LOCKED_OUT"
    DEACTIVATED = "DEACTIVATED"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person. `stores` is empty for an admin, who sees all."""

    id: int
    name: str
    email: str
    role: Role
    stores: tuple[str, ...]
    standing: Standing
    has_second_factor: bool
    has_password: bool
    tokens: int
    last_sign_in_at: datetime | None
    invited_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, as much of it as there is to see. `stores` is empty where it reaches every store."""

    id: int
    name: str
    role: Role
    stores: tuple[str, ...]
    is_every_store: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class People:
    """The people that were asked for; `is_cut`: there are more than are shown."""

    rows: tuple[PersonRow, ...]
    is_cut: bool


def find_person(*, search: str, role: str, now: datetime) -> People:
    """People by name, those who left last: 2 statements."""
    found = _people(now)
    if search:
        found = found.filter(Q(username__icontains=search) | Q(email__icontains=search))
    if role:
        found = found.filter(role=role)
    users = list(found.order_by("-is_active", "username", "pk")[: SHOWN + 1])
    return People(tuple(_row(user) for user in users[:SHOWN]), is_cut=len(users) > SHOWN)


def person(*, user_id: int, now: datetime) -> PersonRow | None:
    """One person: 2 statements."""
    user = _people(now).filter(pk=user_id).first()
    return _row(user) if user else None


def tokens_of(user_id: int, *, now: datetime) -> list[TokenRow]:
    """A person's tokens, the newest first: 2 statements."""
    tokens = ApiToken.objects.filter(user_id=user_id).prefetch_related("stores").order_by("-pk")
    return [_token(token, now) for token in tokens]


def recovery_codes_left(user_id: int) -> int | None:
    """How many recovery codes a person has not used yet; None: never made any. 1 statement."""
    kept = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.RECOVERY_CODES).first()
    if kept is None:
        return None
    return len(kept.wrap().get_unused_codes())


def roles_for_token(viewer: Viewer, allowed: Mapping[str, frozenset[object]]) -> list[Role]:
    """The roles that a token of this viewer may have: none that can do more."""
    return [role for role in Role if allowed[role] <= allowed[viewer.role]]


def _people(now: datetime) -> QuerySet[User]:
    has_factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type=Authenticator.Type.TOTP)
    is_locked = AccessAttempt.objects.filter(
        # axes counts names in lower case (`config.sign_in.account_name`).
        username=Lower(OuterRef("username")),
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gt=now - settings.AXES_COOLOFF_TIME,
    )
    return User.objects.annotate(
        has_factor=Exists(has_factor),
        is_locked=Exists(is_locked),
        token_count=Count("api_tokens", distinct=True),
    ).prefetch_related("stores")


def _row(user: User) -> PersonRow:
    role = role_of(user)
    return PersonRow(
        id=user.pk,
        name=user.get_username(),
        email=user.email,
        role=role,
        stores=() if role == Role.ADMIN else tuple(sorted(store.name for store in user.stores.all())),
        standing=_standing(user),
        has_second_factor=user.has_factor,  # type: ignore[attr-defined]
        has_password=user.has_usable_password(),
        tokens=user.token_count,  # type: ignore[attr-defined]
        last_sign_in_at=user.last_login,
        invited_at=user.invited_at,
    )


def _standing(user: User) -> Standing:
    if not user.is_active:
        return Standing.DEACTIVATED
    if user.is_invited:
        return Standing.INVITED
    return Standing.LOCKED_OUT if user.is_locked else Standing.ACTIVE  # type: ignore[attr-defined]


def _token(token: ApiToken, now: datetime) -> TokenRow:
    return TokenRow(
        id=token.pk,
        name=token.name,
        role=Role(token.role),
        stores=tuple(sorted(store.name for store in token.stores.all())),
        is_every_store=token.is_every_store,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        is_expired=token.expires_at is not None and token.expires_at <= now,
    )
