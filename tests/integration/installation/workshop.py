"""Installations in read-only mode: by hand, or because they are copies."""

from django.utils import timezone
from pytest_django import Settings

from integration.installation import key_check, read_only
from integration.spapi import auth

COPY = "a-copy"


def switch_on() -> None:
    read_only.switch_on(by="kim", now=timezone.now())


def copy(settings: Settings) -> None:
    """From now on we are another installation than the one whose database this is."""
    key_check.check_keys()
    settings.INSTALLATION_ID = COPY
    auth.TOKENS.clear()
