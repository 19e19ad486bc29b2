"""Amazon's marketplaces."""

import pytest
from babel.numbers import list_currencies

from amazon_orders import marketplaces
from amazon_orders.marketplaces import ENDPOINTS, MARKETPLACES, UnknownMarketplace


def test_codes_and_ids_are_unique_and_lead_to_each_other() -> None:
    assert len({each.code for each in MARKETPLACES}) == len(MARKETPLACES) == 23
    for each in MARKETPLACES:
        assert marketplaces.by_code(each.code) == marketplaces.by_id(each.marketplace_id) == each
        assert each.region in ENDPOINTS
        assert each.currency in list_currencies()


def test_uk_is_gb_where_iso_is_spoken() -> None:
    uk = marketplaces.by_code(" gb ")
    assert (uk.code, uk.country_code, uk.flag) == ("UK", "GB", "🇬🇧")
    assert marketplaces.by_code("us").flag == "🇺🇸"


@pytest.mark.parametrize(
    ("code", "domain"), [("US", "com"), ("CA", "ca"), ("UK", "co.uk"), ("DE", "de"), ("JP", "co.jp")]
)
def test_an_orders_page_in_seller_central(code: str, domain: str) -> None:
    assert marketplaces.by_code(code).seller_central_order_url("111-1234567-1234567") == (
        f"https://sellercentral.amazon.{domain}/orders-v3/order/111-1234567-1234567"
    )


def test_an_unknown_one_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownMarketplace, match=r"'ZZ'; choose one of US, CA, MX"):
        marketplaces.by_code("ZZ")
    with pytest.raises(UnknownMarketplace, match="X1"):
        marketplaces.by_id("X1")
