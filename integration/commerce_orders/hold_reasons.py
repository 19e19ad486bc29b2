"""Why a person stops an order: codes, as reasons stand in histories that may hold nothing personal. Pure."""

from collections.abc import Mapping

HOLD_REASONS: Mapping[str, str] = {
    "ADDRESS_TO_CHECK": "The address is to be checked",
    "STOCK_TO_CHECK": "Stock is to be checked",
    "BUYER_TO_ASK": "The buyer is to be asked",
    "FRAUD_SUSPECTED": "Fraud is suspected",
    "CANCEL_REQUESTED": "The buyer asks to cancel",
    "OTHER": "Another reason",
}
