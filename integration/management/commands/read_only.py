"""`read_only`: whether this installation may speak to Amazon, and the switch for it."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from amazon_orders.models import Store
from integration.installation import read_only
from integration.installation.read_only import ReadOnlyMode
from integration.management.outcome import CommandOutcome, OutcomeCommand


class Command(OutcomeCommand):
    """Without a word it only tells."""

    help = "Tell whether read-only mode is on, or switch it: in it nothing is said to Amazon."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "switch",
            nargs="?",
            choices=("on", "off"),
            help="off: this installation speaks to Amazon from now on, and the database is its own",
        )

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        if options["switch"] == "on":
            read_only.switch_on(by="", now=timezone.now())
        elif options["switch"] == "off":
            read_only.switch_off(by="", now=timezone.now())
        mode = read_only.find_mode()
        stores = list(Store.objects.filter(is_active=True).values_list("name", flat=True))
        return CommandOutcome(text=_text(mode, stores), document=_document(mode, stores))


def _text(mode: ReadOnlyMode | None, stores: list[str]) -> str:
    if mode is not None:
        return mode.text
    named = ", ".join(stores) or "no store yet"
    return f"Read-only mode is off: this installation speaks to Amazon for {named}."


def _document(mode: ReadOnlyMode | None, stores: list[str]) -> dict[str, Any]:
    return {
        "read_only": mode is not None,
        "reason": mode.reason if mode else None,
        "since": mode.since if mode else None,
        "by": mode.by if mode else "",
        "installation_id": settings.INSTALLATION_ID,
        "stores": stores,
    }
