"""What system messages are called on screen. Pure."""

from collections.abc import Mapping

from backoffice.pages.frame import words
from integration.messages.codes import Code

_TITLES: Mapping[str, str] = {
    Code.READ_ONLY: "Read-only mode is on",
    Code.ORDERS_BLOCKED: "Orders cannot be imported",
    Code.AUTHORIZATION_REFUSED: "Amazon refuses the authorization",
    Code.AUTHORIZATION_ENDS: "The authorization ends soon",
    Code.CLIENT_SECRET_ENDS: "The client secret ends soon",
    Code.STORE_ACCESS_LOST: "A marketplace was left",
    Code.ORDER_QUARANTINED: "Orders cannot be read",
    Code.ORDER_IN_TWO_ACCOUNTS: "An order in two accounts",
    Code.ORDERS_HALF_TOLD: "Amazon has told only a part",
    Code.ERROR_HERE: "An error here",
    Code.CANCELED_AFTER_SHIPPING: "Canceled after shipping",
    Code.CANCEL_REQUESTED: "Buyers ask to cancel",
    Code.AMOUNTS_LOWERED: "Amazon lowered amounts",
    Code.SYNC_STALE: "The sync is behind",
    Code.NOTIFICATIONS_NOT_SUBSCRIBED: "Amazon does not notify",
    Code.NOTIFICATIONS_SILENT: "Notifications are silent",
    Code.NOTIFICATION_UNREADABLE: "Notifications cannot be read",
    Code.QUEUE_UNREACHABLE: "The queue cannot be reached",
    Code.ORDERS_MISSING: "Orders are missing",
    Code.COMPLETENESS_UNPROVED: "Completeness is not proved",
    Code.SHIPMENT_REFUSED: "Amazon refused a shipment",
    Code.SHIPMENT_DIFFERS: "Amazon shows another shipment",
    Code.CANCEL_REFUSED: "Amazon refused to cancel",
    Code.PICKUP_REFUSED: "Amazon refused a store pick-up",
    Code.REFUND_REFUSED: "Amazon refused a refund",
    Code.AUTO_CANCEL_NEAR: "Amazon is about to cancel orders",
    Code.SHIP_BY_NEAR: "Orders must ship soon",
}


def title(code: str) -> str:
    """A code's name; one that is gone keeps its own words."""
    return _TITLES.get(code) or words.sentence(code)
