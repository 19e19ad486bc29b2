"""How a command ends: text for people or one JSON object, and an exit code that programs rely on.

    class Command(OutcomeCommand):
        def add_options(self, parser): ...
        def run(self, options) -> Outcome: ...

`run` returns an Outcome, or raises Refused (1), NotNow (75) or AuthorizationRefused (77). Wrong usage is 2,
which argparse sees to.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connection

from integration.installation import key_check, read_only


class ExitCode(IntEnum):
    """What the caller's shell is told; the numbers after 2 are those of sysexits.h."""

    DONE = 0
    REFUSED = 1
    WRONG_USAGE = 2
    NOT_NOW = 75
    AUTHORIZATION_REFUSED = 77


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What a command did: `text` for people, `document` for programs.

    A pass that did not do everything gives an exit code too, with `reason` as one line on stderr.
    """

    text: str
    document: Mapping[str, Any]
    exit_code: ExitCode = ExitCode.DONE
    reason: str = ""


class Stopped(CommandError):
    """The command ends here; the text is one line that says why."""

    exit_code = ExitCode.REFUSED

    def __init__(self, text: object, *, exit_code: ExitCode | None = None) -> None:
        super().__init__(" ".join(str(text).split()), returncode=exit_code or self.exit_code)


class Refused(Stopped):
    """A person has to ask for something else."""


class NotNow(Stopped):
    """Amazon is throttling or down, or another pass is at work: nothing is lost, run it again."""

    exit_code = ExitCode.NOT_NOW


class AuthorizationRefused(Stopped):
    """Amazon refuses the authorization of an account."""

    exit_code = ExitCode.AUTHORIZATION_REFUSED


class OutcomeCommand(BaseCommand, ABC):
    """A command with `--json` whose exit code is its outcome.

    It begins only on a database that answers, with keys that fit its data, and, where all it does is to speak
    to Amazon, not in read-only mode.
    """

    # A rotation begins with keys that do not fit yet.
    checks_keys = True
    speaks_to_amazon = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
        self.add_options(parser)

    def add_options(self, parser: CommandParser) -> None:
        """The command's own options."""

    @abstractmethod
    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        """Do it. Raises Refused, NotNow, AuthorizationRefused."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._require_what_is_needed()
            outcome = self.run(options)
        except CommandError as stopped:
            if options["json"]:
                self._write_json({"error": str(stopped)})
            raise
        # A bug: it flies, and whoever reads the last line still finds an object there.
        except Exception as bug:
            if options["json"]:
                self._write_json({"error": f"an error here ({type(bug).__name__})"})
            raise
        if options["json"]:
            self._write_json(outcome.document)
        elif outcome.text:
            self.stdout.write(outcome.text)
        if outcome.exit_code is not ExitCode.DONE:
            raise _STOPPED[outcome.exit_code](outcome.reason or outcome.text)

    def _require_what_is_needed(self) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as away:
            why = str(away).strip().partition("\n")[0]
            raise Refused(f"DATABASE_URL: the database cannot be reached ({why}).") from away
        if self.checks_keys:
            try:
                key_check.check_keys()
            except key_check.KeysDoNotFit as wrong:
                raise Refused(wrong) from wrong
        if self.speaks_to_amazon and (mode := read_only.find_mode()) is not None:
            raise Refused(mode.text)

    def _write_json(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False))


_STOPPED: Mapping[ExitCode, type[Stopped]] = {
    ExitCode.REFUSED: Refused,
    ExitCode.NOT_NOW: NotNow,
    ExitCode.AUTHORIZATION_REFUSED: AuthorizationRefused,
}
