"""The documents of feeds, in Amazon's XML: what is asked for, and the report that answers it. Pure.

Each request is one message with a number of its own; the report names the numbers it refuses.
Only a report that adds up is believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
LONGEST_WORDS = 400


class NotAReport(ValueError):
    """The document is no processing report, or does not add up."""


@dataclass(frozen=True, slots=True)
class OrderToCancel:
    """One message of an order acknowledgment feed."""

    message_id: int
    amazon_order_id: str
    item_ids: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class ItemToRefund:
    """One item of a payment adjustment; amounts as text, by Amazon's component."""

    order_item_id: str
    components: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrderToRefund:
    """One message of a payment adjustment feed; `reference` is ours, the same however often it is sent."""

    message_id: int
    amazon_order_id: str
    items: Sequence[ItemToRefund]
    reason: str
    currency: str
    reference: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Amazon's words about a message, and its code."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a feed: refusals by message number; 0 is about the feed as a whole."""

    processed: int
    refusals: Mapping[int, Refusal] = field(default_factory=dict)

    def refusal_of(self, message_id: int) -> Refusal | None:
        """Why this message came to nothing, if it did."""
        return self.refusals.get(message_id) or self.refusals.get(0)


def cancellations(seller_id: str, orders: Sequence[OrderToCancel]) -> bytes:
    """The document that cancels these orders: every item of each, for its reason."""
    envelope = _envelope(seller_id, "OrderAcknowledgement")
    for order in orders:
        body = _message(envelope, order.message_id, "OrderAcknowledgement")
        _text(body, "AmazonOrderID", order.amazon_order_id)
        # "Failure" with reasons is how an acknowledgment cancels; "Success" would accept the order.
        _text(body, "StatusCode", "Failure")
        for item_id in order.item_ids:
            item = SubElement(body, "Item")
            _text(item, "AmazonOrderItemCode", item_id)
            _text(item, "CancelReason", order.reason)
    return _written(envelope)


def adjustments(seller_id: str, orders: Sequence[OrderToRefund]) -> bytes:
    """The document that gives this money back."""
    envelope = _envelope(seller_id, "OrderAdjustment")
    for order in orders:
        body = _message(envelope, order.message_id, "OrderAdjustment")
        _text(body, "AmazonOrderID", order.amazon_order_id)
        for number, given in enumerate(order.items, 1):
            item = SubElement(body, "AdjustedItem")
            _text(item, "AmazonOrderItemCode", given.order_item_id)
            # For support only: Amazon does not use it to find doubles, so sending twice pays twice (ADR
            # 0024).
            _text(item, "MerchantAdjustmentItemID", f"{order.reference}-{number}")
            _text(item, "AdjustmentReason", order.reason)
            prices = SubElement(item, "ItemPriceAdjustments")
            for kind, amount in given.components.items():
                component = SubElement(prices, "Component")
                _text(component, "Type", kind)
                _text(component, "Amount", amount).set("currency", order.currency)
    return _written(envelope)


def read_report(text: str) -> Report:
    """Raises NotAReport: also where the counts and the refusals contradict each other."""
    # No entity, so no expansion and no file of ours: Amazon's reports have none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotAReport("Amazon's processing report holds what no report holds: not read.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # entities are refused above
    except ElementTree.ParseError:
        raise NotAReport("Amazon's processing report cannot be read.") from None
    report = root.find(".//ProcessingReport")
    # "Processing" and "Rejected" say nothing yet of single messages.
    if report is None or report.findtext("StatusCode") != "Complete":
        raise NotAReport("Amazon's processing report is not complete.")
    refusals: dict[int, Refusal] = {}
    for result in report.iter("Result"):
        # Warnings are results too, of messages that were accepted. Of several errors of one message the
        # first is kept.
        if result.findtext("ResultCode") == "Error":
            refusals.setdefault(_count(result, "MessageID"), _refusal(result))
    processed = _count(report, "ProcessingSummary/MessagesProcessed")
    failed = _count(report, "ProcessingSummary/MessagesWithError")
    # The report names only some messages. Read as "all accepted", it would mark money as paid that was
    # not.
    if failed > 0 and not refusals:
        raise NotAReport("Amazon's processing report says that messages failed, and not which.")
    return Report(processed, refusals)


def _refusal(result: Element) -> Refusal:
    words = " ".join((result.findtext("ResultDescription") or "").split())
    code = (result.findtext("ResultMessageCode") or "").strip()
    return Refusal((words or "Amazon refuses it without a word.")[:LONGEST_WORDS], code[:64])


def _count(element: Element, path: str) -> int:
    text = (element.findtext(path) or "").strip()
    # `isdigit` alone takes signs such as a superscript two, which `int` refuses.
    if not (text.isascii() and text.isdigit()):
        raise NotAReport("Amazon's processing report lacks a count.")
    return int(text)


def _envelope(seller_id: str, message_type: str) -> Element:
    envelope = Element("AmazonEnvelope", {f"{{{_XSI}}}noNamespaceSchemaLocation": "amzn-envelope.xsd"})
    header = SubElement(envelope, "Header")
    _text(header, "DocumentVersion", "1.01")
    _text(header, "MerchantIdentifier", seller_id)
    _text(envelope, "MessageType", message_type)
    return envelope


def _message(envelope: Element, message_id: int, name: str) -> Element:
    message = SubElement(envelope, "Message")
    _text(message, "MessageID", str(message_id))
    return SubElement(message, name)


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = text
    return element


def _written(envelope: Element) -> bytes:
    ElementTree.register_namespace("xsi", _XSI)
    written: bytes = ElementTree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return written
