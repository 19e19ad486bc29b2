"""A small shop for the tests of commerce: products, stock, drafts, and the invariants stock must keep."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from commerce import placement
from commerce.models import CommerceStore, Product, Reservation, Source, StockItem
from commerce.orders.drafts import LineDraft, OrderDraft
from commerce.stock import counts, verification

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CHANNEL = "amazon"
SHIPPING = Decimal("4.99")


def source(code: str = "main", *, priority: int = 100, is_enabled: bool = True) -> Source:
    made, _ = Source.objects.get_or_create(
        code=code, defaults={"name": code, "priority": priority, "is_enabled": is_enabled}
    )
    return made


def product(
    sku: str = "MUG-1", *, on_hand: int | None = None, manage_stock: bool = True, is_enabled: bool = True
) -> Product:
    """A product, with `on_hand` units at the source "main" unless that is None."""
    made = Product.objects.create(
        sku=sku,
        name=f"Name of {sku}",
        price=Decimal("12.50"),
        currency="USD",
        is_enabled=is_enabled,
        manage_stock=manage_stock,
        availability_changed_at=NOW - timedelta(days=1),
    )
    if on_hand is not None:
        stock_item(made, on_hand=on_hand)
    return made


def stock_item(of: Product, *, on_hand: int, at: Source | None = None) -> StockItem:
    """Stock that is there, and in the ledger."""
    at = at or source()
    with transaction.atomic():
        counts.take([counts.Count(of.pk, at.code, on_hand)], now=NOW - timedelta(days=1))
    Product.objects.filter(pk=of.pk).update(availability_changed_at=of.availability_changed_at)
    return StockItem.objects.get_or_create(product=of, source=at)[0]


def main_store() -> CommerceStore:
    store, _ = CommerceStore.objects.get_or_create(name="Main Store")
    return store


def line(
    of: Product, quantity: int = 1, *, reference: str = "L1", shipped: int = 0, canceled: int = 0
) -> LineDraft:
    return LineDraft(
        line_reference=reference,
        position=int(reference[1:]),
        product_id=of.pk,
        sku=of.sku,
        name=of.name,
        quantity=quantity,
        quantity_shipped=shipped,
        quantity_canceled=canceled,
        unit_price=Decimal("12.50"),
        row_total=Decimal("12.50") * quantity,
        shipping=Decimal(0),
        gift_wrap=Decimal(0),
        discount=Decimal(0),
        tax=Decimal("1.03") * quantity,
        other=Decimal(0),
    )


def totals(lines: Iterable[LineDraft]) -> dict[str, Decimal]:
    """What the lines add up to, with 4.99 shipping that stands on the order alone."""
    columns = {"items_total": "row_total", "gift_wrap_total": "gift_wrap", "discount_total": "discount"}
    columns |= {"tax_total": "tax", "other_total": "other"}
    sums = {
        total: sum((getattr(line, column) for line in lines), Decimal(0)) for total, column in columns.items()
    }
    sums["shipping_total"] = SHIPPING
    return {**sums, "grand_total": sum(sums.values(), Decimal(0))}


def draft(reference: str, *lines: LineDraft, **changes: object) -> OrderDraft:
    made = OrderDraft(
        channel_reference=reference,
        commerce_store_id=main_store().pk,
        number=reference,
        currency="USD",
        purchased_at=NOW - timedelta(hours=5),
        ship_by=NOW + timedelta(days=1),
        lines=lines,
    )
    return replace(made, **{**totals(lines), **changes})  # type: ignore[arg-type]


def place(*drafts: OrderDraft, now: datetime = NOW) -> placement.Placement:
    with transaction.atomic():
        return placement.place(channel=CHANNEL, drafts=drafts, now=now)


def quantities(of: Product, at: str = "main") -> tuple[int, int]:
    """(on_hand, reserved) of a product at a source."""
    item = StockItem.objects.get(product=of, source__code=at)
    return item.on_hand, item.reserved


def assert_stock_is_sound() -> None:
    """Reserved is the sum of the reservations and is there, but for a shortfall that was accepted."""
    sums = dict(Reservation.objects.order_by().values_list("stock_item").annotate(Sum("quantity")))
    for item in StockItem.objects.all():
        assert item.reserved == sums.get(item.pk, 0)
        assert 0 <= item.reserved <= item.on_hand + item.shortfall
        assert item.shortfall == max(0, item.reserved - item.on_hand)
    assert verification.verify() == []


def statements(context: CaptureQueriesContext) -> list[str]:
    """Without the transaction's own."""
    own = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
    return [query["sql"] for query in context.captured_queries if not query["sql"].startswith(own)]
