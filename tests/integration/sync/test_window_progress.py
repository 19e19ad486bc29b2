"""The estimate of a backlog: as good as what is known, and never better."""

from datetime import UTC, datetime, timedelta

from integration.sync import window_progress
from integration.sync.window_progress import Backlog, BacklogState, Search

AFTER = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
RATE = 0.0056


def search(*, pages: int, reached: timedelta | None) -> Search:
    return Search(
        after=AFTER,
        until=AFTER + timedelta(hours=10),
        pages=pages,
        reached_at=None if reached is None else AFTER + reached,
    )


def estimate(found: Search | None, *, is_answered: bool = True, tokens: float | None = 0.0) -> Backlog:
    rate = None if tokens is None else RATE
    return window_progress.estimate(search=found, is_answered=is_answered, tokens=tokens, rate=rate)


def test_without_a_window_there_is_none_or_nobody_knows() -> None:
    assert estimate(None).state == BacklogState.NONE
    assert estimate(None, is_answered=False).state == BacklogState.UNKNOWN


def test_half_of_the_time_covered_means_as_many_pages_again_each_at_amazons_rate() -> None:
    found = estimate(search(pages=12, reached=timedelta(hours=5)))
    assert (found.pages_read, found.pages_left) == (12, 12)
    assert found.ends_in == timedelta(seconds=round(12 / RATE))


def test_tokens_that_are_there_cost_no_time() -> None:
    found = estimate(search(pages=12, reached=timedelta(hours=5)), tokens=9.7)
    assert found.ends_in == timedelta(seconds=round(3 / RATE))
    assert estimate(search(pages=1, reached=timedelta(hours=9)), tokens=5).ends_in == timedelta(0)


def test_what_cannot_be_known_is_not_said() -> None:
    for unknown in (
        search(pages=0, reached=None),
        search(pages=5, reached=None),
        search(pages=5, reached=timedelta(0)),
        search(pages=5, reached=-timedelta(hours=1)),
    ):
        found = estimate(unknown)
        assert (found.state, found.pages_left, found.ends_in) == (BacklogState.UNDER_WAY, None, None)


def test_pages_may_be_known_and_the_time_not_while_amazon_does_not_answer() -> None:
    half = search(pages=4, reached=timedelta(hours=5))
    assert (estimate(half, is_answered=False).pages_left, estimate(half, is_answered=False).ends_in) == (
        4,
        None,
    )
    assert estimate(half, tokens=None).ends_in is None


def test_at_least_one_page_is_left_while_the_window_is_not_complete() -> None:
    assert estimate(search(pages=3, reached=timedelta(hours=11))).pages_left == 1
