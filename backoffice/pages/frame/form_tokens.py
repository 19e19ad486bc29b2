"""Tokens of forms: a double click does its work once."""

import secrets


def new_token() -> str:
    """A token of a form that is shown for the first time."""
    return secrets.token_urlsafe(16)
