"""People, and programs with a person's token."""

import itertools
from collections.abc import Iterable
from typing import Any

from amazon_orders.models import Store
from integration.access import Viewer
from integration.models import Role, User

_numbers = itertools.count(1)
PASSWORD = "a-long-password-for-tests"  # noqa: S105 - of a throw-away database


def user(role: Role = Role.MERCHANT, stores: Iterable[Store] = (), **fields: Any) -> User:
    """A person with a role and stores."""
    made = User.objects.create_user(
        **{"username": f"{role}-{next(_numbers)}", "password": PASSWORD, "role": role, **fields}
    )
    made.stores.set(stores)
    return made


def admin() -> Viewer:
    """Sees everything."""
    return Viewer(name="admin", role=Role.ADMIN, store_ids=None)


def merchant(*stores: Store) -> Viewer:
    """Sees these stores, personal data included."""
    return Viewer(name="maria", role=Role.MERCHANT, store_ids=frozenset(store.pk for store in stores))


def operator(*stores: Store) -> Viewer:
    """Sees these stores without personal data."""
    return Viewer(name="otto", role=Role.OPERATOR, store_ids=frozenset(store.pk for store in stores))
