"""Names that were kept before under one spelling are found under all of them."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from amazon_orders.models import AmazonOrder, BuyerNameWord, PersonalData
from amazon_orders.receive import personal_associated_data
from sealing import seal, search_hash
from tests.factories import amazon

pytestmark = pytest.mark.django_db
MIGRATION = importlib.import_module("amazon_orders.migrations.0006_names_as_they_are_typed")


def kept(order: AmazonOrder, name: str) -> None:
    """As it was: one hash per word, of the word without case and accents."""
    place = personal_associated_data(order.amazon_order_id)
    known = {"buyer_name": name, "address": {"name": "Ela Kaya"}}
    PersonalData.objects.update_or_create(
        order=order, defaults={"sealed": seal.seal_json(known, associated_data=place)}
    )
    BuyerNameWord.objects.filter(order=order).delete()
    BuyerNameWord.objects.create(order=order, word_hash=search_hash.hash_word(name.casefold()))


def found(name: str) -> set[int]:
    [spellings] = search_hash.hash_asked(name)
    return set(BuyerNameWord.objects.filter(word_hash__in=spellings).values_list("order_id", flat=True))


def test_the_upgrade_keeps_every_name_under_all_its_spellings() -> None:
    store = amazon.store()
    order, locked = amazon.order(store), amazon.order(store)
    kept(order, "Yıldız")
    kept(locked, "Łukasz")
    PersonalData.objects.filter(order=locked).update(sealed=b"k9\x00not ours")
    assert (found("Yildiz"), found("kaya")) == (set(), set())
    MIGRATION.hash_names_anew(apps, connection.schema_editor())
    MIGRATION.hash_names_anew(apps, connection.schema_editor())
    assert (found("Yildiz"), found("kaya"), found("lukasz")) == ({order.pk}, {order.pk}, set())
    assert BuyerNameWord.objects.filter(order=order).count() == 4
