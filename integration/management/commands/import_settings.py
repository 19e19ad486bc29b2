"""How a store's orders are imported."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from integration.management.outcome import CommandOutcome, OutcomeCommand, Refused
from integration.people import users
from integration.stores import store_settings

SWITCH = {"enabled": True, "disabled": False, "on": True, "off": False}
LABELS = {
    "import_amazon_orders": "Import Amazon Orders",
    "commerce_store": "Import Amazon Orders Into Commerce Store",
    "customer_creation": "Customer Creation",
    "order_number_source": "Order Number Source",
    "order_status": "Order Status",
    "reserve_pending": "Reserve Stock For Pending Orders",
}


class Command(OutcomeCommand):
    help = "Change the Order Settings of a store, and print the settings in force."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--store", required=True, metavar="N", help="the store's name")
        parser.add_argument("--import", dest="import_amazon_orders", choices=["enabled", "disabled"])
        parser.add_argument("--commerce-store", dest="commerce_store", metavar="C")
        parser.add_argument("--customer", dest="customer_creation", choices=["guest", "create"])
        parser.add_argument("--number-source", dest="order_number_source", choices=["commerce", "amazon"])
        parser.add_argument("--order-status", dest="order_status", metavar="STATUS|default")
        parser.add_argument("--reserve-pending", dest="reserve_pending", choices=["on", "off"])

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        changes = {name: options[name] for name in LABELS if options[name] is not None}
        for switch in ("import_amazon_orders", "reserve_pending"):
            if switch in changes:
                changes[switch] = SWITCH[changes[switch]]
        try:
            [store] = users.stores_named([options["store"]])
            settings = (
                store_settings.change(store_id=store.pk, changes=changes, by="", now=timezone.now())
                if changes
                else store_settings.read_store_settings(store_id=store.pk)
            )
        except (users.UnknownStore, store_settings.BadSetting) as refused:
            raise Refused(refused) from refused
        document = asdict(settings)
        lines = [f"{LABELS[name]}: {_shown(value)}" for name, value in document.items()]
        return CommandOutcome(
            text="\n".join([store.name, *lines]), document={"store": store.name, **document}
        )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "Enabled" if value else "Disabled"
    return str(value)
