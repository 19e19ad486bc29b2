"""Who may see and do what: the one place that pages, REST, counts and messages all pass through."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from amazon_orders.models import AmazonOrder, Store
from commerce.models import Order
from integration.models import ApiToken, Role, User


class Permission(StrEnum):
    """What a role may do; every page and every endpoint declares one."""

    VIEW_ORDERS = "VIEW_ORDERS"
    SEE_PERSONAL_DATA = "SEE_PERSONAL_DATA"
    RETRY_ORDERS = "RETRY_ORDERS"
    FIX_ORDERS = "FIX_ORDERS"
    FULFILL_ORDERS = "FULFILL_ORDERS"
    EDIT_CATALOG = "EDIT_CATALOG"
    CHANGE_SETTINGS = "CHANGE_SETTINGS"
    MANAGE_STORES = "MANAGE_STORES"
    VIEW_HEALTH = "VIEW_HEALTH"
    PROVE_COMPLETENESS = "PROVE_COMPLETENESS"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"
    MANAGE_PRIVACY = "MANAGE_PRIVACY"
    VIEW_AUDIT = "VIEW_AUDIT"
    OWN_ACCOUNT = "OWN_ACCOUNT"


ALLOWED: Mapping[str, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MERCHANT: frozenset(
        {
            Permission.VIEW_ORDERS,
            Permission.SEE_PERSONAL_DATA,
            Permission.RETRY_ORDERS,
            Permission.FIX_ORDERS,
            Permission.FULFILL_ORDERS,
            Permission.EDIT_CATALOG,
            Permission.VIEW_AUDIT,
            Permission.OWN_ACCOUNT,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            Permission.OWN_ACCOUNT,
            Permission.VIEW_ORDERS,
            Permission.RETRY_ORDERS,
            Permission.VIEW_HEALTH,
            Permission.PROVE_COMPLETENESS,
        }
    ),
}


class NotPermitted(Exception):
    """The viewer's role does not allow it; the text says what, in one line."""


@dataclass(frozen=True, slots=True)
class StoreName:
    """A store, as messages and pages name it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a person, or a program with a person's token. `store_ids` None means every store.

    `token_id`: the token that a program came with; None for a person.
    """

    name: str
    role: Role
    store_ids: frozenset[int] | None
    withheld: frozenset[Permission] = frozenset()
    token_id: int | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the viewer's role allows it, in the stores that the viewer sees."""
        return permission in ALLOWED[self.role] and permission not in self.withheld

    def sees_store(self, store_id: int) -> bool:
        """Whether the store is one of the viewer's."""
        return self.store_ids is None or store_id in self.store_ids

    def stores(self) -> QuerySet[Store]:
        """The viewer's stores, by name."""
        stores = Store.objects.order_by("name")
        return stores if self.store_ids is None else stores.filter(pk__in=self.store_ids)


def require(viewer: Viewer, permission: Permission) -> None:
    """Raise NotPermitted unless the viewer may."""
    if not viewer.may(permission):
        raise NotPermitted(
            f"The role {viewer.role.label} does not include {permission.replace('_', ' ').lower()}."
        )


def role_of(user: User) -> Role:
    """The user's role; a superuser is an admin."""
    return Role.ADMIN if user.is_superuser else Role(user.role)


def viewer_of_user(user: User) -> Viewer:
    """A person who signed in. An admin sees every store, the others only the ones given to them."""
    return Viewer(name=user.get_username(), role=role_of(user), store_ids=_store_ids_of(user))


def viewer_of_token(token: ApiToken) -> Viewer:
    """A program. Its role and its stores never reach further than its user's do now."""
    role = Role(token.role)
    # Asked anew with each request: who loses a role or a store takes it from their tokens at that
    # moment.
    named = frozenset(token.stores.values_list("pk", flat=True))
    granted = _store_ids_of(token.user)
    if not token.is_every_store:
        granted = named if granted is None else named & granted
    return Viewer(
        name=token.user.get_username(),
        role=role,
        store_ids=granted,
        # A token that was made by an admin who is a merchant now keeps its role and loses what a
        # merchant may not.
        withheld=ALLOWED[role] - ALLOWED[role_of(token.user)],
        token_id=token.pk,
    )


def _store_ids_of(user: User) -> frozenset[int] | None:
    if role_of(user) == Role.ADMIN:
        return None
    return frozenset(user.stores.values_list("pk", flat=True))


def scope_amazon_orders(viewer: Viewer, orders: QuerySet[AmazonOrder]) -> QuerySet[AmazonOrder]:
    """The Amazon orders of the viewer's stores."""
    return orders if viewer.store_ids is None else orders.filter(store_id__in=viewer.store_ids)


def scope_commerce_orders(viewer: Viewer, orders: QuerySet[Order]) -> QuerySet[Order]:
    """The Commerce orders that stand for an Amazon order of the viewer's stores.

    One whose Amazon order is gone (its store was deleted) belongs to no store: who sees every store sees it.
    """
    if viewer.store_ids is None:
        return orders
    return orders.filter(order_import__amazon_order__store_id__in=viewer.store_ids)
