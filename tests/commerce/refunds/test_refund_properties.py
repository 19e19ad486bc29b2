"""What is given back of any order, in any order, until nothing is left: the credit memos are what Amazon is
asked to pay, charge by charge, and never more than Amazon would take.

The caps are those of the sandbox (`sandbox.charged`), computed from Amazon's document and not from our books.
"""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from amazon_orders import amounts as amazons
from commerce.refunds import amounts, buckets, line_amounts
from commerce.refunds.amounts import Charged, Share
from commerce.refunds.line_amounts import ChargedLine
from commerce.refunds.parts import NOTHING, SUMMED, Parts, sum_of
from integration.outbox import adjustment_items
from integration.outbox.adjustment_items import LineGivenBack
from sandbox import charged as caps

CENT = Decimal("0.01")
cents = st.integers(0, 5_000).map(lambda n: n * CENT)
Json = dict[str, Any]


def money(amount: Decimal) -> Json:
    return {"amount": str(amount), "currencyCode": "USD"}


def proceeds_of(item: Json) -> Json:
    """Amazon's amounts as they are kept (amazon_orders.records.Proceeds)."""
    stated = item["proceeds"]
    return {
        "total": stated["proceedsTotal"]["amount"],
        "parts": [
            {
                "type": part["type"],
                "amount": part["subtotal"]["amount"],
                "details": [
                    [each["subtype"], each["value"]["amount"]] for each in part.get("detailedBreakdowns", [])
                ],
            }
            for part in stated["breakdowns"]
        ],
    }


@st.composite
def items(draw: st.DrawFn, *, is_included: bool, is_positive: bool) -> tuple[Json, int]:
    """An item of Amazon's and its quantity."""
    price, shipping, wrap, cod = (draw(cents) for _ in range(4))
    discounts = {"ITEM": min(draw(cents), price), "SHIPPING": min(draw(cents), shipping)}
    taxed = {
        "ITEM": price - discounts["ITEM"],
        "SHIPPING": shipping - discounts["SHIPPING"],
        "GIFT_WRAP": wrap,
        "COD_FEE": cod,
    }
    rate = draw(st.sampled_from([Decimal(0), Decimal("0.0825"), Decimal("0.19")]))
    taxes = {kind: (amount * rate).quantize(CENT) for kind, amount in taxed.items()}
    parts = {"ITEM": price, "SHIPPING": shipping, "GIFT_WRAP": wrap, "COD_FEE": cod}
    off, tax = sum(discounts.values(), Decimal()), sum(taxes.values(), Decimal())
    total = sum(parts.values(), Decimal()) - off + (Decimal() if is_included else tax)
    breakdowns: list[Json] = [{"type": kind, "subtotal": money(amount)} for kind, amount in parts.items()]
    sign = 1 if is_positive else -1
    for kind, whole, details in (
        ("DISCOUNT", sign * off, {name: sign * each for name, each in discounts.items()}),
        ("TAX", tax, taxes),
    ):
        shares = [{"subtype": name, "value": money(each)} for name, each in details.items()]
        breakdowns.append({"type": kind, "subtotal": money(whole), "detailedBreakdowns": shares})
    item = {"proceeds": {"proceedsTotal": money(total), "breakdowns": breakdowns}}
    return item, draw(st.integers(1, 4))


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Json], Charged]:
    """Amazon's items, and the invoice that they become."""
    how = {"is_included": draw(st.booleans()), "is_positive": draw(st.booleans())}
    found = draw(st.lists(items(**how), min_size=1, max_size=3))
    documents = [item for item, _ in found]
    proceeds = [proceeds_of(item) for item in documents]
    gap = draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("1.65"), Decimal("-0.99")]))
    total = sum((Decimal(each["total"]) for each in proceeds), Decimal()) + gap
    stated = {"total": str(max(total, Decimal()))}
    lines = [amazons.Line(each, None, quantity) for each, (_, quantity) in zip(proceeds, found, strict=True)]
    of_order, per_line = amazons.of_order(stated, lines)
    return documents, Charged(
        currency="USD",
        total=of_order.total or Decimal(),
        parts=Parts(**{name: getattr(of_order, name) for name in SUMMED}),
        refunded=NOTHING,
        refunded_total=Decimal(),
        lines={
            number: ChargedLine(
                line_id=number,
                sku=f"SKU-{number}",
                quantity=quantity,
                canceled=0,
                refunded_units=0,
                charged=Parts(**{name: getattr(line, name) or Decimal() for name in Parts().by_name()}),
                refunded=NOTHING,
            )
            for number, (line, (_, quantity)) in enumerate(zip(per_line, found, strict=True))
        },
    )


def partly(draw: Any, charged: Charged) -> list[Share]:
    """Units of a line, or an amount that somebody says, within what is left."""
    line = charged.lines[draw(st.sampled_from(sorted(charged.lines)))]
    if line.units_left and draw(st.booleans()):
        units = draw(st.integers(1, line.units_left))
        parts = line_amounts.of_units(line, units, "USD")
        return amounts.within_order(charged, [Share(line_id=line.line_id, units=units, parts=parts)], NOTHING)
    left = line_amounts.left_of_buckets(line, "USD")[buckets.Bucket.SHIPPING]
    shipping = draw(st.integers(0, int(left / CENT))) * CENT
    said = line_amounts.said_instead(line, 0, "USD", shipping=shipping)
    return [Share(line_id=line.line_id, units=0, parts=said)]


@settings(deadline=None)
@given(st.data())
def test_the_components_are_the_memo_and_amazon_takes_them(data: st.DataObject) -> None:
    documents, charged = data.draw(orders())
    paid: list[dict[str, Decimal]] = [{} for _ in documents]
    given_back = Decimal()
    refunds = data.draw(st.integers(0, 5))
    for number in range(refunds + 1):
        if number == refunds:
            shares, alone, total = amounts.full(charged)
        else:
            shares, alone = partly(data.draw, charged), NOTHING
            total = sum_of(share.parts for share in shares).total
            if amounts.beyond(charged, shares, alone, total):
                continue
        assert amounts.beyond(charged, shares, alone, total) == []
        memo = sum_of(share.parts for share in shares).plus(alone)
        assert memo.total == total
        lines = [LineGivenBack(str(share.line_id), share.parts) for share in shares]
        asked = adjustment_items.of_memo(memo, lines, otherwise="0", currency="USD")
        for each in asked:
            components = {kind: Decimal(amount) for kind, amount in each["components"].items()}
            at = int(each["order_item_id"])
            assert all(amount > 0 for amount in components.values())
            assert caps.beyond(documents[at], components.items(), paid[at]) == ""
            for kind, amount in components.items():
                paid[at][kind] = paid[at].get(kind, Decimal()) + amount
            total -= sum(components.values(), Decimal())
        assert total == 0
        given_back += memo.total
        charged = amounts.after(charged, shares, alone, memo.total)
    assert amounts.left_in_all(charged) == 0
    assert given_back == charged.refunded_total <= charged.total
    for line in charged.lines.values():
        assert line.refunded.included_tax <= line.charged.included_tax
        # Without a gap all is given back, with all of the tax inside it.
        if charged.total == charged.parts.total:
            assert line.refunded.included_tax == line.charged.included_tax
