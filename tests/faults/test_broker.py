"""The broker is away: a request that wants to wake somebody is done all the same, and the row is the job."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from kombu import Connection

from config import broker
from integration import tasks
from integration.models import Role
from integration.people import users
from tests.factories import people as person
from tests.faults.conftest import sync
from tests.fixtures_shop import Shop, is_wanted_fresh
from tests.servers import free_port


def redis_that_is_down(folder: Path) -> Connection:
    url = f"redis://127.0.0.1:{free_port()}/0"
    return Connection(url, transport_options=broker.transport_options(url, folder))


def folder_that_is_gone(folder: Path) -> Connection:
    (folder / "queue").write_text("no folder")
    where = {"data_folder_in": str(folder / "queue"), "data_folder_out": str(folder / "queue")}
    return Connection("filesystem://", transport_options={**where, "control_folder": str(folder / "control")})


def folder_that_takes_nothing(folder: Path) -> Connection:
    where = {"data_folder_in": str(folder), "data_folder_out": str(folder / "missing")}
    return Connection("filesystem://", transport_options={**where, "control_folder": str(folder / "control")})


@pytest.mark.parametrize("away", [redis_that_is_down, folder_that_is_gone, folder_that_takes_nothing])
def test_a_request_is_done_although_its_message_cannot_be_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, away: Callable[[Path], Connection]
) -> None:
    order_id = shop.sell()
    sync()
    user = person.user(Role.MERCHANT, [shop.store])
    token = users.issue_token(user=user, role=Role.MERCHANT, stores=[shop.store], now=timezone.now())
    tried: list[str] = []

    def delay(**named: Any) -> None:
        tried.append("refresh")
        with away(tmp_path) as connection:
            options: dict[str, Any] = {"connection": connection, "retry": False}
            tasks.refresh_waiting.apply_async(kwargs=named, **options)

    monkeypatch.setattr(tasks.refresh_waiting, "delay", delay)
    client = Client(headers={"authorization": f"Bearer {token.text}"}, raise_request_exception=False)
    began = time.monotonic()
    answer = client.post(f"/api/v1/amazon-orders/{order_id}/refresh/")

    assert answer.status_code == 202, answer.content
    assert tried == ["refresh"]
    # Redis' own retries would take 7 seconds.
    assert time.monotonic() - began < 5
    assert is_wanted_fresh(order_id)
    # Nothing was lost with the message.
    assert sync().code == 0
    assert not is_wanted_fresh(order_id)
