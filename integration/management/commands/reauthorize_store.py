"""Give a store's account a new refresh token from the command line."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from amazon_orders.models import Store
from integration import stores
from integration.management.commands.connect_store import document, stopped, token_from_environment
from integration.management.outcome import CommandOutcome, OutcomeCommand, Refused


class Command(OutcomeCommand):
    help = "Give the account of a store a new refresh token; the sync goes on where it stopped."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the store's name")
        parser.add_argument(
            "--refresh-token-env",
            required=True,
            metavar="VAR",
            help="the variable that holds the refresh token",
        )
        parser.add_argument(
            "--no-verify", action="store_true", help="do not ask Amazon whether it accepts the token"
        )

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        store = Store.objects.select_related("account").filter(name=options["name"].strip()).first()
        if store is None:
            known = ", ".join(repr(name) for name in Store.objects.values_list("name", flat=True)) or "none"
            raise Refused(f"There is no store {options['name']!r}; there is: {known}.")
        try:
            stores.reauthorize(
                store=store,
                refresh_token=token_from_environment(options["refresh_token_env"]),
                by="",
                now=timezone.now(),
                verify=not options["no_verify"],
            )
        except stores.StoreRefused as refused:
            raise stopped(refused) from refused
        return CommandOutcome(text=f"Store {store.name!r} is authorized again.", document=document(store))
