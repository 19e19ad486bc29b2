"""`reconcile`: proof, per day, that nothing of a store is missing here."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from amazon_orders.models import Store
from integration.completeness import reconcile
from integration.completeness.reconcile import Report
from integration.management.outcome import (
    AuthorizationRefused,
    CommandOutcome,
    ExitCode,
    OutcomeCommand,
    Refused,
)
from integration.spapi.errors import ReadOnly, StoreMisconfigured

LONGEST_PERIOD_DAYS = 366


class Command(OutcomeCommand):
    """Compare Amazon's list of orders with ours and fetch what is missing."""

    speaks_to_amazon = True

    help = "Compare Amazon's own list of orders with ours, day by day (UTC), and fetch what is missing."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", metavar="N", required=True)
        parser.add_argument("--from", metavar="DATE", dest="first", type=_day, required=True)
        parser.add_argument("--to", metavar="DATE", dest="last", type=_day, required=True)

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        store = Store.objects.filter(name=options["store"]).first()
        if store is None:
            raise Refused(f"There is no store named {options['store']!r}.")
        first, last = options["first"], options["last"]
        if last < first:
            raise Refused(f"The period ends ({last}) before it begins ({first}).")
        if (last - first).days >= LONGEST_PERIOD_DAYS:
            raise Refused(f"The period is longer than {LONGEST_PERIOD_DAYS} days.")
        try:
            report = reconcile.reconcile_store(store=store, first=first, last=last, now=timezone.now())
        except StoreMisconfigured as refused:
            raise AuthorizationRefused(refused.text) from refused
        except ReadOnly as silent:
            raise Refused(silent.text) from silent
        code = ExitCode.NOT_NOW if report.problem else ExitCode.DONE
        return CommandOutcome(
            text=_text(report), document=_document(report), exit_code=code, reason=report.problem
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ArgumentTypeError(f"{text!r} is no date; write it like 2026-11-23") from wrong


def _document(report: Report) -> dict[str, Any]:
    return {
        "days": [
            {
                "date": day.isoformat(),
                "amazon": counted.amazon,
                "stored": counted.stored,
                "missing": counted.missing,
                "healed": counted.healed,
            }
            for day, counted in report.days.items()
        ]
    }


def _text(report: Report) -> str:
    lines = [
        f"{day}  Amazon {counted.amazon:5d}  stored {counted.stored:5d}"
        f"  missing {counted.missing:3d}  healed {counted.healed:3d}"
        for day, counted in report.days.items()
    ]
    return "\n".join(lines)
