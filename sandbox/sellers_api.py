"""getMarketplaceParticipations, Sellers v1."""

import re
from typing import Any

from sandbox.calls import Call, Operation
from sandbox.marketplaces import marketplace
from sandbox.quota import UsagePlan
from sandbox.wire import Response, json_response
from sandbox.world import Seller


def get_marketplace_participations(call: Call) -> Response:
    participations = call.seller.participations.items()
    return json_response({"payload": [_participation(call.seller, *one) for one in participations]})


def _participation(seller: Seller, marketplace_id: str, is_participating: bool) -> dict[str, Any]:
    place = marketplace(marketplace_id)
    return {
        "marketplace": {
            "id": place.id,
            "countryCode": place.country,
            "name": place.name,
            "defaultCurrencyCode": place.currency,
            "defaultLanguageCode": place.language,
            "domainName": "www.amazon." + place.domain,
        },
        "storeName": seller.store_name,
        "participation": {"isParticipating": is_participating, "hasSuspendedListings": False},
    }


GET_MARKETPLACE_PARTICIPATIONS = Operation(
    "getMarketplaceParticipations",
    "GET",
    re.compile(r"/sellers/v1/marketplaceParticipations"),
    UsagePlan(0.016, 15),
    get_marketplace_participations,
)
