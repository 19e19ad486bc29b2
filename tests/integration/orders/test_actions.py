"""What a person does about orders: in one transaction, with its event, for those it makes sense for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amazon_orders.models import AmazonOrder
from integration.decision.policy import Reason
from integration.models import AddressCorrection, Lane, OrderImport, OrderRequest, TimelineEvent
from integration.orders import actions, details
from tests.factories import amazon, people

pytestmark = pytest.mark.django_db
NOW = amazon.NOW


def row(order: AmazonOrder) -> OrderImport:
    return OrderImport.objects.get(pk=order.pk)


def events(order: AmazonOrder) -> list[tuple[str, str]]:
    return list(TimelineEvent.objects.filter(order_import_id=order.pk).values_list("code", "actor"))


def test_a_retry_raises_the_version_and_says_who() -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    outcome = actions.retry(order_ids=[order.pk], by="maria", now=NOW)
    assert outcome == actions.ActionOutcome(done=(order.pk,), refused={})
    assert (row(order).version, row(order).judged_version) == (2, 1)
    assert events(order) == [("RETRY_REQUESTED", "maria")]


def test_a_batch_does_what_it_can_and_tells_why_it_left_the_rest_alone() -> None:
    shop = amazon.store()
    orders = {
        state: amazon.order(shop, state=state)
        for state in ("WAITING", "BLOCKED", "IMPORTED", "VIEW_ONLY", "SKIPPED", "CANCELED")
    }
    keys = [order.pk for order in orders.values()]
    with CaptureQueriesContext(connection) as asked:
        outcome = actions.retry(order_ids=keys, by="maria", now=NOW)
    assert outcome.done == (orders["WAITING"].pk, orders["BLOCKED"].pk)
    commerce_order = row(orders["IMPORTED"]).commerce_order
    assert commerce_order is not None
    assert outcome.refused == {
        orders["IMPORTED"].pk: f"The order is imported already, as Commerce order {commerce_order.number}.",
        orders["VIEW_ONLY"].pk: "The order is view only: import it instead.",
        orders["SKIPPED"].pk: "The order is skipped: end the skip instead.",
        orders["CANCELED"].pk: "The order is canceled at Amazon.",
    }
    statements = [query for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 4


def test_a_refresh_is_requested_of_an_active_store_alone() -> None:
    order, idle = amazon.order(amazon.store(), state="IMPORTED"), amazon.order(amazon.store(is_active=False))
    outcome = actions.refresh(order_ids=[order.pk, idle.pk], by="maria", now=NOW)
    wish = OrderRequest.objects.get()
    assert (wish.account_id, wish.amazon_order_id) == (order.store.account_id, order.amazon_order_id)
    assert (wish.lane, wish.why, wish.wanted_at, wish.wanted_by) == (Lane.PERSON, "PERSON", NOW, "maria")
    assert outcome.refused == {idle.pk: f"The store {idle.store.name} is inactive: activate it first."}


def test_a_view_only_order_is_imported_on_request_but_never_a_multi_channel_one() -> None:
    shop = amazon.store()
    order, other = amazon.order(shop, state="VIEW_ONLY"), amazon.order(shop, state="VIEW_ONLY")
    OrderImport.objects.filter(pk=other.pk).update(reason=Reason.MULTI_CHANNEL)
    outcome = actions.request_import(order_ids=[order.pk, other.pk], by="maria", now=NOW)
    assert (row(order).is_import_requested, row(other).is_import_requested) == (True, False)
    assert list(outcome.refused) == [other.pk]
    assert events(order) == [("IMPORT_REQUESTED", "maria")]


def test_a_skip_keeps_its_reason_and_its_end_until_it_is_ended() -> None:
    order = amazon.order(amazon.store(), state="BLOCKED")
    until = NOW + timedelta(days=3)
    actions.skip(order_ids=[order.pk], reason=" Sold out ", until=until, by="maria", now=NOW)
    skipped = row(order)
    assert (skipped.skip_reason, skipped.skipped_by, skipped.skipped_at, skipped.skip_until) == (
        "Sold out",
        "maria",
        NOW,
        until,
    )
    later = NOW + timedelta(hours=1)
    actions.unskip(order_ids=[order.pk], by="otto", now=later)
    assert (row(order).skip_until, row(order).version) == (later, 3)
    assert events(order) == [("SKIPPED", "maria"), ("SKIP_ENDED", "otto")]


@pytest.mark.parametrize("state", ["IMPORTED", "CANCELED", "VIEW_ONLY"])
def test_what_is_over_cannot_be_skipped(state: str) -> None:
    order = amazon.order(amazon.store(), state=state)
    outcome = actions.skip(order_ids=[order.pk], reason="x", until=None, by="maria", now=NOW)
    assert (outcome.done, list(outcome.refused)) == ((), [order.pk])
    assert row(order).skipped_at is None


@pytest.mark.parametrize(("reason", "until"), [("", None), ("x" * 201, None), ("x", NOW)])
def test_a_skip_that_makes_no_sense_is_refused(reason: str, until: object) -> None:
    with pytest.raises(actions.BadRequest):
        actions.skip(order_ids=[1], reason=reason, until=until, by="maria", now=NOW)  # type: ignore[arg-type]


def test_a_corrected_address_is_sealed_and_in_force_beside_amazons() -> None:
    order = amazon.order(
        amazon.store(), state="BLOCKED", address_gaps="street", personal={"address": {"city": "Springfield"}}
    )
    address = {
        "name": "Jane Invented",
        "line1": " 1 Way ",
        "city": "Springfield",
        "country": "US",
        "line2": "",
    }
    actions.correct_address(order_id=order.pk, address=address, by="maria", now=NOW)
    kept = AddressCorrection.objects.get()
    assert (kept.address_gaps, kept.corrected_by) == ("", "maria")
    assert b"Jane" not in bytes(kept.sealed)
    shown = details.find_order(viewer=people.admin(), amazon_order_id=order.amazon_order_id).address
    assert shown.amazon == {"city": "Springfield"}
    assert shown.in_force == {
        "name": "Jane Invented",
        "line1": "1 Way",
        "city": "Springfield",
        "country": "US",
    }
    assert (row(order).version, events(order)) == (2, [("ADDRESS_CORRECTED", "maria")])
    again = actions.correct_address(order_id=order.pk, address={"city": "X"}, by="otto", now=NOW)
    assert again.done == (order.pk,)
    assert AddressCorrection.objects.get().address_gaps == "street,country"
    hidden = details.find_order(viewer=people.operator(order.store), amazon_order_id=order.amazon_order_id)
    assert (hidden.address.in_force, hidden.address.is_hidden) == (None, True)


def test_an_address_that_amazon_delivers_to_or_that_has_odd_parts_is_left_alone() -> None:
    order = amazon.order(amazon.store(), fulfilled_by="AMAZON")
    outcome = actions.correct_address(order_id=order.pk, address={"city": "X"}, by="m", now=NOW)
    assert list(outcome.refused) == [order.pk]
    assert AddressCorrection.objects.count() == 0
    with pytest.raises(actions.BadRequest):
        actions.correct_address(order_id=order.pk, address={"planet": "Mars"}, by="m", now=NOW)
