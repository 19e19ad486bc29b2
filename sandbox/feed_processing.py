"""What Amazon does with the messages of a feed, and the processing report it writes about it.

Cancellations, fulfillments and payment adjustments act on orders; a feed of another type does nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from sandbox import charged
from sandbox.datasets import Json
from sandbox.feed_refusals import BAD_AMOUNT, BAD_DOCUMENT, BAD_ORDER, BAD_STATE, Refused
from sandbox.feeds import Feed, PaidBack
from sandbox.fulfillment_feed import fulfill
from sandbox.lifecycle import cancel
from sandbox.versions import OrderVersion
from sandbox.world import World

CANCEL = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
FULFILL = "POST_ORDER_FULFILLMENT_DATA"
REFUND = "POST_PAYMENT_ADJUSTMENT_DATA"
CANCEL_REASONS = (
    "NoInventory",
    "ShippingAddressUndeliverable",
    "CustomerExchange",
    "BuyerCanceled",
    "GeneralAdjustment",
    "CarrierCreditDecision",
    "RiskAssessmentInformationNotValid",
    "CarrierCoverageFailure",
    "CustomerReturn",
    "MerchandiseNotReceived",
)


@dataclass(frozen=True)
class Refusal:
    message_id: int
    code: str
    text: str
    order_id: str


def process(world: World, feed: Feed, body: bytes, at: datetime) -> bytes:
    """Do what a feed says, message by message; gives the report. Nothing is done twice by one feed."""
    act = _ACTS.get(feed.feed_type)
    try:
        messages = list(_messages(body))
    except ElementTree.ParseError:
        broken = Refusal(0, BAD_DOCUMENT, "XML Parsing Fatal Error: the document cannot be read.", "")
        return _report(feed, 0, [broken])
    refusals: list[Refusal] = []
    # One feed at a time, as a whole: what is paid back is compared with what was paid before.
    with world.lock:
        for message_id, message in messages:
            try:
                if act is not None:
                    act(world, feed, message, at)
            except Refused as refused:
                order_id = message.findtext("AmazonOrderID") or ""
                refusals.append(Refusal(message_id, refused.code, str(refused), order_id))
    return _report(feed, len(messages), refusals)


def _messages(body: bytes) -> Iterator[tuple[int, Element]]:
    for message in ElementTree.fromstring(body).iter("Message"):  # noqa: S314  # our own documents
        content = next((child for child in message if child.tag != "MessageID"), None)
        if content is not None:
            yield int(message.findtext("MessageID") or 0), content


def _cancel(world: World, feed: Feed, message: Element, at: datetime) -> None:
    order = _order(world, feed, message)
    if message.findtext("StatusCode") != "Failure":
        return
    named = {
        item.findtext("AmazonOrderItemCode"): item.findtext("CancelReason") for item in message.iter("Item")
    }
    if order.fulfilled_by != "MERCHANT" or order.status != "UNSHIPPED":
        raise Refused(BAD_STATE, f"Order {order.order_id} cannot be canceled: it is {order.status}.")
    if set(named) != {item["orderItemId"] for item in order.document()["orderItems"]}:
        raise Refused(
            BAD_ORDER, f"The items of order {order.order_id} do not match: it is canceled as a whole."
        )
    if not set(named.values()) <= set(CANCEL_REASONS):
        raise Refused(BAD_DOCUMENT, "The CancelReason is not valid.")
    reason = next(iter(named.values())) or ""
    world.edit_order(
        order.order_id,
        lambda document: cancel(document, "MERCHANT", reason),
        at,
        seller_id=order.seller_id,
    )


def _fulfill(world: World, feed: Feed, message: Element, at: datetime) -> None:
    fulfill(world, _order(world, feed, message), message, at)


def _refund(world: World, feed: Feed, message: Element, at: datetime) -> None:
    order = _order(world, feed, message)
    items = {item["orderItemId"]: item for item in order.document()["orderItems"]}
    given: list[PaidBack] = []
    for adjusted in message.iter("AdjustedItem"):
        item_id = adjusted.findtext("AmazonOrderItemCode") or ""
        if item_id not in items:
            raise Refused(BAD_ORDER, f"Order {order.order_id} has no item {item_id}.")
        if not items[item_id].get("fulfillment", {}).get("quantityFulfilled"):
            raise Refused(BAD_STATE, f"Item {item_id} has not been shipped: there is nothing to adjust.")
        components = list(_components(order.order_id, item_id, adjusted, at))
        _require_at_most(world, items[item_id], components)
        given += components
    world.feeds.paid_back.extend(given)


def _components(order_id: str, item_id: str, adjusted: Element, at: datetime) -> Iterator[PaidBack]:
    for component in adjusted.iter("Component"):
        amount = component.find("Amount")
        try:
            value = Decimal((amount.text or "") if amount is not None else "")
        except InvalidOperation:
            raise Refused(BAD_DOCUMENT, "An Amount is no number.") from None
        yield PaidBack(
            order_id,
            item_id,
            adjusted.findtext("AdjustmentReason") or "",
            component.findtext("Type") or "",
            value,
            (amount.get("currency") or "") if amount is not None else "",
            at,
        )


def _require_at_most(world: World, item: Json, components: list[PaidBack]) -> None:
    for one in components:
        if one.currency != item.get("proceeds", {}).get("proceedsTotal", {}).get("currencyCode"):
            raise Refused(BAD_AMOUNT, f"The currency {one.currency} is not that of the order.")
        if one.amount <= 0:
            raise Refused(BAD_AMOUNT, "An adjustment is more than nothing.")
    if not components:
        raise Refused(BAD_DOCUMENT, "An adjusted item has no component.")
    before = world.feeds.paid_back_by_kind(components[0].order_id, components[0].order_item_id)
    if text := charged.beyond(item, [(one.kind, one.amount) for one in components], before):
        raise Refused(BAD_AMOUNT, text)


def _order(world: World, feed: Feed, message: Element) -> OrderVersion:
    order_id = message.findtext("AmazonOrderID") or ""
    order = world.order(order_id, feed.seller_id)
    if order is None:
        raise Refused(BAD_ORDER, f"The order {order_id} does not exist.")
    return order


_ACTS: Mapping[str, Callable[[World, Feed, Element, datetime], None]] = {
    CANCEL: _cancel,
    FULFILL: _fulfill,
    REFUND: _refund,
}


def _report(feed: Feed, processed: int, refusals: list[Refusal]) -> bytes:
    envelope = Element("AmazonEnvelope")
    header = SubElement(envelope, "Header")
    _text(header, "DocumentVersion", "1.02")
    _text(header, "MerchantIdentifier", feed.seller_id)
    _text(envelope, "MessageType", "ProcessingReport")
    message = SubElement(envelope, "Message")
    _text(message, "MessageID", "1")
    report = SubElement(message, "ProcessingReport")
    _text(report, "DocumentTransactionID", feed.feed_id)
    _text(report, "StatusCode", "Complete")
    summary = SubElement(report, "ProcessingSummary")
    failed = len({refusal.message_id for refusal in refusals})
    _text(summary, "MessagesProcessed", str(processed))
    _text(summary, "MessagesSuccessful", str(max(processed - failed, 0)))
    _text(summary, "MessagesWithError", str(failed))
    _text(summary, "MessagesWithWarning", "0")
    for refusal in refusals:
        result = SubElement(report, "Result")
        _text(result, "MessageID", str(refusal.message_id))
        _text(result, "ResultCode", "Error")
        _text(result, "ResultMessageCode", refusal.code)
        _text(result, "ResultDescription", refusal.text)
        if refusal.order_id:
            _text(SubElement(result, "AdditionalInfo"), "AmazonOrderID", refusal.order_id)
    written: bytes = ElementTree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return written


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
