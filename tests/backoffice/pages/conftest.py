"""People who are signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from amazon_orders.models import Store
from integration.models import Role
from tests.factories import people

SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """A client of somebody with a role and stores."""

    def signed_in(role: Role = Role.ADMIN, *stores: Store) -> Client:
        client = Client()
        user = people.user(role, stores)
        client.post("/accounts/login/", {"login": user.username, "password": people.PASSWORD})
        return client

    return signed_in
