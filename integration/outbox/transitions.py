"""How what is owed to Amazon moves on: the tables that docs/states.md is drawn from. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One transition; `state` is empty where a row begins."""

    state: str
    to: str
    when: str


CONFIRMATION: Sequence[Row] = (
    Row("", "OWED", "a parcel leaves"),
    Row("", "SENT", "a parcel leaves whose label Amazon made: it is only read back"),
    Row("OWED", "SENT", "just before Amazon is told, or when it goes into a feed"),
    Row("SENT", "OWED", "nothing was said to Amazon (quota, read-only mode, sign-in), or it never arrived"),
    Row("SENT", "CONFIRMED", "Amazon shows the parcel as it was shipped here"),
    Row("SENT", "DIFFERS", "Amazon shows something else, or nothing for a day"),
    Row("SENT", "REFUSED", "Amazon refuses it; or it is already fulfilled, and not by this parcel"),
    Row("DIFFERS", "CONFIRMED", "Amazon's data came right"),
    Row("DIFFERS", "REFUSED", "Amazon has canceled the order"),
    Row("DIFFERS", "OWED", "a person corrects it, or sends it again"),
    Row("REFUSED", "OWED", "a person corrects it, or sends it again"),
    Row("CONFIRMED", "OWED", "a person corrects it"),
    Row("CONFIRMED", "SENT", "a person corrects a parcel that is only read back"),
    Row("DIFFERS", "SENT", "a person corrects a parcel that is only read back, or has it looked for again"),
    Row("REFUSED", "SENT", "a person corrects a parcel that is only read back, or has it looked for again"),
)
FEED: Sequence[Row] = (
    Row("", "WANTED", "something is owed, and no feed waits to be handed in"),
    Row("WANTED", "UPLOADED", "its document lies at Amazon's"),
    Row("UPLOADED", "SUBMITTING", "just before it is handed in"),
    Row("SUBMITTING", "SUBMITTED", "Amazon has taken it; or it is found in Amazon's list"),
    Row("SUBMITTING", "UPLOADED", "nothing was said to Amazon"),
    Row("SUBMITTING", "WANTED", "Amazon refuses it, or does not list it after ten minutes"),
    Row("SUBMITTING", "FAILED", "it cannot be told which feed is ours, and it is about money"),
    Row("UPLOADED", "WANTED", "Amazon refuses the document"),
    Row("UPLOADED", "FAILED", "refused three times"),
    Row("WANTED", "FAILED", "refused three times"),
    Row("SUBMITTED", "DONE", "the report is read: each message is accepted or refused"),
    Row("SUBMITTED", "FAILED", "it was canceled or aborted, or the report does not add up"),
)
WISH: Sequence[Row] = (
    Row("", "OWED", "a person asks for it"),
    Row("OWED", "SENT", "it goes into a feed"),
    Row("SENT", "DONE", "Amazon accepts it: the Commerce order is canceled, the money is paid"),
    Row(
        "SENT", "REFUSED", "Amazon refuses it: the Commerce order goes on, the credit memo waits for a person"
    ),
    Row("REFUSED", "OWED", "a refund is sent again (a cancel that is asked for again is a new one)"),
)


def may(table: Sequence[Row], state: str, to: str) -> bool:
    """Whether the table has this transition."""
    return any((row.state, row.to) == (state, to) for row in table)
