"""Amazon's own amounts, to the cent, in the order's currency and its digits."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from amazon_orders.models import AmazonOrder
from commerce.models import Order
from integration.catalog import matches
from sandbox.datasets import Json
from tests.fixtures_shop import Shop, commerce_order_of, state_of

TOTALS = (
    "items_total",
    "shipping_total",
    "gift_wrap_total",
    "discount_total",
    "tax_total",
    "other_total",
    "grand_total",
)


def money(amount: str, currency: str = "USD") -> Json:
    return {"amount": amount, "currencyCode": currency}


def breakdowns(currency: str = "USD", **amounts: str) -> list[Json]:
    """Of these types, e.g. ITEM="20.00"."""
    return [{"type": kind, "subtotal": money(amount, currency)} for kind, amount in amounts.items()]


def stating(order: dict[str, Any], *lines: dict[str, Any]) -> Any:
    """An edit that puts these proceeds into the order and its lines."""

    def edit(document: Json) -> None:
        document["proceeds"] = order
        for item, proceeds in zip(document["orderItems"], lines, strict=True):
            item["proceeds"] = proceeds

    return edit


def totals_of(order: Order) -> dict[str, Decimal]:
    """The totals that are not zero."""
    known = {name.removesuffix("_total"): getattr(order, name) for name in TOTALS}
    assert None not in known.values()
    return {name: value for name, value in known.items() if value}


def test_every_kind_of_amount_arrives_to_the_cent(shop: Shop) -> None:
    order_id = shop.sell(
        ("SKU-1", 2, "19.99"),
        ("SKU-1", 1, "5.01"),
        edit=stating(
            {
                "grandTotal": money("61.13"),
                "breakdowns": breakdowns(
                    ITEM="44.99",
                    SHIPPING="6.07",
                    GIFT_WRAP="3.99",
                    DISCOUNT="-4.50",
                    TAX="3.58",
                    DELIVERY_TIP="5.00",
                    COD_FEE="1.50",
                    OTHER="0.50",
                ),
            },
            {
                "proceedsTotal": money("45.30"),
                "breakdowns": breakdowns(
                    ITEM="39.98", SHIPPING="6.07", GIFT_WRAP="3.99", DISCOUNT="-4.50", TAX="3.23"
                ),
            },
            {"proceedsTotal": money("5.36"), "breakdowns": breakdowns(ITEM="5.01", TAX="0.35")},
        ),
    )
    shop.sync()

    order = commerce_order_of(order_id)
    assert totals_of(order) == {
        "items": Decimal("44.99"),
        "shipping": Decimal("6.07"),
        "gift_wrap": Decimal("3.99"),
        "discount": Decimal("-4.5"),
        "tax": Decimal("3.58"),
        "other": Decimal("7"),
        "grand": Decimal("61.13"),
    }
    first, second = order.lines.all()
    assert (first.unit_price, first.row_total) == (Decimal("19.99"), Decimal("39.98"))
    assert (first.shipping, first.gift_wrap) == (Decimal("6.07"), Decimal("3.99"))
    assert (first.discount, first.tax) == (Decimal("-4.50"), Decimal("3.23"))
    # A line that states some parts charges nothing for the others.
    assert (second.row_total, second.shipping, second.tax, second.other) == (
        Decimal("5.01"),
        Decimal(0),
        Decimal("0.35"),
        Decimal(0),
    )
    assert AmazonOrder.objects.get().total == Decimal("61.13")


def test_a_promotion_is_a_reduction_whichever_sign_amazon_writes(shop: Shop) -> None:
    def sell(item: str, discount: str, total: str) -> str:
        return shop.sell(
            ("SKU-1", 1, item),
            edit=stating(
                {"grandTotal": money(total), "breakdowns": breakdowns(ITEM=item, DISCOUNT=discount)},
                {"proceedsTotal": money(total), "breakdowns": breakdowns(ITEM=item, DISCOUNT=discount)},
            ),
        )

    negative, positive = sell("20.00", "-3.50", "16.50"), sell("20.00", "3.50", "16.50")
    charge = sell("20.00", "3.50", "23.50")  # only the sign as given adds up
    off_by_a_cent = sell("20.00", "3.50", "16.49")
    shop.sync()

    for order_id in (negative, positive, off_by_a_cent):
        order = commerce_order_of(order_id)
        assert (order.discount_total, order.lines.get().discount) == (Decimal("-3.50"), Decimal("-3.50"))
    assert commerce_order_of(charge).discount_total == Decimal("3.50")
    # A gap is kept as Amazon says it, and shown.
    assert commerce_order_of(off_by_a_cent).grand_total == Decimal("16.49")


def test_only_lines_or_only_a_total_or_only_unit_prices(shop: Shop) -> None:
    lines_only = shop.sell(
        ("SKU-1", 1, "7.00"),
        ("SKU-1", 1, "8.00"),
        edit=stating(
            {},
            {"breakdowns": breakdowns(ITEM="7.00", TAX="0.70")},
            {"breakdowns": breakdowns(ITEM="8.00", SHIPPING="1.05")},
        ),
    )
    line_totals = shop.sell(("SKU-1", 1, "7.00"), edit=stating({}, {"proceedsTotal": money("7.25")}))
    unit_prices = shop.sell(("SKU-1", 3, "1.10"), edit=stating({}, {}))
    shop.sync()

    assert totals_of(commerce_order_of(lines_only)) == {
        "items": Decimal("15"),
        "shipping": Decimal("1.05"),
        "tax": Decimal("0.7"),
        "grand": Decimal("16.75"),
    }
    assert totals_of(commerce_order_of(line_totals)) == {"items": Decimal("7.25"), "grand": Decimal("7.25")}
    assert totals_of(commerce_order_of(unit_prices)) == {"items": Decimal("3.3"), "grand": Decimal("3.3")}


def test_yen_have_no_decimals_and_a_packs_price_is_rounded_to_whole_yen(shop: Shop) -> None:
    matches.match(store=shop.store, seller_sku="PACK-3", sku="SKU-1", units=3, by="maria", now=timezone.now())

    def in_yen(document: Json) -> None:
        item = document["orderItems"][0]
        item["product"]["price"]["unitPrice"] = money("1000", "JPY")
        proceeds = {"proceedsTotal": money("1000", "JPY"), "breakdowns": breakdowns("JPY", ITEM="1000")}
        item["proceeds"] = proceeds
        document["proceeds"] = {
            "grandTotal": money("1000", "JPY"),
            "breakdowns": breakdowns("JPY", ITEM="1000"),
        }

    order_id = shop.sell(("PACK-3", 1, "10.00"), edit=in_yen)
    shop.sync()

    order = commerce_order_of(order_id)
    line = order.lines.get()
    assert (order.currency, totals_of(order)) == ("JPY", {"items": Decimal("1000"), "grand": Decimal("1000")})
    assert (line.quantity, line.unit_price, line.row_total) == (3, Decimal(333), Decimal(1000))


def test_amounts_are_verbatim_in_the_mirror(shop: Shop) -> None:
    order_id = shop.sell(
        ("SKU-1", 1, "10.00"),
        edit=stating(
            {"grandTotal": money("10.0"), "breakdowns": breakdowns(ITEM="10.00", SOMETHING_NEW="0.000")},
            {
                "proceedsTotal": money("10.0"),
                "breakdowns": [
                    {
                        "type": "ITEM",
                        "subtotal": money("10.00"),
                        "detailedBreakdowns": [{"subtype": "PRINCIPAL", "value": money("10.00")}],
                    }
                ],
            },
        ),
    )
    shop.sync()

    mirrored = AmazonOrder.objects.get(amazon_order_id=order_id)
    assert mirrored.proceeds == {
        "total": "10.0",
        "parts": [{"type": "ITEM", "amount": "10.00"}, {"type": "SOMETHING_NEW", "amount": "0.000"}],
    }
    assert mirrored.items.get().proceeds == {
        "total": "10.0",
        "parts": [{"type": "ITEM", "amount": "10.00", "details": [["PRINCIPAL", "10.00"]]}],
    }
    assert state_of(order_id) == "IMPORTED"
