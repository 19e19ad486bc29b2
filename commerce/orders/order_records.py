"""What belongs to orders beside their lines and parcels: invoice, credit memos, comments, history."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch

from commerce.models import CreditMemo, CreditMemoLine, Invoice, OrderComment, OrderEvent
from commerce.orders import comments
from commerce.orders.comments import Comment


@dataclass(slots=True)
class Records:
    """Of one order, the oldest first. `invoice.lines` and `credit_memo.lines` are read already."""

    invoice: Invoice | None = None
    credit_memos: list[CreditMemo] = field(default_factory=list)
    comments: Sequence[Comment] = ()
    events: list[OrderEvent] = field(default_factory=list)


def read_records(*, order_ids: Collection[int], with_comments: bool) -> dict[int, Records]:
    """The records of these orders: 6 statements, 5 where comments are not for the viewer to see.

    Raises sealing.seal.DecryptionError.
    """
    records: dict[int, Records] = {pk: Records() for pk in order_ids}
    for invoice in _invoices(order_ids):
        records[invoice.order_id].invoice = invoice
    contents = CreditMemoLine.objects.order_by("pk").select_related("order_line", "restocked_at")
    memos = CreditMemo.objects.filter(order_id__in=order_ids).order_by("pk")
    for memo in memos.prefetch_related(Prefetch("lines", contents)):
        records[memo.order_id].credit_memos.append(memo)
    for event in OrderEvent.objects.filter(order_id__in=order_ids).order_by("pk"):
        records[event.order_id].events.append(event)
    if with_comments:
        said: dict[int, list[OrderComment]] = defaultdict(list)
        for row in OrderComment.objects.filter(order_id__in=order_ids).order_by("pk"):
            said[row.order_id].append(row)
        for order_id, rows in said.items():
            records[order_id].comments = comments.opened(rows)
    return records


def invoice(*, order_id: int) -> Invoice | None:
    """The invoice of an order, for printing: its lines in order, its shop beside it. 2 statements."""
    return next(iter(_invoices([order_id])), None)


def credit_memo(*, number: str, commerce_store_id: int) -> CreditMemo | None:
    """A credit memo for printing. 2 statements."""
    contents = CreditMemoLine.objects.order_by("pk").select_related("order_line", "restocked_at")
    found = CreditMemo.objects.filter(number=number, commerce_store_id=commerce_store_id)
    return (
        found.select_related("order", "commerce_store").prefetch_related(Prefetch("lines", contents)).first()
    )


def _invoices(order_ids: Collection[int]) -> list[Invoice]:
    found = Invoice.objects.filter(order_id__in=order_ids).select_related("commerce_store")
    return list(found.prefetch_related("lines"))
