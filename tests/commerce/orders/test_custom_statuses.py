"""A merchant's own names for the states of an order."""

import pytest
from django.db import transaction

from commerce.models import CustomStatus, Order
from commerce.orders import custom_statuses
from commerce.orders.custom_statuses import CannotSetStatus, StateTaken
from tests.commerce.orders.workshop import events, order
from tests.commerce.shop import NOW

pytestmark = pytest.mark.django_db


def test_a_status_is_made_at_its_first_use_and_fits_its_state() -> None:
    order_id = order(custom_status="Picking")
    assert CustomStatus.objects.get().state == "PROCESSING"
    custom_statuses.define(code="Stopped", label="Stopped by us", state="ON_HOLD")
    with pytest.raises(CannotSetStatus), transaction.atomic():
        custom_statuses.set_status(order_ids=[order_id], code="Stopped", now=NOW, by="maria")
    with pytest.raises(CannotSetStatus), transaction.atomic():
        custom_statuses.set_status(order_ids=[order_id], code="nowhere", now=NOW, by="maria")
    custom_statuses.define(code="Packing")
    with transaction.atomic():
        custom_statuses.set_status(order_ids=[order_id], code="Packing", now=NOW, by="maria")
        assert Order.objects.get().custom_status == "Packing"
        custom_statuses.set_status(order_ids=[order_id], code="", now=NOW, by="maria")
    assert Order.objects.get().custom_status == ""
    assert [details for _, _, details in events()] == [{"status": "Packing"}, {"status": "PROCESSING"}]
    assert [each.code for each in custom_statuses.choices("PROCESSING")] == ["Packing", "Picking"]


def test_a_status_that_stands_for_another_state_is_left_out_of_a_new_order() -> None:
    custom_statuses.define(code="Stopped", state="ON_HOLD")
    order(custom_status="Stopped")
    assert Order.objects.get().custom_status == ""


@pytest.mark.parametrize(
    ("code", "state"), [("Done", "COMPLETE"), ("on hold", "ON_HOLD"), ("Picking", "PENDING")]
)
def test_a_status_cannot_stand_for_an_end_bear_a_states_name_or_change_its_state(
    code: str, state: str
) -> None:
    custom_statuses.define(code="Picking")
    with pytest.raises(StateTaken):
        custom_statuses.define(code=code, state=state)
    assert custom_statuses.define(code="Picking", label="Being picked").label == "Being picked"
