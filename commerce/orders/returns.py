"""Returned units go back into stock, at the source that a person names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from commerce.models import CreditMemoLine, Order, OrderLine, Source, StockItem
from commerce.orders import order_state
from commerce.stock import stock


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Units of an order line that came back."""

    order_id: int
    line: OrderLine
    units: int
    source_code: str
    document: str


def sources(codes: Collection[str]) -> dict[str, int]:
    """The ids of these sources, by code: at most 1 statement."""
    wanted = set(codes) - {""}
    return dict(Source.objects.filter(code__in=wanted).values_list("code", "pk")) if wanted else {}


def units_restocked(order_ids: Collection[int]) -> dict[int, int]:
    """Units that came back before, by order line's id: 1 statement."""
    rows = (
        CreditMemoLine.objects.filter(credit_memo__order__in=list(order_ids), restocked__gt=0)
        .order_by()
        .values_list("order_line_id")
        .annotate(units=Sum("restocked"))
    )
    return dict(rows)


def restock(
    returns: Sequence[Return], *, orders: Iterable[Order], now: datetime, by: str
) -> dict[int, tuple[int, int]]:
    """Put units back; gives units and source id by order line's id. None where stock is not managed.

    The orders are locked. Statements only where something came back.
    """
    if not returns:
        return {}
    known = sources({each.source_code for each in returns})
    # Before the lock: a row that is not there cannot be locked.
    _make_items(returns, known)
    taken: dict[int, tuple[int, int]] = {}
    for channel, of_channel in order_state.by_channel(orders).items():
        references = {order.pk: order.channel_reference for order in of_channel}
        mine = [each for each in returns if each.order_id in references]
        working = stock.lock(
            channel=channel, channel_references=(), product_ids={each.line.product_id for each in mine}
        )
        for each in mine:
            source_id = known[each.source_code]
            units = working.restock(
                channel_reference=references[each.order_id],
                line_reference=each.line.line_reference,
                product_id=each.line.product_id,
                source_id=source_id,
                quantity=each.units,
                document=each.document,
            )
            if units:
                taken[each.line.pk] = units, source_id
        working.save(now, by=by)
    return taken


def take_back(returns: Sequence[Return], *, order: Order, now: datetime, by: str) -> list[Return]:
    """Take units out of stock again that were put there and never came back; gives those of which not all
    are free: then nothing is written. The order is locked; `source_code` is where each was put.
    """
    known = sources({each.source_code for each in returns})
    working = stock.lock(
        channel=order.channel,
        channel_references=(),
        product_ids={each.line.product_id for each in returns},
    )
    promised = [
        each
        for each in returns
        if each.units
        > working.take_back(
            channel_reference=order.channel_reference,
            line_reference=each.line.line_reference,
            product_id=each.line.product_id,
            source_id=known[each.source_code],
            quantity=each.units,
            document=each.document,
        )
    ]
    # All or nothing: stock that is promised to somebody by now stays, and the refund is voided without
    # it.
    if not promised:
        working.save(now, by=by)
    return promised


def _make_items(returns: Iterable[Return], known: Mapping[str, int]) -> None:
    """What comes back may never have been at that source."""
    wanted = sorted({(each.line.product_id, known[each.source_code]) for each in returns})
    StockItem.objects.bulk_create(
        [StockItem(product_id=product_id, source_id=source_id) for product_id, source_id in wanted],
        ignore_conflicts=True,
    )
