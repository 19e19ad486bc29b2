"""A key for programs."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import IntegrityError
from django.utils import timezone

from integration.management.outcome import CommandOutcome, OutcomeCommand, Refused
from integration.models import Role, User
from integration.people import users


class Command(OutcomeCommand):
    help = "Make an API token, and its user if need be. The token is shown once."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the user's name; made with this role if new")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument(
            "--store",
            nargs="+",
            action="extend",
            default=[],
            metavar="N",
            help="only these stores; without it all there are now (an admin: all there will ever be)",
        )
        parser.add_argument("--expires-at", type=_moment, help="ISO time; without it the token stays valid")

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        role, now = Role(options["role"]), timezone.now()
        if not options["user"].strip():
            raise Refused("--user: a name is needed.")
        try:
            stores = users.stores_named(options["store"])
            user = User.objects.filter(username=options["user"]).first() or users.make_user(
                name=options["user"], role=role, stores=stores or users.every_store()
            )
            token = users.issue_token(
                user=user, role=role, stores=stores, now=now, expires_at=options["expires_at"], by=""
            )
        except (users.UnknownStore, users.ScopeTooWide) as refused:
            raise Refused(refused) from refused
        except IntegrityError as taken:
            raise Refused(f"The user {options['user']} was made by somebody else at this moment.") from taken
        reach = ", ".join(token.stores) or "every store"
        return CommandOutcome(
            text=f"Token of {user.get_username()} as {role.value}, for {reach} (shown once):\n{token.text}",
            document={
                "token": token.text,
                "user": user.get_username(),
                "role": role.value,
                "stores": list(token.stores) or None,
            },
        )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as broken:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO time") from broken
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
