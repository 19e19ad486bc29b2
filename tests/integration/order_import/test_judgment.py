"""A judgment counts only if nothing new came meanwhile; what it finds is written as a difference."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder
from integration.decision.blockers.finding import Finding
from integration.decision.policy import Action, Decision
from integration.models import Blocker, OrderImport
from integration.order_import import gather, judgment
from integration.order_import.judgment import Judgment, JudgmentOutcome
from tests.factories import amazon
from tests.factories.amazon import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> AmazonOrder:
    made = amazon.order(amazon.store())
    OrderImport.objects.update(version=2)
    return made


def judged(order: AmazonOrder, decision: Decision) -> Judgment:
    (gathered,) = gather.gather([order.pk])
    return Judgment(gathered, decision)


def recorded(order: AmazonOrder, decision: Decision) -> OrderImport:
    one = judged(order, decision)
    with transaction.atomic():
        judgment.record_outcomes(
            [JudgmentOutcome(each, each.decision) for each in judgment.claim([one])], now=NOW
        )
    return OrderImport.objects.get(pk=order.pk)


def blocked(*findings: Finding) -> Decision:
    return Decision("BLOCKED", Action.KEEP, findings=findings)


def test_what_was_decided_is_written_with_the_version_it_was_decided_upon(order: AmazonOrder) -> None:
    row = recorded(order, Decision("WAITING", Action.KEEP, reason="UNKNOWN_STATUS", recheck_at=NOW))
    assert (row.state, row.reason, row.recheck_at) == ("WAITING", "UNKNOWN_STATUS", NOW)
    assert (row.version, row.judged_version, row.judged_at) == (2, 2, NOW)


@pytest.mark.parametrize(
    "changes", [{"version": 3}, {"judged_at": NOW, "judged_version": 2}, {"state": "BLOCKED"}]
)
def test_a_judgment_that_was_overtaken_is_void(order: AmazonOrder, changes: dict[str, Any]) -> None:
    OrderImport.objects.update(judged_at=None)
    one = judged(order, blocked(Finding("NO_ITEMS")))
    OrderImport.objects.update(**changes)
    with transaction.atomic():
        assert judgment.claim([one]) == []


def test_two_workers_that_judge_the_same_order_count_once(order: AmazonOrder) -> None:
    first, second = judged(order, blocked(Finding("NO_ITEMS"))), judged(order, blocked(Finding("NO_ITEMS")))
    with transaction.atomic():
        judgment.record_outcomes(
            [JudgmentOutcome(each, each.decision) for each in judgment.claim([first])], now=NOW
        )
    with transaction.atomic():
        assert judgment.claim([second]) == []
    assert Blocker.objects.count() == 1


def test_blockers_are_opened_kept_changed_and_closed(order: AmazonOrder) -> None:
    recorded(order, blocked(Finding("NO_ITEMS"), Finding("OUT_OF_STOCK", "L1", details={"needed": 2})))
    kept = Blocker.objects.get(code="OUT_OF_STOCK")
    recorded(
        order,
        blocked(
            Finding("OUT_OF_STOCK", "L1", details={"needed": 1}),
            Finding("OUT_OF_STOCK", "L2"),
            Finding("ADDRESS_INCOMPLETE"),
        ),
    )
    rows = Blocker.objects.order_by("pk").values_list("code", "line_reference", "closed_at", "details")
    assert list(rows) == [
        ("NO_ITEMS", None, NOW, {}),
        ("OUT_OF_STOCK", "L1", None, {"needed": 1}),
        ("OUT_OF_STOCK", "L2", None, {}),
        ("ADDRESS_INCOMPLETE", None, None, {}),
    ]
    assert Blocker.objects.get(pk=kept.pk).opened_at == kept.opened_at
    recorded(order, Decision("CANCELED", Action.RELEASE))
    assert not Blocker.objects.filter(closed_at=None).exists()


def test_the_same_again_is_no_event(order: AmazonOrder) -> None:
    for _ in range(2):
        recorded(order, blocked(Finding("NO_ITEMS")))
    for _ in range(2):
        recorded(order, Decision("VIEW_ONLY", Action.RELEASE, reason="IMPORT_DISABLED"))
    codes = [event.code for event in order.order_import.timeline.all()]
    assert codes == ["BLOCKED", "UNBLOCKED", "VIEW_ONLY"]


def test_a_batch_is_recorded_in_a_fixed_number_of_statements(order: AmazonOrder) -> None:
    orders = [order, *(amazon.order(order.store) for _ in range(9))]
    decision = blocked(Finding("NO_ITEMS"), Finding("OUT_OF_STOCK", "L1"))

    def statements(count: int) -> int:
        judgments = [Judgment(each, decision) for each in gather.gather([each.pk for each in orders[:count]])]
        with transaction.atomic():
            claimed = judgment.claim(judgments)
            with CaptureQueriesContext(connection) as context:
                judgment.record_outcomes([JudgmentOutcome(each, decision) for each in claimed], now=NOW)
            transaction.set_rollback(True)
        assert len(claimed) == count
        return len([each for each in context.captured_queries if "SAVEPOINT" not in each["sql"]])

    assert statements(1) == statements(10) <= 6
