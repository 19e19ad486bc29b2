"""What is owed, sent, refused per order: reads for pages and REST, a fixed number of statements each."""

from collections.abc import Collection
from dataclasses import dataclass, field

from commerce.models import Order
from integration.channel import CHANNEL
from integration.models import (
    Adjustment,
    AmazonsAnswer,
    Cancellation,
    ConfirmationState,
    ShipmentConfirmation,
    WishState,
)


@dataclass(slots=True)
class Outbox:
    """All of one order. `cancellation`: the last one, if any."""

    confirmations: list[ShipmentConfirmation] = field(default_factory=list)
    cancellation: Cancellation | None = None
    adjustments: list[Adjustment] = field(default_factory=list)

    @property
    def is_canceling(self) -> bool:
        """Whether Amazon has been asked to cancel it and has not answered."""
        wish = self.cancellation
        return wish is not None and wish.state in (WishState.OWED, WishState.SENT)

    @property
    def needs_a_person(self) -> bool:
        """Whether Amazon refused something, or shows something else, that nobody has settled."""
        bad = (ConfirmationState.REFUSED, ConfirmationState.DIFFERS)
        states: list[tuple[bool, AmazonsAnswer]] = [(row.state in bad, row) for row in self.confirmations]
        states += [(row.state == WishState.REFUSED, row) for row in self.adjustments]
        if self.cancellation is not None:
            states.append((self.cancellation.state == WishState.REFUSED, self.cancellation))
        return any(is_bad and row.settled_at is None for is_bad, row in states)


def of_numbers(amazon_order_numbers: Collection[str]) -> dict[str, Outbox]:
    """By Amazon's order number: an entry for each. Three statements."""
    found = {number: Outbox() for number in amazon_order_numbers}
    confirmations = ShipmentConfirmation.objects.filter(amazon_order_id__in=found)
    for confirmation in confirmations.select_related("shipment").order_by("pk"):
        found[confirmation.amazon_order_id].confirmations.append(confirmation)
    for cancellation in Cancellation.objects.filter(amazon_order_id__in=found).order_by("pk"):
        found[cancellation.amazon_order_id].cancellation = cancellation
    adjustments = Adjustment.objects.filter(amazon_order_id__in=found)
    for adjustment in adjustments.select_related("credit_memo").order_by("pk"):
        found[adjustment.amazon_order_id].adjustments.append(adjustment)
    return found


def of_orders(order_ids: Collection[int]) -> dict[int, Outbox]:
    """By Commerce order: an entry for each that came from Amazon. Four statements."""
    rows = Order.objects.filter(pk__in=order_ids, channel=CHANNEL)
    numbers = dict(rows.values_list("channel_reference", "pk"))
    return {numbers[number]: outbox for number, outbox in of_numbers(list(numbers)).items()}
