"""Addresses of every country become orders."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from integration.order_import import due, judge
from sandbox.datasets import Json
from tests.cases import case_order
from tests.fixtures_shop import Shop, blockers_of, import_of, state_of


def sold(shop: Shop, address: dict[str, Any], **recipient: Any) -> str:
    def edit(document: Json) -> None:
        document["recipient"] = {"deliveryAddress": {"name": "Ina Vented", **address}, **recipient}

    return shop.sell(edit=edit)


def test_no_country_blocks_for_what_its_addresses_do_not_have(shop: Shop) -> None:
    whole = [
        sold(shop, {"addressLine1": "架空区1-2-3", "stateOrRegion": "東京都", "countryCode": "JP"}),
        sold(shop, {"addressLine1": "9 Made-up Quay", "postalCode": "048583", "countryCode": "SG"}),
        sold(shop, {"addressLine1": "Flat 1", "stateOrRegion": "Kowloon", "countryCode": "HK"}),
        sold(shop, {"addressLine1": "PSC 1 Box 2", "stateOrRegion": "AE", "countryCode": "US"}),
        sold(shop, {"addressLine1": "5 Calle", "stateOrRegion": "PR", "countryCode": "US"}),
        sold(shop, {"city": "Recife", "countryCode": "BR", "extendedFields": {"streetName": "Rua Nova"}}),
    ]
    without_street = [
        sold(shop, {"stateOrRegion": "大阪府", "postalCode": "530-0001", "countryCode": "JP"}),
        sold(shop, {"city": "Recife", "countryCode": "BR", "extendedFields": {"neighborhood": "Centro"}}),
    ]
    without_city = sold(shop, {"addressLine1": "1 Lane", "stateOrRegion": "WA", "countryCode": "US"})
    shop.sync()
    assert [state_of(order_id) for order_id in whole] == ["IMPORTED"] * 6
    for order_id in (*without_street, without_city):
        assert blockers_of(order_id) == [("ADDRESS_INCOMPLETE", "")]


@pytest.mark.parametrize("name", ["W6_japan_without_city.json", "W7_brazil_extended_fields_only.json"])
def test_the_addresses_of_the_cases_become_orders(name: str, shop: Shop) -> None:
    address = case_order(name)["recipient"]["deliveryAddress"]
    order_id = sold(shop, address)
    shop.sync()
    assert (state_of(order_id), blockers_of(order_id)) == ("IMPORTED", [])


def test_an_order_that_was_blocked_for_a_city_is_judged_anew_after_the_upgrade(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("amazon_orders.addresses._needs_city", lambda address: True)
        japan = sold(shop, {"addressLine1": "架空区1-2-3", "stateOrRegion": "東京都", "countryCode": "JP"})
        usa = sold(shop, {"addressLine1": "1 Lane", "countryCode": "US"})
        shop.sync()
    assert (state_of(japan), state_of(usa)) == ("BLOCKED", "BLOCKED")
    upgrade = importlib.import_module("integration.migrations.0020_addresses_by_country")
    upgrade.judge_anew(apps, connection.schema_editor())
    assert due.find_due_orders(now=timezone.now()) == [import_of(japan).pk]
    judge.judge_due(now=timezone.now())
    assert (state_of(japan), state_of(usa)) == ("IMPORTED", "BLOCKED")
