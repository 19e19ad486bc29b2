"""`verify_stock [--json]`: prove that stock is what its ledger and its reservations say."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commerce.models import StockItem
from commerce.stock import verification


class Command(BaseCommand):
    """Exit 0 when all books agree, 1 when not, with the differences named."""

    help = "Recompute on_hand and reserved of every stock item from the ledger and the reservations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verification.verify()
        count = StockItem.objects.count()
        if options["json"]:
            document = {"items": count, "differences": [asdict(each) for each in found]}
            self.stdout.write(json.dumps(document))
        else:
            for each in found:
                self.stdout.write(str(each))
            if not found:
                self.stdout.write(f"{count} stock items agree with their ledger and their reservations.")
        if found:
            raise CommandError(f"{len(found)} of {count} stock items disagree with their books")
