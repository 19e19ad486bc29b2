"""Comments are sealed, and go with the personal data."""

import pytest

from commerce.models import OrderComment
from commerce.orders import comments, order_records, personal_data
from tests.commerce.orders.workshop import order
from tests.commerce.shop import NOW

pytestmark = pytest.mark.django_db


def test_a_comment_is_sealed_and_emptied_when_the_order_is_purged() -> None:
    order_id = order()
    comments.add(order_id=order_id, text=" Mrs Miller called ", now=NOW, by="maria")
    assert b"Miller" not in bytes(OrderComment.objects.get().sealed or b"")
    [said] = order_records.read_records(order_ids=[order_id], with_comments=True)[order_id].comments
    assert (said.text, said.by, said.at) == ("Mrs Miller called", "maria", NOW)
    assert order_records.read_records(order_ids=[order_id], with_comments=False)[order_id].comments == ()
    personal_data.purge(order_ids=[order_id])
    [said] = order_records.read_records(order_ids=[order_id], with_comments=True)[order_id].comments
    assert (said.text, said.by) == (None, "maria")
    for bad in ("  \x00 ", "x" * 4001):
        with pytest.raises(comments.BadComment):
            comments.add(order_id=order_id, text=bad, now=NOW, by="maria")
