"""What can be wrong inside a page of good orders."""

from datetime import timedelta
from typing import Any

from sandbox.clock import iso
from sandbox.datasets import project
from sandbox.faults import Fault
from sandbox.versions import OrderVersion
from sandbox.wire import dumps
from sandbox.world import World

_MALFORMED: dict[str, Any] = {
    "orderId": "999-0000000-0000001",
    "createdTime": "yesterday",
    "lastUpdatedTime": "not a time",
    "salesChannel": {"channelName": "AMAZON"},
    "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
    "proceeds": {"grandTotal": {"amount": "twelve", "currencyCode": "USD"}},
    "orderItems": [{"quantityOrdered": "many"}],
}


def bodies(
    versions: list[OrderVersion], included: frozenset[str], fault: Fault | None, world: World
) -> list[bytes]:
    """The serialized orders of a page, as the fault would have them."""
    if fault is None or not versions:
        return [version.view(included) for version in versions]
    good = [version.view(included) for version in versions]
    if fault.kind == "malformed_order":
        # In the middle, so that orders before and after it must survive it.
        middle = len(good) // 2
        return [*good[:middle], dumps(_MALFORMED if fault.order is None else fault.order), *good[middle:]]
    if fault.kind == "broken_text":
        return [_broken(body) if one else body for body, one in zip(good, _hit(versions, fault), strict=True)]
    if fault.kind == "missing_order":
        return good[1:]
    if fault.kind == "older_order":
        return [_older(versions[0], included, world), *good[1:]]
    if fault.kind == "same_time_other_content":
        return [_other_content(versions[0], included), *good[1:]]
    return good


def _hit(versions: list[OrderVersion], fault: Fault) -> list[bool]:
    if fault.order_id is not None:
        return [version.order_id == fault.order_id for version in versions]
    return [number == len(versions) // 2 for number in range(len(versions))]


def _broken(body: bytes) -> bytes:
    """An escape that JSON does not know makes the whole answer no JSON, for one order's sake. Amazon's models
    say nothing of it: an order's texts come from sellers and buyers, and a writer may escape them wrongly."""
    return body.replace(b'"orderItemId":"', rb'"note":"\x41 5\" nail","orderItemId":"', 1)


def _older(version: OrderVersion, included: frozenset[str], world: World) -> bytes:
    """The version before this one, or this one an hour younger: a reader that lags behind."""
    earlier = world.earlier_version(version.order_id, version.seller_id)
    if earlier is not None and earlier.updated_at < version.updated_at:
        return earlier.view(included)
    document = version.document() | {"lastUpdatedTime": iso(version.updated_at - timedelta(hours=1))}
    return dumps(project(document, included))


def _other_content(version: OrderVersion, included: frozenset[str]) -> bytes:
    document = version.document()
    document["programs"] = [*document.get("programs", []), "PREMIUM"]
    return dumps(project(document, included))
