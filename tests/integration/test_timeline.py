"""Events read as sentences, whatever their details."""

import pytest

from amazon_orders.models import AmazonOrder
from integration import timeline
from integration.timeline import EventCode
from tests.factories import amazon
from tests.factories.amazon import NOW


@pytest.mark.parametrize("code", EventCode)
def test_every_event_has_words_of_its_own_with_few_details(code: EventCode) -> None:
    # Waiting and view-only are said by their reason alone.
    words = timeline.words(code, {"text": "Because."})
    assert words
    assert words != code.replace("_", " ").capitalize()
    assert "{" not in words


def test_details_stand_in_the_sentence() -> None:
    assert timeline.words("IMPORTED", {"number": "1000042"}) == "Imported as Commerce order 1000042."
    # Text of Amazon's that looks like a placeholder is text.
    assert "{0.__class__}" in timeline.words("SKIPPED", {"reason": "{0.__class__}"})


def test_a_code_of_tomorrow_is_shown_as_it_is() -> None:
    assert timeline.words("LABEL_PRINTED", {}) == "Label printed"


@pytest.mark.django_db
def test_a_batch_of_events_is_kept_in_its_order() -> None:
    order: AmazonOrder = amazon.order(amazon.store())
    timeline.record_events(
        [
            timeline.event(order.pk, EventCode.SKIPPED, now=NOW, actor="maria", reason="Not ours"),
            timeline.event(order.pk, EventCode.SKIP_ENDED, now=NOW),
        ]
    )
    first, second = order.order_import.timeline.all()
    assert (first.code, first.actor, first.at, first.details) == (
        "SKIPPED",
        "maria",
        NOW,
        {"reason": "Not ours"},
    )
    assert (second.actor, second.details) == ("", {})
