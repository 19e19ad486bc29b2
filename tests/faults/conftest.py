"""Two sellers at one Amazon, and the command `sync` as a program sees it."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from amazon_orders.models import Store
from sandbox.faults import Fault
from tests.fixtures_shop import SECOND_SELLER, Shop


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, its JSON, and the one line it says when it stops."""

    code: int
    document: dict[str, Any]
    text: str

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(code, store) of what was not done."""
        return [(error["code"], error["store"]) for error in self.document["errors"]]


def sync(*arguments: str) -> Ran:
    """`sync --json`, in this process."""
    out, code, text = io.StringIO(), 0, ""
    try:
        call_command("sync", "--json", *arguments, stdout=out)
    except CommandError as stopped:
        code, text = stopped.returncode, str(stopped)
    return Ran(code, json.loads(out.getvalue().splitlines()[-1]), text)


def fault(shop: Shop, kind: str, operation: str | None = "searchOrders", **fields: Any) -> None:
    """Amazon's next answer is spoilt."""
    shop.amazon.faults.queue(Fault(kind, operation, **fields))


def calls(shop: Shop, operation: str) -> list[int]:
    """The statuses Amazon answered with, oldest first."""
    return [entry.status for entry in shop.amazon.log if entry.operation == operation]


@dataclass
class TwoSellers:
    """The shop of the first seller, and a store of a second one."""

    shop: Shop
    other: Store
    other_token: str


@pytest.fixture
def two_sellers(shop: Shop) -> TwoSellers:
    token = f"refresh-other-{datetime.now(UTC).timestamp()}"
    shop.amazon.add_seller(SECOND_SELLER, "Pier & Sons", ("US",), token)
    other = shop.connect("Pier US", "US", seller_id=SECOND_SELLER, refresh_token=token)
    shop.amazon.log.clear()
    return TwoSellers(shop, other, token)
