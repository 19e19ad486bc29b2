"""What Amazon's later word means for a Commerce order: totals are compared, so news twice is no news."""

import pytest

from integration.decision import follow_policy
from integration.decision.facts import CommerceLineFacts
from integration.decision.follow_policy import Following, ItemNow
from tests.factories.facts import commerce_line, commerce_order


def followed(
    item: ItemNow, line: CommerceLineFacts, *, status: str = "UNSHIPPED", ours: str = "PROCESSING"
) -> Following:
    return follow_policy.decide(status=status, items={"L1": item}, commerce=commerce_order(line, status=ours))


@pytest.mark.parametrize(
    ("item", "line", "expected"),
    [
        # ordered, shipped, canceled at Amazon; shipped, canceled with us
        (ItemNow(5, 0, 0), commerce_line(), Following()),
        (ItemNow(5, 2, 0), commerce_line(), Following(shipped={"L1": 2})),
        (ItemNow(5, 2, 0), commerce_line(shipped=2), Following()),
        # We have shipped more than Amazon knows: that is ours to tell it.
        (ItemNow(5, 1, 0), commerce_line(shipped=3), Following()),
        (ItemNow(5, 0, 2), commerce_line(), Following(canceled={"L1": 2})),
        (ItemNow(5, 0, 2), commerce_line(canceled=2), Following()),
        # Units canceled here too are not canceled twice.
        (ItemNow(5, 0, 1), commerce_line(canceled=3), Following()),
        # What has left cannot be canceled.
        (
            ItemNow(5, 0, 4),
            commerce_line(shipped=3),
            Following(canceled={"L1": 2}, canceled_though_shipped=2),
        ),
        (ItemNow(5, 3, 2), commerce_line(), Following(canceled={"L1": 2}, shipped={"L1": 3}, completes=True)),
        # A unit canceled here has not left, whatever Amazon says.
        (
            ItemNow(5, 5, 0),
            commerce_line(canceled=2),
            Following(shipped={"L1": 3}, shipped_though_canceled=2, completes=True),
        ),
        # What was shipped from here is complete once Amazon says so too.
        (ItemNow(5, 5, 0), commerce_line(shipped=5), Following(completes=True)),
        (ItemNow(5, 2, 0), commerce_line(shipped=5), Following()),
        (
            ItemNow(5, 1, 4),
            commerce_line(shipped=3, canceled=2),
            Following(canceled_though_shipped=2, completes=True),
        ),
        # Two units to an item.
        (
            ItemNow(3, 1, 1),
            commerce_line(quantity=6, units_per_item=2),
            Following(canceled={"L1": 2}, shipped={"L1": 2}),
        ),
        # The line was placed with fewer than ordered, because some were canceled before.
        (ItemNow(5, 0, 2), commerce_line(quantity=3), Following()),
        # An ordered quantity that grew is no business of a Commerce order.
        (ItemNow(9, 0, 0), commerce_line(), Following()),
    ],
)
def test_a_line(item: ItemNow, line: CommerceLineFacts, expected: Following) -> None:
    assert followed(item, line) == expected


def test_a_line_that_amazon_leaves_out_is_left_alone() -> None:
    assert follow_policy.decide(status="UNSHIPPED", items={}, commerce=commerce_order()) == Following()


@pytest.mark.parametrize("word", ["CANCELLED", "CANCELED"])
def test_a_canceled_order(word: str) -> None:
    item = ItemNow(5, 0, 5)
    assert followed(item, commerce_line(), status=word) == Following(cancels_order=True)
    assert followed(item, commerce_line(shipped=1), status=word) == Following(is_canceled_after_shipping=True)
    shipped = commerce_line(shipped=5)
    assert followed(item, shipped, status=word, ours="COMPLETE") == Following(is_canceled_after_shipping=True)
    for over in ("CANCELED", "CLOSED"):
        assert followed(item, commerce_line(), status=word, ours=over) == Following()


@pytest.mark.parametrize("over", ["CANCELED", "CLOSED"])
def test_an_order_that_is_over_follows_nothing(over: str) -> None:
    assert followed(ItemNow(5, 5, 0), commerce_line(), status="SHIPPED", ours=over) == Following()
