"""Products are made and changed; whatever makes one sellable is stamped in the same operation."""

from decimal import Decimal

import pytest
from django.db import transaction

from commerce.catalog import disabled_products, products
from commerce.catalog.products import PriceNeedsCurrency, ProductRow
from commerce.models import Product, Reservation
from commerce.orders.stock_management import Switched
from commerce.stock import stock
from commerce.stock.counts import UnknownProduct
from commerce.stock.stock import NoTransaction
from tests.commerce.shop import (
    LATER,
    NOW,
    assert_stock_is_sound,
    draft,
    line,
    place,
    product,
    quantities,
)

pytestmark = pytest.mark.django_db


def test_new_products_get_the_defaults_and_are_stamped() -> None:
    done = products.upsert_products([ProductRow(sku="CUP"), ProductRow(sku="MUG", name="Mug")], now=LATER)
    assert done.created == ("CUP", "MUG")
    cup = products.find_by_skus(["CUP", "NONE"])["CUP"]
    assert (cup.name, cup.price, cup.is_enabled, cup.manage_stock) == ("CUP", None, True, True)
    assert cup.availability_changed_at == LATER


def test_what_is_not_said_stays_and_an_equal_row_changes_nothing() -> None:
    product("MUG")
    row = ProductRow(sku="MUG", price=Decimal("12.5"), name="Name of MUG")
    assert products.upsert_products([row], now=LATER).unchanged == ("MUG",)
    done = products.change(sku="MUG", price=Decimal("9.99"), now=LATER)
    mug = Product.objects.get()
    assert done.updated == ("MUG",)
    assert (mug.price, mug.currency, mug.name) == (Decimal("9.99"), "USD", "Name of MUG")
    assert mug.availability_changed_at < NOW


def test_enabling_stamps_and_disabling_does_not() -> None:
    product("MUG", is_enabled=False)
    products.change(sku="MUG", is_enabled=True, now=NOW)
    assert Product.objects.get().availability_changed_at == NOW
    products.change(sku="MUG", is_enabled=False, now=LATER)
    mug = Product.objects.get()
    assert (mug.is_enabled, mug.availability_changed_at) == (False, NOW)


def test_disabling_is_news_until_it_is_noted_and_enabling_ends_it() -> None:
    for sku in ("MUG", "CUP", "POT"):
        product(sku)
    products.change(sku="CUP", is_enabled=False, now=NOW)
    products.change(sku="MUG", is_enabled=False, now=LATER)
    products.change(sku="POT", is_enabled=False, now=LATER)
    products.change(sku="POT", is_enabled=True, now=LATER)
    products.change(sku="CUP", is_enabled=False, name="Cup", now=LATER)
    news = disabled_products.news()
    assert [(each.sku, each.at) for each in news] == [("CUP", NOW), ("MUG", LATER)]

    # Meanwhile one of them is disabled anew: that is news again.
    products.change(sku="CUP", is_enabled=True, now=LATER)
    products.change(sku="CUP", is_enabled=False, now=LATER)
    with transaction.atomic():
        disabled_products.take_note(news)
    assert [each.sku for each in disabled_products.news()] == ["CUP"]


@pytest.mark.django_db(transaction=True)
def test_news_is_noted_with_what_is_done_about_it() -> None:
    with pytest.raises(NoTransaction):
        disabled_products.take_note([])


def test_a_price_needs_a_currency() -> None:
    with pytest.raises(PriceNeedsCurrency) as refused:
        products.upsert_products([ProductRow(sku="MUG", price=Decimal(1))], now=NOW)
    assert refused.value.skus == {"MUG"}
    assert not Product.objects.exists()


def test_a_product_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(UnknownProduct):
        products.change(sku="NONE", is_enabled=True, now=NOW)


def test_switching_stock_management_off_releases_what_is_reserved() -> None:
    mug = product("MUG", on_hand=5)
    place(draft("A-1", line(mug, 3)))
    assert products.change(sku="MUG", manage_stock=False, now=LATER).switched == Switched(released=3)
    assert quantities(mug) == (5, 0)
    assert not Reservation.objects.exists()
    mug.refresh_from_db()
    assert (mug.manage_stock, mug.availability_changed_at) == (False, LATER)


def test_switching_it_on_reserves_for_open_orders_the_earliest_ship_by_first() -> None:
    mug = product("MUG", on_hand=5, manage_stock=False)
    place(
        draft("A-1", line(mug, 4), ship_by=LATER),
        draft("A-2", line(mug, 3), ship_by=NOW),
        draft("A-3", line(mug, 9, shipped=9), is_complete=True),
    )
    switched = products.change(sku="MUG", manage_stock=True, now=LATER).switched
    assert (switched.reserved, [(short.channel_reference, short.salable) for short in switched.short]) == (
        5,
        [("A-1", 2)],
    )
    assert quantities(mug) == (5, 5)
    held = dict(Reservation.objects.values_list("channel_reference", "quantity"))
    assert held == {"A-2": 3, "A-1": 2}
    assert not Reservation.objects.filter(order_line=None).exists()
    assert_stock_is_sound()


def test_a_source_that_is_switched_on_lets_orders_that_wait_for_its_products_know() -> None:
    mug, cup = product("MUG", on_hand=3), product("CUP")
    source = mug.stock_items.get().source
    stock.source_changed(source_id=source.pk, now=LATER)
    mug.refresh_from_db()
    cup.refresh_from_db()
    assert (mug.availability_changed_at, cup.availability_changed_at == LATER) == (LATER, False)
