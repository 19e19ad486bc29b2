"""After a rotation the old key can go: everything sealed opens with the new one alone."""

import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from pytest_django import Settings

from amazon_orders.models import BuyerNameWord
from integration.installation import key_check
from integration.models import Installation
from integration.orders import order_list
from integration.orders.order_list import OrderFilter
from integration.privacy import key_rotation
from sealing import seal
from tests.factories import people
from tests.factories.keys import NEW_KEY
from tests.fixtures_shop import Shop, commerce_order_of


def test_every_sealed_column_is_rotated() -> None:
    sealed = {
        (model._meta.label, field.name)
        for app in ("amazon_orders", "commerce", "integration")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField)
    }
    assert {(column.model._meta.label, column.field) for column in key_rotation.COLUMNS} == sealed


def test_after_a_rotation_the_old_key_can_go(shop: Shop, settings: Settings) -> None:
    order_id = shop.sell(buyer_name="Ada Lovelace")
    shop.sync()
    key_check.require_fitting_keys()
    settings.FIELD_ENCRYPTION_KEYS = f"new:{NEW_KEY},{settings.FIELD_ENCRYPTION_KEYS}"

    sealed_anew = key_rotation.rotate()

    assert sealed_anew["amazon_orders.Account"] == 1
    assert sealed_anew["amazon_orders.PersonalData"] == 1
    assert sealed_anew["commerce.OrderPersonalData"] == 1
    assert sealed_anew["integration.Installation"] == 1
    settings.FIELD_ENCRYPTION_KEYS = f"new:{NEW_KEY}"
    key_check.require_fitting_keys()
    assert shop.sync().problems == []
    row = order_list.page(viewer=people.admin(), filters=OrderFilter()).rows[0]
    assert (row.amazon_order_id, row.buyer_name) == (order_id, "Ada Lovelace")
    assert commerce_order_of(order_id).personal_data is not None
    assert sum(key_rotation.rotate().values()) == 0


def test_without_the_old_key_a_rotation_says_which_one_is_missing(shop: Shop, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = f"new:{NEW_KEY}"
    with pytest.raises(CommandError, match="holds no key 'test'"):
        call_command("rotate_keys")


def test_a_new_search_key_finds_the_same_buyers(
    shop: Shop, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = shop.sell(buyer_name="Ada Lovelace")
    shop.sync()
    key_check.require_fitting_keys()
    before = set(BuyerNameWord.objects.values_list("word_hash", flat=True))
    settings.SEARCH_HASH_KEY = "another search key"

    call_command("rotate_keys", "--search", "--json")

    hashed = json.loads(capsys.readouterr().out.splitlines()[-1])["hashed_anew"]
    assert hashed["amazon_orders.PersonalData"] == 1
    after = set(BuyerNameWord.objects.values_list("word_hash", flat=True))
    assert after.isdisjoint(before)
    found = order_list.page(viewer=people.admin(), filters=OrderFilter(buyer="lovelace")).rows
    assert [row.amazon_order_id for row in found] == [order_id]
    key_check.require_fitting_keys()


def test_a_value_that_was_copied_to_another_row_does_not_open(shop: Shop) -> None:
    key_check.require_fitting_keys()
    sealed = Installation.objects.get().sealed_canary
    with pytest.raises(seal.DecryptionError):
        seal.open_sealed(sealed, associated_data="integration.installation:another")
