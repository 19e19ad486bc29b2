"""A database that was copied never talks for the real shop; a redeploy of the real one goes on talking.

Real processes, each with a folder of its own, at one Amazon that writes down every call.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.processes import Ended, database_url, environment, run
from tests.fixtures_shop import Shop

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
REFUSED = 1


@contextlib.contextmanager
def copy_of_the_database() -> Iterator[str]:
    """The URL of a copy of this very database, as a dump restored elsewhere is one."""
    # PostgreSQL copies no database that has sessions: those of processes killed before end a moment late.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()
    connection.creation.clone_test_db(suffix="copy", verbosity=0, autoclobber=True)
    copied = connection.creation.get_test_db_clone_settings("copy")["NAME"]
    try:
        yield f"{database_url().rpartition('/')[0]}/{copied}"
    finally:
        connection.creation.destroy_test_db(suffix="copy", verbosity=0)


def silent(shop: Shop, env: dict[str, str], *command: str) -> Ended:
    """A command that ends without a single call, for access tokens neither."""
    shop.amazon.log.clear()
    ended = run(env, *command)
    assert not shop.amazon.log
    return ended


def talking(shop: Shop, env: dict[str, str], *command: str) -> None:
    """A command that does its work with Amazon."""
    shop.amazon.log.clear()
    ended = run(env, *command)
    assert (ended.code, bool(shop.amazon.log)) == (0, True), ended.err


def test_a_copy_falls_silent_by_itself_and_the_real_one_goes_on(shop: Shop, tmp_path: Path) -> None:
    here = environment(shop, VAR_DIR=str(tmp_path / "real"))
    talking(shop, here, "sync")
    with copy_of_the_database() as copied:
        there = environment(shop, VAR_DIR=str(tmp_path / "copied"), DATABASE_URL=copied)

        refused = silent(shop, there, "sync", "--json")

        assert refused.code == REFUSED
        assert "belongs to another installation" in refused.document["error"]
        assert "read_only off" in refused.document["error"]
        # A stray process on the real database silences itself alone.
        assert silent(shop, {**there, "DATABASE_URL": database_url()}, "sync").code == REFUSED
        talking(shop, here, "sync")

        assert silent(shop, there, "read_only", "off").code == 0
        talking(shop, there, "sync")


def test_a_new_container_of_the_same_address_goes_on_talking(shop: Shop, tmp_path: Path) -> None:
    def container(name: str, hosts: str) -> dict[str, str]:
        production = {"DEPLOYMENT": "production", "ALLOWED_HOSTS": hosts}
        return environment(shop, VAR_DIR=str(tmp_path / name), **production)

    talking(shop, container("first", "orders.example,www.orders.example"), "sync")
    talking(shop, container("second", "www.orders.example,orders.example"), "sync")
    assert silent(shop, container("third", "staging.example"), "sync").code == REFUSED
