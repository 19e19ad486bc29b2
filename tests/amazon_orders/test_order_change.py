"""An ORDER_CHANGE message, read strictly where it matters and nowhere else."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amazon_orders import order_change
from amazon_orders.reading import MalformedPayload

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "amazon-models"
SCHEMA = MODELS / "schemas" / "notifications" / "OrderChangeNotification.json"
BODY: dict[str, Any] = {
    "NotificationType": "ORDER_CHANGE",
    "EventTime": "2026-11-20T12:00:00Z",
    "Payload": {
        "OrderChangeNotification": {
            "SellerId": "A1SELLER",
            "AmazonOrderId": "111-0000000-0000001",
            "OrderChangeType": "OrderStatusChange",
            "Summary": {"MarketplaceId": "ATVPDKIKX0DER", "DestinationPostalCode": "98109"},
        }
    },
    "NotificationMetadata": {"NotificationId": "n-1", "SubscriptionId": "s-1", "PublishTime": None},
}
CHANGE = ("Payload", "OrderChangeNotification")


def changed(*path: str, to: Any) -> str:
    body = copy.deepcopy(BODY)
    container = body
    for name in path[:-1]:
        container = container[name]
    container[path[-1]] = to
    return json.dumps(body)


def test_it_says_which_order_of_which_seller_and_nothing_personal() -> None:
    assert order_change.parse(json.dumps(BODY)) == order_change.OrderChange(
        notification_id="n-1",
        subscription_id="s-1",
        seller_id="A1SELLER",
        marketplace_id="ATVPDKIKX0DER",
        amazon_order_id="111-0000000-0000001",
        change_type="OrderStatusChange",
        published_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


@pytest.mark.skipif(not SCHEMA.is_file(), reason="Amazon's schemas are not beside the project")
def test_amazons_own_example_is_read() -> None:
    [example] = json.loads(SCHEMA.read_text(encoding="utf-8"))["examples"]
    found = order_change.parse(json.dumps(example))
    assert (found.seller_id, found.amazon_order_id) == ("A3TH9S8BH6GOGM", "903-8868176-2219830")
    assert found.notification_id == "d0e9e693-c3ad-4373-979f-ed4ec98dd746"


@pytest.mark.parametrize(
    "body",
    [
        changed(*CHANGE, "OrderChangeType", to="SomethingNew"),
        changed(*CHANGE, "OrderChangeType", to=None),
        changed(*CHANGE, "Summary", to={}),
        changed("EventTime", to=None),
    ],
)
def test_what_is_new_or_missing_where_it_does_not_matter_is_no_mistake(body: str) -> None:
    assert order_change.parse(body).amazon_order_id == "111-0000000-0000001"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "[" * 100_000,
        changed("NotificationType", to="ANY_OFFER_CHANGED"),
        changed("NotificationType", to=None),
        changed("NotificationMetadata", to=None),
        changed("NotificationMetadata", "NotificationId", to=""),
        changed("NotificationMetadata", "NotificationId", to="n" * 129),
        changed("Payload", to=[]),
        changed("Payload", "OrderChangeNotification", to=None),
        changed(*CHANGE, "SellerId", to={}),
        changed(*CHANGE, "AmazonOrderId", to=None),
        changed(*CHANGE, "AmazonOrderId", to="1" * 65),
        changed(*CHANGE, "Summary", to=None),
        changed("EventTime", to="yesterday"),
    ],
)
def test_what_cannot_be_acted_on_is_malformed_and_its_reason_tells_nothing_personal(body: str) -> None:
    with pytest.raises(MalformedPayload) as reason:
        order_change.parse(body)
    assert "98109" not in str(reason.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)
PATHS = (
    ("NotificationType",),
    ("EventTime",),
    ("Payload",),
    (*CHANGE,),
    (*CHANGE, "SellerId"),
    (*CHANGE, "AmazonOrderId"),
    (*CHANGE, "Summary"),
    (*CHANGE, "Summary", "MarketplaceId"),
    ("NotificationMetadata",),
    ("NotificationMetadata", "NotificationId"),
    ("NotificationMetadata", "PublishTime"),
)


@given(st.sampled_from(PATHS), JSON)
def test_anything_anywhere_is_read_or_malformed(path: tuple[str, ...], value: Any) -> None:
    try:
        found = order_change.parse(changed(*path, to=value))
    except MalformedPayload:
        return
    assert found.notification_id
    assert found.seller_id
    assert found.amazon_order_id
    assert "\x00" not in found.marketplace_id
