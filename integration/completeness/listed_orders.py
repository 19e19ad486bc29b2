"""Amazon's list of orders, read. Pure.

Of the all-orders report four columns are read, all of them ASCII: who bought, what and for how much never
leaves the document.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from amazon_orders import marketplaces, reading

ORDER_ID, PURCHASED, UPDATED, CHANNEL = (
    "amazon-order-id",
    "purchase-date",
    "last-updated-date",
    "sales-channel",
)
LONGEST_ID = 64


SENTENCE_SHOWN = 200


class NotAList(ValueError):
    """A document that is no all-orders report: its heading lacks a column that we read."""


class Sentence(NotAList):
    """A document that holds no table, but a sentence of Amazon's, which the text quotes.

    A report of more than 30 days is answered so, with status DONE (models#2591).
    """


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """One order of a list. `marketplace_id` is empty where the list does not say where it was sold.

    `is_elsewhere`: it says that it was sold in no shop of Amazon's that we know, as multi-channel orders are.
    """

    amazon_order_id: str
    purchased_at: datetime
    last_updated_at: datetime
    marketplace_id: str
    is_elsewhere: bool = False

    @property
    def day(self) -> date:
        """The day (UTC) of its purchase."""
        return self.purchased_at.astimezone(UTC).date()


def read_report(lines: Iterable[str]) -> Iterator[ListedOrder]:
    """The rows of an all-orders report, one per item: an order may come several times.

    A row that says too little to be counted is passed over. Raises NotAList.
    """
    rows = iter(lines)
    first = next(rows, "")
    # By the names of the columns: Amazon adds columns, and puts them in another order by marketplace.
    heading = [name.strip().lower() for name in first.lstrip("\ufeff").split("\t")]
    try:
        places = [heading.index(name) for name in (ORDER_ID, PURCHASED, UPDATED, CHANNEL)]
    except ValueError:
        raise _no_list(first) from None
    # No CSV reader: Amazon's flat files know no quoting, so a quotation mark in a title is a character.
    for row in rows:
        listed = _row(row.split("\t"), places)
        if listed is not None:
            yield listed


def _no_list(first: str) -> NotAList:
    text = " ".join(first.lstrip("\ufeff").split())
    # A sentence has words and ends of its own; a heading has tabs, and other documents have signs.
    if "\t" not in first and text.count(" ") >= 2 and text.isprintable() and "<" not in text:
        return Sentence(f"Amazon's report holds a sentence instead of a table: {text[:SENTENCE_SHOWN]}")
    return NotAList("Amazon's report lacks a column that an all-orders report has.")


def _row(cells: list[str], places: list[int]) -> ListedOrder | None:
    try:
        amazon_order_id, purchased, updated, channel = (cells[place].strip() for place in places)
        purchased_at, updated_at = _moment(purchased), _moment(updated or purchased)
    except (IndexError, ValueError):
        return None
    if not amazon_order_id or len(amazon_order_id) > LONGEST_ID:
        return None
    marketplace_id = marketplaces.id_of_name(channel)
    # "Non-Amazon", "Non-Amazon US", "SI CA Prod Marketplace", or a shop of the region that we do not know.
    is_elsewhere = bool(channel) and not marketplace_id
    return ListedOrder(amazon_order_id, purchased_at, updated_at, marketplace_id, is_elsewhere)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_payload(payload: Any) -> ListedOrder | None:
    """An order of a search; None where it says too little to be counted."""
    try:
        order = reading.obj(payload, "order")
        purchased_at = reading.time(order.get("createdTime"), "createdTime")
        amazon_order_id = reading.identifier(order, "orderId")
    except reading.MalformedPayload:
        return None
    try:
        updated_at = reading.time(order.get("lastUpdatedTime"), "lastUpdatedTime")
    except reading.MalformedPayload:
        updated_at = purchased_at
    channel = order.get("salesChannel")
    marketplace_id = channel.get("marketplaceId") if isinstance(channel, dict) else ""
    return ListedOrder(
        amazon_order_id, purchased_at, updated_at, marketplace_id if isinstance(marketplace_id, str) else ""
    )
