"""`states_page`: draws docs/states.md from the transition tables, for `> docs/states.md`."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand

from commerce import states_page
from integration.outbox import transitions
from integration.outbox.transitions import Row

_HEAD = """# States

Drawn from the transition tables by `manage.py states_page > docs/states.md`; `make states` compares.
An order's is `commerce/transitions.py`."""
_TABLES: Sequence[tuple[str, str, Sequence[Row]]] = (
    (
        "The word about a parcel, owed to Amazon",
        "`integration.models.ShipmentConfirmation`, drawn from `integration/outbox/transitions.py`.",
        transitions.CONFIRMATION,
    ),
    (
        "A feed with cancellations or refunds",
        "`integration.models.FeedJob`: one document for several orders of an account.",
        transitions.FEED,
    ),
    (
        "A cancellation or a refund, owed to Amazon",
        "`integration.models.Cancellation` and `Adjustment`: each is a message of a feed.",
        transitions.WISH,
    ),
)


def render() -> str:
    """The whole page."""
    parts = [_HEAD, states_page.render().rstrip("\n")]
    for title, about, table in _TABLES:
        parts.append("\n".join([f"## {title}\n", about, "", *_diagram(table), "", *_lines(table)]))
    return "\n\n".join(parts) + "\n"


def _diagram(table: Sequence[Row]) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for before, after in dict.fromkeys((row.state, row.to) for row in table):
        yield f"    {before or '[*]'} --> {after}"
    leaving = {row.state for row in table}
    yield from (
        f"    {state} --> [*]" for state in dict.fromkeys(row.to for row in table) if state not in leaving
    )
    yield "```"


def _lines(table: Sequence[Row]) -> Iterator[str]:
    yield "| state | becomes | when |"
    yield "|---|---|---|"
    yield from (f"| {row.state or '(new)'} | {row.to} | {row.when} |" for row in table)


class Command(BaseCommand):
    """Prints the page."""

    help = "Draw docs/states.md from the transition tables."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(render(), ending="")
