"""Money is given back: a credit memo here, paid to the buyer by Amazon, its answer read and shown."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from commerce.models import CreditMemo
from commerce.refunds.refund import LineRefund, Parts, Refund
from integration.messages import open_messages
from integration.models import Adjustment, AuditEntry, FeedJob
from integration.outbox import refund
from integration.outbox.refund import CannotRefund, CannotVoid
from sandbox.feeds import PaidBack
from tests.factories import people
from tests.fixtures_shop import Shop, commerce_order_of, events_of, line_id
from tests.journeys.workshop import asked, confirm, feed, give_back, later, paid, ship_here, sold

pytestmark = pytest.mark.django_db(transaction=True)


def shipped(shop: Shop, *lines: tuple[str | None, int, str]) -> str:
    number = sold(shop, *lines)
    order = commerce_order_of(number)
    if order.lines.count() == 1:
        ship_here(number)
        confirm(shop)
        later(shop)
        shop.sync()
    else:
        shop.ship_at_amazon(number, *(count for _, count, _ in lines))
        shop.sync()
    assert commerce_order_of(number).status == "COMPLETE"
    return number


def test_all_of_an_order_is_paid_back(shop: Shop) -> None:
    number = shipped(shop, ("SKU-1", 2, "10.00"))
    memo = give_back(number, is_full=True)
    feed(shop)
    assert Adjustment.objects.get().state == "DONE"
    assert sum(paid(shop).values()) == memo.total
    assert {one.reason for one in shop.amazon.world.feeds.paid_back} == {"CustomerReturn"}
    assert commerce_order_of(number).status == "CLOSED"
    assert {"REFUND_ASKED", "REFUND_ACCEPTED"} <= set(events_of(number))


def test_one_line_its_shipping_and_a_part_of_it(shop: Shop) -> None:
    number = shipped(shop, ("SKU-1", 1, "10.00"), ("SKU-1", 2, "5.00"))
    second = commerce_order_of(number).lines.get(line_reference=line_id(number, 2))
    give_back(number, lines=[LineRefund(line_id=second.pk, parts=Parts(items=Decimal("2.50")))])
    feed(shop)
    assert paid(shop) == {(line_id(number, 2), "Principal"): Decimal("2.50")}


def test_several_refunds_go_in_one_feed_and_one_may_be_refused(shop: Shop) -> None:
    good, bad = shipped(shop), shipped(shop)
    give_back(good, is_full=True)
    # Somebody paid the buyer back in Seller Central already.
    already = commerce_order_of(bad).lines.get().line_reference
    give_back(bad, is_full=True)
    pay_back_elsewhere(shop, bad, already)
    feed(shop)
    assert asked(shop, "createFeed") == 1
    states = dict(Adjustment.objects.values_list("amazon_order_id", "state"))
    assert states == {good: "DONE", bad: "REFUSED"}
    refused = Adjustment.objects.get(state="REFUSED")
    assert "exceeds" in refused.refusal
    assert "REFUND_REFUSED" in events_of(bad)


def pay_back_elsewhere(shop: Shop, number: str, item_id: str) -> None:
    item = next(each for each in shop.document(number)["orderItems"] if each["orderItemId"] == item_id)
    total = Decimal(item["proceeds"]["proceedsTotal"]["amount"])
    shop.amazon.world.feeds.paid_back.append(
        PaidBack(number, item_id, "CustomerReturn", "Principal", total, "USD", timezone.now())
    )


def test_never_more_than_was_charged(shop: Shop) -> None:
    number = shipped(shop)
    give_back(number, is_full=True)
    with pytest.raises(CannotRefund):
        give_back(number, is_full=True)
    assert Adjustment.objects.count() == 1


def test_a_refused_refund_is_sent_again_or_settled(shop: Shop) -> None:
    number = shipped(shop)
    memo = give_back(number, is_full=True)
    shop.amazon.faults.queue("fatal_feed", operation="createFeed")
    feed(shop)
    row = Adjustment.objects.get()
    assert row.state == "REFUSED"
    assert "Seller Central" in row.refusal
    assert refund.send_refund_again(credit_memo_ids=[memo.pk], now=timezone.now()) == 1
    feed(shop)
    assert Adjustment.objects.get().state == "DONE"
    assert sum(paid(shop).values()) == memo.total


def test_a_refused_refund_is_void_and_asked_for_no_more(shop: Shop) -> None:
    number = shipped(shop)
    memo = give_back(number, is_full=True)
    with pytest.raises(CannotVoid):
        void(memo)
    shop.amazon.faults.queue("fatal_feed", operation="createFeed")
    feed(shop)
    assert codes() == ["REFUND_REFUSED"]

    void(memo)

    assert codes() == []
    assert events_of(number)[-1] == "REFUND_VOIDED"
    entry = AuditEntry.objects.get(what="REFUND_VOIDED")
    assert (entry.subject, entry.by) == (number, "maria")
    assert commerce_order_of(number).status == "COMPLETE"
    assert refund.send_refund_again(credit_memo_ids=[memo.pk], now=timezone.now()) == 0
    feed(shop)
    assert paid(shop) == {}
    give_back(number, is_full=True)
    feed(shop)
    assert sum(paid(shop).values()) == memo.total


def test_what_was_paid_is_not_void(shop: Shop) -> None:
    memo = give_back(shipped(shop), is_full=True)
    feed(shop)
    with pytest.raises(CannotVoid):
        void(memo)
    Adjustment.objects.update(state="REFUSED", refusal="No.", settled_at=timezone.now())
    with pytest.raises(CannotVoid):
        void(memo)
    memo.refresh_from_db()
    assert memo.voided_at is None


def codes() -> list[str]:
    said = open_messages.open_messages(viewer=people.admin(), now=timezone.now())
    return [each.code for each in said if each.code.startswith("REFUND")]


def void(memo: CreditMemo) -> None:
    refund.void_refund(
        credit_memo_id=memo.pk, reason="AMAZON_REFUSES", takes_stock=False, by="maria", now=timezone.now()
    )


def test_money_is_never_paid_back_twice_for_a_lost_answer(shop: Shop) -> None:
    number = shipped(shop, ("SKU-1", 2, "10.00"))
    line = commerce_order_of(number).lines.get()
    give_back(number, lines=[LineRefund(line_id=line.pk, parts=Parts(items=Decimal("3.00")))])
    shop.amazon.faults.queue("lost_answer", operation="createFeed")
    feed(shop, times=6)
    assert Adjustment.objects.get().state == "DONE"
    assert list(paid(shop).values()) == [Decimal("3.00")]


def test_where_it_cannot_be_told_whether_amazon_has_it_a_person_decides(shop: Shop) -> None:
    number = shipped(shop, ("SKU-1", 2, "10.00"))
    give_back(number, is_full=True)
    shop.amazon.faults.queue("lost_answer", operation="createFeed")
    feed(shop, times=1)
    # Another program of the merchant's hands in refunds of its own at the same time.
    world = shop.amazon.world
    [ours] = world.feeds.all()
    world.feeds.add(replace(ours, feed_id=world.feeds.new_id()))
    feed(shop)
    assert FeedJob.objects.get().state == "FAILED"
    assert "Seller Central" in Adjustment.objects.get().refusal
    assert asked(shop, "createFeed") == 1


def test_no_order_of_amazons_gets_a_credit_memo_only(shop: Shop) -> None:
    number = shipped(shop)
    order = commerce_order_of(number)
    order.channel = "PHONE"
    order.save()
    refund.refund_orders(
        refunds=[Refund(order_id=order.pk, reason="DAMAGED", is_full=True)],
        reason="",
        by="maria",
        now=timezone.now(),
    )
    assert not Adjustment.objects.exists()
