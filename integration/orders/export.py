"""All Orders as a table for spreadsheets: line by line, so that a million orders need no more room than five
hundred. People's names are in it only when asked for and allowed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from integration import access
from integration.access import Permission, Viewer
from integration.csv_cells import harmless
from integration.orders import order_list
from integration.orders.order_list import OrderFilter, OrderRow

CHUNK = 500
HEADING = (
    "Purchase Date (UTC)",
    "Amazon Order Number",
    "Commerce Order Number",
    "Store",
    "Status",
    "Import",
    "Fulfillment",
    "Prime",
    "Business",
    "Total",
    "Currency",
    "Ship By (UTC)",
    "Order Notes",
)
BUYER = "Buyer's Name"


def lines(
    *, viewer: Viewer, filters: OrderFilter, ordering: str, with_people: bool
) -> Iterator[tuple[str, ...]]:
    """The heading and a line per order, in the list's order; five statements for each CHUNK of them.

    Raises access.NotPermitted, with nothing given, where names are asked for and may not be seen.
    """
    # Here and not in the generator: a refusal must come before the first byte of the answer is sent.
    if with_people or filters.buyer:
        access.require(viewer, Permission.SEE_PERSONAL_DATA)
    return _lines(viewer, filters, ordering, with_people)


def _lines(
    viewer: Viewer, filters: OrderFilter, ordering: str, with_people: bool
) -> Iterator[tuple[str, ...]]:
    yield (*HEADING, BUYER) if with_people else HEADING
    cursor: str | None = ""
    while cursor is not None:
        page = order_list.page(
            viewer=viewer,
            filters=filters,
            ordering=ordering,
            cursor=cursor,
            size=CHUNK,
            with_people=with_people,
        )
        for row in page.rows:
            yield (*_cells(row), harmless(row.buyer_name or "")) if with_people else _cells(row)
        cursor = page.next_cursor


def _cells(row: OrderRow) -> tuple[str, ...]:
    return (
        _moment(row.purchased_at),
        harmless(row.amazon_order_id),
        harmless(row.commerce_number or ""),
        harmless(row.store_name),
        harmless(row.status),
        row.state,
        row.fulfillment,
        "yes" if row.is_prime else "",
        "yes" if row.is_business else "",
        "" if row.total is None else f"{row.total.normalize():f}",
        harmless(row.currency),
        _moment(row.latest_ship_at) if row.latest_ship_at else "",
        harmless(row.note),
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
