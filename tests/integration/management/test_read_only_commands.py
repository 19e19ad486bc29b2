"""The commands in read-only mode, and the one that switches it."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from integration import (
    stores,
)
from tests.faults.conftest import sync
from tests.fixtures_shop import Shop
from tests.integration.installation.workshop import copy, switch_on


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync", "--json"),
        ("reconcile", "--store", "Harbor US", "--from", "2026-11-01", "--to", "2026-11-02", "--json"),
        ("connect_store", "--name", "CA", "--seller-id", "A1SELLER", "--marketplace", "CA")
        + ("--refresh-token-env", "TOKEN", "--json"),
        ("reauthorize_store", "--name", "Harbor US", "--refresh-token-env", "TOKEN", "--json"),
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize("turn", ["by hand", "copied"])
def test_commands_that_ask_amazon_refuse_with_one_line_that_says_how_it_ends(
    turn: str, arguments: tuple[str, ...], shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", shop.token)
    if turn == "copied":
        copy(settings)
    else:
        switch_on()
    shop.amazon.log.clear()
    out = io.StringIO()

    with pytest.raises(CommandError) as refused:
        call_command(*arguments, stdout=out)

    assert refused.value.returncode == 1
    assert "the command read_only off" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert json.loads(out.getvalue().splitlines()[-1]) == {"error": str(refused.value)}
    assert not shop.amazon.log


def test_without_verification_a_token_is_taken_in_read_only_mode_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on()
    monkeypatch.setenv("TOKEN", "another")
    shop.amazon.log.clear()
    command("reauthorize_store", "--name", "Harbor US", "--refresh-token-env", "TOKEN", "--no-verify")
    assert not shop.amazon.log
    with pytest.raises(stores.NotInReadOnlyMode):
        stores.reauthorize(store=shop.store, refresh_token="x", by="kim", now=timezone.now())


def test_the_command_tells_and_switches(shop: Shop, settings: Settings) -> None:
    assert "off: this installation speaks to Amazon for Harbor US." in command("read_only")
    assert "Read-only mode was switched on: nothing is said to Amazon" in command("read_only", "on")
    on = json.loads(command("read_only", "--json"))
    assert (on["read_only"], on["reason"], on["stores"]) == (True, "BY_HAND", ["Harbor US"])
    assert sync_refused()
    off = json.loads(command("read_only", "off", "--json"))
    assert off == {
        "read_only": False,
        "reason": None,
        "since": None,
        "by": "",
        "installation_id": settings.INSTALLATION_ID,
        "stores": ["Harbor US"],
    }
    assert sync().code == 0


def sync_refused() -> bool:
    """Whether `sync` refuses."""
    with pytest.raises(CommandError) as refused:
        call_command("sync")
    return bool(refused.value.returncode == 1)
