"""What counts as one account when wrong passwords are counted."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth import get_user_model
from django.http import HttpRequest


def account_name(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The user name behind what was typed: name and e-mail address share one count, in any spelling."""
    given = credentials or {}
    typed = str(
        given.get("username")
        or given.get("email")
        or request.POST.get("username")
        or request.POST.get("login", "")
    )
    # One person may sign in by either: with a count for each, a guesser would have twice the tries.
    if "@" in typed:
        user = get_user_model().objects.filter(email__iexact=typed).order_by("pk").first()
        typed = user.get_username() if user else typed
    return typed.casefold()[:255]


def client_address(request: HttpRequest) -> str:
    """The caller's address, behind as many proxies as TRUSTED_PROXIES says."""
    return str(get_adapter(request).get_client_ip(request))
