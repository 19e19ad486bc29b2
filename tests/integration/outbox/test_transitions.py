"""The tables that docs/states.md is drawn from name the states that there are."""

from pathlib import Path

import pytest

from integration.management.commands import states_page
from integration.models import ConfirmationState, FeedRequestState, FeedState
from integration.outbox import transitions

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("table", "states"),
    [
        (transitions.CONFIRMATION, ConfirmationState),
        (transitions.FEED, FeedState),
        (transitions.WISH, FeedRequestState),
    ],
)
def test_a_table_names_every_state(table: list[transitions.Row], states: type[ConfirmationState]) -> None:
    assert {row.to for row in table} == set(states.values)
    assert {row.state for row in table} <= {"", *states.values}


def test_the_page_is_drawn_from_the_tables() -> None:
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == states_page.render()
