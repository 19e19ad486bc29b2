from sandbox.amazon import Amazon
from tests.sandbox.conftest import Caller, read

PATH = "/sellers/v1/marketplaceParticipations"


def test_a_seller_learns_his_marketplaces(caller: Caller) -> None:
    [us, ca] = read(caller.call("GET", PATH))["payload"]
    assert us == {
        "marketplace": {
            "id": "ATVPDKIKX0DER",
            "countryCode": "US",
            "name": "Amazon.com",
            "defaultCurrencyCode": "USD",
            "defaultLanguageCode": "en_US",
            "domainName": "www.amazon.com",
        },
        "storeName": "Harbor & Pine",
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
    }
    assert ca["marketplace"]["name"] == "Amazon.ca"


def test_a_marketplace_he_left_is_told_so(amazon: Amazon, caller: Caller) -> None:
    amazon.world.set_participation("A1SELLER", "CA", False)
    participations = read(caller.call("GET", PATH))["payload"]
    assert [one["participation"]["isParticipating"] for one in participations] == [True, False]
