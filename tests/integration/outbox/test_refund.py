"""Refunding: the credit memo and what Amazon is to pay come together, or not at all."""

import pytest

from commerce.models import CreditMemo
from commerce.refunds.refund import Refund
from integration.models import Adjustment, FeedRequestState
from integration.outbox import refund
from tests.integration.outbox.owed import NOW, imported

pytestmark = pytest.mark.django_db


def test_a_refund_owes_its_components() -> None:
    order = imported("SKU-1")
    given = refund.refund_orders(
        refunds=[Refund(order_id=order.pk, reason="DAMAGED", is_full=True)],
        reason="CustomerReturn",
        by="maria",
        now=NOW,
    )
    owed = Adjustment.objects.get()
    assert owed.credit_memo == given[order.pk]
    assert owed.state == FeedRequestState.OWED
    assert owed.items == [
        {"order_item_id": order.lines.get().line_reference, "components": {"Principal": "24.98"}}
    ]


def test_a_refund_for_no_reason_of_amazons_is_none() -> None:
    order = imported("SKU-1")
    with pytest.raises(refund.CannotRefund):
        refund.refund_orders(
            refunds=[Refund(order_id=order.pk, reason="DAMAGED", is_full=True)],
            reason="BecauseISaySo",
            by="maria",
            now=NOW,
        )
    assert not CreditMemo.objects.exists()
