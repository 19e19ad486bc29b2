"""`rotate_keys`: seal everything anew with the first key of FIELD_ENCRYPTION_KEYS."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from integration.management.outcome import CommandOutcome, OutcomeCommand, Refused
from integration.privacy import key_rotation, search_rotation
from sealing import seal


class Command(OutcomeCommand):
    """After it, the other keys can be taken out."""

    # The check would stop it: with a new search key the canary does not fit until this has run.
    checks_keys = False

    help = "Seal everything anew with the first key of FIELD_ENCRYPTION_KEYS; the others can go afterward."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--search",
            action="store_true",
            help="hash names and addresses anew with a new SEARCH_HASH_KEY instead (stop web and workers)",
        )

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        try:
            done = search_rotation.rotate() if options["search"] else key_rotation.rotate()
        except seal.DecryptionError as closed:
            raise Refused(
                f"{closed}. Nothing that was done is lost; add the key and run it again."
            ) from closed
        verb = "hashed" if options["search"] else "sealed"
        lines = [f"{table}: {count} {verb} anew" for table, count in done.items()]
        return CommandOutcome(text="\n".join(lines), document={f"{verb}_anew": done})
