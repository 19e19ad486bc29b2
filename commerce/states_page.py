"""Draws what docs/states.md says of a Commerce order, from the transition table."""

from collections.abc import Iterator

from commerce.statuses import OrderStatus
from commerce.transitions import STARTS, TABLE, Step

_HEAD = """## A Commerce order

A custom status is another name for Pending, Processing or On hold, never for an end.
"""


def render() -> str:
    """The part of the page."""
    return "\n".join([_HEAD, *_diagram(), "", *_table()]) + "\n"


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from (f'    state "{state.label}" as {state.value}' for state in OrderStatus)
    yield from (f"    [*] --> {state.value}: {how}" for state, how in STARTS)
    yield from (
        f"    {row.state.value} --> {row.to.value}: {row.step}" for row in TABLE if row.state != row.to
    )
    leaving = {row.state for row in TABLE if row.to != row.state and row.step is not Step.REOPEN}
    yield from (f"    {state.value} --> [*]" for state in OrderStatus if state not in leaving)
    yield "```"


def _table() -> Iterator[str]:
    yield "| state | is | becomes | when |"
    yield "|---|---|---|---|"
    yield from (f"| (new) | placed | {state.label} | {how} |" for state, how in STARTS)
    yield from (f"| {row.state.label} | {row.step} | {row.to.label} | {row.when} |" for row in TABLE)
