"""A client that speaks for a person's token."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings as SettingsWrapper

from amazon_orders.models import Store
from integration.models import Role
from integration.people import users
from tests.factories import amazon
from tests.factories import people as person

ClientOf = Callable[..., "Api"]


class Api:
    """Django's test client with a token and JSON bodies."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    def get(self, path: str, **parameters: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", parameters)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.generic(
            method.upper(), f"/api/v1/{path}", _json(body), content_type="application/json"
        )


def _json(body: Any) -> str:
    return "" if body is None else json.dumps(body)


@pytest.fixture(autouse=True)
def mounted(settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The API's addresses, an empty throttle, and a list of the rings of the alarm clock."""
    settings.ROOT_URLCONF = "tests.backoffice.api.urls"
    cache.clear()
    rings: list[str] = []
    monkeypatch.setattr("integration.tasks.wake", lambda: rings.append("wake"))
    monkeypatch.setattr("integration.tasks.wake_refresh", lambda: rings.append("wake_refresh"))
    monkeypatch.setattr("integration.tasks.wake_batches", lambda: rings.append("wake_batches"))
    return rings


@pytest.fixture
def as_role() -> ClientOf:
    """An API client of a role for these stores; an admin sees all."""

    def client(role: Role, *stores: Store) -> Api:
        user = person.user(role, stores)
        token = users.issue_token(user=user, role=role, stores=stores, now=amazon.NOW)
        return Api(token.text)

    return client


def names(rows: Iterable[dict[str, Any]], key: str) -> list[Any]:
    return [row[key] for row in rows]
