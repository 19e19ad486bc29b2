"""Keys that do not fit the data stop the start, with one line that names the variable."""

import base64

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from integration.installation import key_check
from integration.models import Installation
from tests.factories import amazon

pytestmark = pytest.mark.django_db
OTHER_KEY = base64.b64encode(b"another-key-another-key-another-").decode()


def test_the_first_start_remembers_the_keys_and_the_next_finds_them() -> None:
    key_check.require_fitting_keys()
    first = bytes(Installation.objects.get().sealed_canary)
    key_check.require_fitting_keys()
    assert bytes(Installation.objects.get().sealed_canary) == first


def test_another_encryption_key_stops_the_start(settings: Settings) -> None:
    key_check.require_fitting_keys()
    settings.FIELD_ENCRYPTION_KEYS = f"test:{OTHER_KEY}"
    with pytest.raises(SystemExit, match=r"^FIELD_ENCRYPTION_KEYS does not fit the data of this database"):
        key_check.require_fitting_keys()


def test_a_key_with_another_id_stops_the_start(settings: Settings) -> None:
    key_check.require_fitting_keys()
    settings.FIELD_ENCRYPTION_KEYS = f"new:{OTHER_KEY}"
    with pytest.raises(SystemExit, match=r"^FIELD_ENCRYPTION_KEYS"):
        key_check.require_fitting_keys()


def test_a_new_key_before_the_old_one_starts(settings: Settings) -> None:
    key_check.require_fitting_keys()
    settings.FIELD_ENCRYPTION_KEYS = f"new:{OTHER_KEY},{settings.FIELD_ENCRYPTION_KEYS}"
    key_check.require_fitting_keys()
    assert Installation.objects.count() == 1


def test_another_search_key_stops_the_start(settings: Settings) -> None:
    key_check.require_fitting_keys()
    settings.SEARCH_HASH_KEY = "another"
    with pytest.raises(SystemExit, match=r"^SEARCH_HASH_KEY does not fit the data of this database"):
        key_check.require_fitting_keys()


def test_a_command_remembers_the_keys_before_it_seals_anything(settings: Settings) -> None:
    call_command("api_token", "--user", "kim", "--role", "admin")
    settings.FIELD_ENCRYPTION_KEYS = f"new:{OTHER_KEY}"
    with pytest.raises(CommandError, match=r"^FIELD_ENCRYPTION_KEYS does not fit") as refused:
        call_command("sync", "--json")
    assert refused.value.returncode == 1


def test_keys_that_cannot_open_what_is_sealed_are_not_remembered(settings: Settings) -> None:
    amazon.store()
    settings.FIELD_ENCRYPTION_KEYS = f"new:{OTHER_KEY}"
    with pytest.raises(SystemExit, match=r"^FIELD_ENCRYPTION_KEYS does not fit"):
        key_check.require_fitting_keys()
    assert not Installation.objects.exists()
