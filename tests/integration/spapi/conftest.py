"""An account, and a server in Amazon's place."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from amazon_orders.models import Account
from integration.spapi import auth
from sealing import seal
from tests.integration.spapi.scripted import LWA_PATH, ScriptedAmazon

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
US = "ATVPDKIKX0DER"


@pytest.fixture
def amazon(settings: Settings) -> Iterator[ScriptedAmazon]:
    with ScriptedAmazon() as amazon:
        settings.SPAPI_ENDPOINT = amazon.url
        settings.SPAPI_LWA_URL = amazon.url + LWA_PATH
        auth.TOKENS.clear()
        yield amazon


@pytest.fixture
def account(db: None) -> Account:
    account = Account(seller_id="A1SELLER", region="NA", authorized_at=NOW)
    account.sealed_refresh_token = seal.seal(b"Atzr|refresh-1", associated_data=account.associated_data)
    account.save()
    return account
