"""Every change of stock is in the ledger with its reason, and stock is what the ledger adds up to."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce import placement
from commerce.catalog import file_import, products
from commerce.models import Product, Source, StockItem, StockMovement
from commerce.orders import cancellations
from commerce.stock import counts, source_priorities, verification
from commerce.stock.counts import CountBelowReserved
from tests.commerce.shop import (
    LATER,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    main_store,
    place,
    product,
    quantities,
    source,
    stock_item,
)

pytestmark = pytest.mark.django_db


def movements() -> list[tuple[str, int, int, str]]:
    """Those after the first count."""
    rows = StockMovement.objects.order_by("pk").values_list("reason", "on_hand", "reserved", "by")
    return list(rows)[1:]


def test_a_life_of_stock() -> None:
    mug = product(on_hand=10)
    order_id = place(draft("A-1", line(mug, 4, shipped=1))).placed["A-1"].id
    with transaction.atomic():
        cancellations.cancel_units(canceled={order_id: {"L1": 1}}, now=LATER, by="joe")
    counts.set_on_hand(sku="MUG-1", source_code="main", on_hand=8, now=LATER, by="ann")
    assert counts.adjust(sku="MUG-1", source_code="main", units=-2, now=LATER, by="ann") == 6
    products.change(sku="MUG-1", manage_stock=False, now=LATER, by="ann")
    products.change(sku="MUG-1", manage_stock=True, now=LATER, by="ann")
    file_import.import_file(b"sku,source,on_hand\nMUG-1,main,7\n", now=LATER, by="ann")
    assert movements() == [
        ("CONSUME", -1, 0, ""),
        ("RESERVE", 0, 3, ""),
        ("RELEASE", 0, -1, "joe"),
        ("COUNT", -1, 0, "ann"),
        ("ADJUST", -2, 0, "ann"),
        ("MANAGE_OFF", 0, -2, "ann"),
        ("MANAGE_ON", 0, 2, "ann"),
        ("IMPORT", 1, 0, "ann"),
    ]
    reserved = StockMovement.objects.get(reason="RESERVE")
    assert (reserved.channel, reserved.channel_reference, reserved.line_reference) == ("amazon", "A-1", "L1")
    assert_stock_is_sound()


def test_two_channels_share_what_there_is_when_stock_is_managed_again() -> None:
    mug = product(on_hand=5, manage_stock=False)
    for channel in ("amazon", "shop"):
        with transaction.atomic():
            placement.place(channel=channel, drafts=[draft(f"{channel}-1", line(mug, 3))], now=NOW)
    switched = products.change(sku="MUG-1", manage_stock=True, now=LATER).switched
    assert (switched.reserved, [short.salable for short in switched.short]) == (5, [2])
    assert quantities(mug) == (5, 5)
    assert_stock_is_sound()


def test_nothing_changed_is_no_movement() -> None:
    product(on_hand=10)
    counts.set_on_hand(sku="MUG-1", source_code="main", on_hand=10, now=LATER)
    assert movements() == []


def test_an_adjustment_goes_neither_below_nothing_nor_below_what_is_reserved() -> None:
    mug = product(on_hand=3)
    place(draft("A-1", line(mug, 2)))
    with pytest.raises(CountBelowReserved):
        counts.adjust(sku="MUG-1", source_code="main", units=-2, now=LATER, by="ann")
    with pytest.raises(ValueError, match="negative"):
        counts.adjust(sku="MUG-1", source_code="main", units=-4, now=LATER, by="ann")
    with pytest.raises(counts.UnknownProduct):
        counts.adjust(sku="NONE", source_code="main", units=1, now=LATER, by="ann")
    assert counts.adjust(sku="MUG-1", source_code="far", units=4, now=LATER, by="ann") == 4
    assert_stock_is_sound()


def verify_stock(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_stock", *arguments, stdout=out)
    except CommandError:
        return 1, out.getvalue()
    return 0, out.getvalue()


def test_verify_stock_proves_and_names_what_disagrees() -> None:
    mug = product("MUG", on_hand=10)
    product("CUP", on_hand=5)
    place(draft("A-1", line(mug, 4)))
    assert verify_stock() == (0, "2 stock items agree with their ledger and their reservations.\n")
    assert json.loads(verify_stock("--json")[1]) == {"items": 2, "differences": []}
    StockItem.objects.filter(product=mug).update(on_hand=9, reserved=3)
    code, said = verify_stock()
    assert code == 1
    assert said == (
        "MUG at main: 9 on hand, the ledger says 10; 3 reserved, the ledger says 4; "
        "3 reserved, reservations hold 4\n"
    )
    code, said = verify_stock("--json")
    [difference] = json.loads(said)["differences"]
    assert (code, difference["sku"], difference["ledger_on_hand"]) == (1, "MUG", 10)
    StockItem.objects.filter(product=mug).update(on_hand=10, reserved=4, shortfall=1)
    assert "a shortfall of 1" in verify_stock()[1]


def test_proving_takes_one_statement() -> None:
    for n in range(5):
        product(f"SKU-{n}", on_hand=n)
    with CaptureQueriesContext(connection) as context:
        assert verification.verify() == []
    assert len(context) == 1


def test_a_shop_asks_its_sources_in_its_own_order() -> None:
    mug = product()
    for code, priority in (("near", 1), ("far", 2), ("last", 3)):
        stock_item(mug, on_hand=5, at=source(code, priority=priority))
    store = main_store().pk
    source_priorities.set_order(commerce_store_id=store, source_codes=["last", "far"])
    asked = source_priorities.order_of(commerce_store_id=store)
    assert [each.code for each in asked if each.code != "main"] == ["last", "far", "near"]
    place(draft("A-1", line(mug, 3)), draft("A-2", line(mug, 6)))
    assert [quantities(mug, code)[1] for code in ("near", "far", "last")] == [0, 4, 5]
    assert_stock_is_sound()
    source_priorities.set_order(commerce_store_id=store, source_codes=[])
    place(draft("A-3", line(mug, 2)))
    assert quantities(mug, "near")[1] == 2
    with pytest.raises(source_priorities.UnknownSource):
        source_priorities.set_order(commerce_store_id=store, source_codes=["nowhere"])
    assert Source.objects.filter(store_priorities__isnull=False).count() == 0


def test_units_below_the_threshold_are_not_sold() -> None:
    mug = product(on_hand=5)
    products.change(sku="MUG-1", out_of_stock_threshold=2, now=NOW)
    placement = place(draft("A-1", line(mug, 3)), draft("A-2", line(mug, 1)))
    assert set(placement.placed) == {"A-1"}
    [short] = placement.short["A-2"]
    assert (short.needed, short.salable) == (1, 0)
    products.change(sku="MUG-1", out_of_stock_threshold=1, now=LATER)
    assert Product.objects.get().availability_changed_at == LATER
    assert set(place(draft("A-2", line(mug, 1))).placed) == {"A-2"}
    assert_stock_is_sound()
