"""Every constraint of the mirror, broken past `receive`: the database itself says no."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from amazon_orders.models import (
    Account,
    AmazonOrder,
    AmazonOrderItem,
    AmazonPackage,
    BuyerNameWord,
    Store,
)
from tests.factories import amazon

pytestmark = pytest.mark.django_db


def again(model: type[Model], **changes: Any) -> None:
    """Store a copy of the one row there is."""
    row = model._default_manager.get()
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def changed(model: type[Model], **changes: Any) -> None:
    model._default_manager.all().update(**changes)


BREAKS: dict[str, Callable[[], object]] = {
    "amazon_orders_one_account_per_seller_and_region": lambda: again(Account),
    "amazon_orders_account_region_is_known": lambda: changed(Account, region="XX"),
    "amazon_orders_one_store_per_account_and_marketplace": lambda: again(Store, name="Another name"),
    "amazon_orders_store_has_a_name": lambda: changed(Store, name=""),
    "amazon_orders_order_has_an_id": lambda: changed(AmazonOrder, amazon_order_id=""),
    "amazon_orders_order_version_is_positive": lambda: changed(AmazonOrder, version=0),
    "amazon_orders_one_row_per_item": lambda: again(AmazonOrderItem),
    "amazon_orders_item_canceled_at_most_ordered": lambda: changed(AmazonOrderItem, quantity_canceled=2),
    "amazon_orders_one_row_per_package": lambda: again(AmazonPackage),
    "amazon_orders_one_row_per_name_word": lambda: again(BuyerNameWord),
}


@pytest.fixture
def mirrored() -> AmazonOrder:
    """One row in every table."""
    order = amazon.order(amazon.store(), personal={"buyer_name": "Zoe"})
    amazon.package(order)
    return order


def test_every_constraint_is_broken_here() -> None:
    models = apps.get_app_config("amazon_orders").get_models()
    assert set(BREAKS) == {each.name for model in models for each in model._meta.constraints}


@pytest.mark.parametrize("name", sorted(BREAKS))
@pytest.mark.usefixtures("mirrored")
def test_the_database_refuses_what_breaks(name: str) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name]()
    # SQLite names a broken check, but of a broken uniqueness only the columns.
    said = str(refusal.value)
    assert name in said or (connection.vendor == "sqlite" and "UNIQUE" in said)


def test_an_amazon_order_id_exists_once(mirrored: AmazonOrder) -> None:
    with pytest.raises(IntegrityError):
        amazon.order(amazon.store(), amazon_order_id=mirrored.amazon_order_id)


def test_a_store_with_orders_and_an_account_with_stores_are_not_deleted(mirrored: AmazonOrder) -> None:
    for row in (mirrored.store, mirrored.store.account):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()
