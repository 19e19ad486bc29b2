"""The words for failures: every kind has some, and the table reads from the top."""

import itertools

import pytest

from integration.models import FailureKind
from integration.spapi import failure_kinds
from integration.spapi.failure_kinds import Kind

OPERATIONS = (
    "searchOrders",
    "getOrder",
    "getMarketplaceParticipations",
    "createReport",
    "document",
    failure_kinds.SIGN_IN,
)


def test_rows_take_the_kinds_that_there_are() -> None:
    assert {kind.value for kind in Kind} == set(FailureKind.values)


@pytest.mark.parametrize(("operation", "kind"), list(itertools.product(OPERATIONS, Kind)))
def test_every_failure_has_words_for_what_it_means_and_what_comes_next(operation: str, kind: Kind) -> None:
    found = failure_kinds.meaning(operation=operation, status=500, kind=kind)
    assert found.means.endswith(".")
    assert found.next.endswith(".")
    assert found.means != "The call failed."


def test_a_kind_that_this_version_does_not_know_has_words_too() -> None:
    assert failure_kinds.meaning(operation="x", status=1, kind="NEW").means == "The call failed."


def test_the_same_failure_means_another_thing_for_another_operation() -> None:
    search = failure_kinds.meaning(operation="searchOrders", status=400, kind=Kind.REFUSED)
    single = failure_kinds.meaning(operation="getOrder", status=400, kind=Kind.REFUSED)
    sign_in = failure_kinds.meaning(operation=failure_kinds.SIGN_IN, status=400, kind=Kind.ACCESS_DENIED)
    assert "page token" in search.means
    assert "six hours" in single.next
    assert "Authorize the account again" in sign_in.next
