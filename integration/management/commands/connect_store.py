"""Connect a store from the command line."""

import os
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from amazon_orders import marketplaces
from amazon_orders.models import Store
from integration import stores
from integration.management.outcome import (
    AuthorizationRefused,
    CommandOutcome,
    NotNow,
    OutcomeCommand,
    Refused,
)


class Command(OutcomeCommand):
    help = "Connect a store: one Amazon seller in one marketplace."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="what the store is called here")
        parser.add_argument("--seller-id", required=True, help="Amazon's id of the seller")
        parser.add_argument("--marketplace", required=True, help="a country code, e.g. US")
        parser.add_argument(
            "--refresh-token-env",
            required=True,
            metavar="VAR",
            help="the variable that holds the refresh token",
        )
        parser.add_argument(
            "--connected-at", type=moment, metavar="ISO", help="take in orders from here on (default: now)"
        )
        parser.add_argument("--commerce-store", help="the Commerce store orders go to (default: the first)")
        parser.add_argument(
            "--no-verify", action="store_true", help="do not ask Amazon whether it accepts the token"
        )

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        now = timezone.now()
        try:
            store = stores.connect(
                name=options["name"],
                seller_id=options["seller_id"],
                marketplace_code=options["marketplace"],
                refresh_token=token_from_environment(options["refresh_token_env"]),
                connected_at=options["connected_at"] or now,
                commerce_store_name=options["commerce_store"],
                by="",
                now=now,
                verify=not options["no_verify"],
            )
        except stores.StoreRefused as refused:
            raise stopped(refused) from refused
        code = marketplaces.by_id(store.marketplace_id).code
        return CommandOutcome(text=f"Store {store.name!r} is connected ({code}).", document=document(store))


def document(store: Store) -> dict[str, Any]:
    """The store as programs see it."""
    return {
        "id": store.pk,
        "name": store.name,
        "marketplace": marketplaces.by_id(store.marketplace_id).code,
        "seller_id": store.account.seller_id,
    }


def moment(text: str) -> datetime:
    """An ISO 8601 date (midnight) or time; UTC unless it says otherwise."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not an ISO 8601 date or time") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def token_from_environment(variable: str) -> str:
    """The value of the variable; the token itself never stands on a command line. Raises Refused."""
    # By its variable's name: every user of the machine sees the arguments of a process, and shells keep
    # them.
    token = os.environ.get(variable, "").strip()
    if not token:
        raise Refused(f"The environment variable {variable} is not set, or empty.")
    return token


def stopped(refused: stores.StoreRefused) -> Refused | NotNow | AuthorizationRefused:
    """How the command ends for a refusal."""
    if isinstance(refused, stores.AuthorizationRefused):
        return AuthorizationRefused(refused)
    if isinstance(refused, stores.AmazonUnavailable):
        return NotNow(f"{refused} --no-verify does not ask Amazon.")
    if isinstance(refused, stores.NotInReadOnlyMode):
        return Refused(f"{refused} --no-verify does not ask Amazon.")
    return Refused(refused)
