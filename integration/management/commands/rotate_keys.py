"""`rotate_keys`: seal everything anew with the first key of FIELD_ENCRYPTION_KEYS."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from integration import key_rotation, search_rotation
from integration.management.outcome import Outcome, OutcomeCommand, Refused
from sealing import seal


class Command(OutcomeCommand):
    """After it, the other keys can be taken out."""

    checks_keys = False

    help = "Seal everything anew with the first key of FIELD_ENCRYPTION_KEYS; the others can go afterwards."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--search",
            action="store_true",
            help="hash names and addresses anew with a new SEARCH_HASH_KEY instead (stop web and workers)",
        )

    def run(self, options: Mapping[str, Any]) -> Outcome:
        try:
            done = search_rotation.rotate() if options["search"] else key_rotation.rotate()
        except seal.CannotOpen as closed:
            raise Refused(
                f"{closed}. Nothing that was done is lost; add the key and run it again."
            ) from closed
        verb = "hashed" if options["search"] else "sealed"
        lines = [f"{table}: {count} {verb} anew" for table, count in done.items()]
        return Outcome(text="\n".join(lines), document={f"{verb}_anew": done})
