"""`import_products FILE.csv [--strict]`: take over a product file."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from commerce.catalog import file_import
from commerce.catalog.file_import import Imported, Refused, UnreadableFile
from integration.people import audit
from integration.people.audit import AuditAction

# Who stands in the ledger of stock.
BY = "import_products"


class Command(BaseCommand):
    """Exit 0 when the good lines went in, 1 when the file was refused."""

    help = "Import products and stock from a CSV file; bad lines are named and left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--strict", action="store_true", help="refuse the whole file for one bad line")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as unreadable:
            reason = unreadable.strerror if isinstance(unreadable, OSError) else unreadable
            raise CommandError(f"{path} cannot be read: {reason}") from unreadable
        try:
            imported = self._import(path, content, strict=options["strict"])
        except UnreadableFile as unreadable:
            raise CommandError(f"{path}: {unreadable}") from unreadable
        except Refused as refused:
            self._print(Imported(0, 0, 0, refused.bad), as_json=options["json"])
            raise CommandError(f"{path}: {refused}") from refused
        self._print(imported, as_json=options["json"])

    def _import(self, path: Path, content: bytes, *, strict: bool) -> Imported:
        now = timezone.now()
        imported = file_import.import_file(content, now=now, by=BY, strict=strict)
        taken = imported.created + imported.updated + imported.unchanged
        details = {"kind": "products", "count": taken, "failed": len(imported.bad), "through": BY}
        audit.record_event(what=AuditAction.IMPORTED_FILE, by="", now=now, subject=path.name, details=details)
        return imported

    def _print(self, imported: Imported, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(imported)))
            return
        for bad in imported.bad:
            self.stdout.write(f"line {bad.line}: {bad.reason}")
        self.stdout.write(
            f"{imported.created} created, {imported.updated} updated, {imported.unchanged} unchanged, "
            f"{len(imported.bad)} bad"
        )
