"""How the entries of the audit log read on screen. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from backoffice.pages.frame import words
from integration.models import AuditAction

# Red is for what somebody should look at; the eye for who saw whom.
_TONES: Mapping[str, str] = {
    AuditAction.PERSONAL_DATA_SEEN: "info",
    AuditAction.EXPORTED: "info",
    AuditAction.LOCKED_OUT: "bad",
    AuditAction.STORE_DELETED: "warn",
    AuditAction.SECOND_FACTOR_REMOVED: "warn",
    AuditAction.READ_ONLY_ON: "warn",
}
# What is chosen together in the filter bar.
GROUPS: Mapping[str, tuple[str, tuple[AuditAction, ...]]] = {
    "personal": (
        "Personal data",
        (AuditAction.PERSONAL_DATA_SEEN, AuditAction.PERSONAL_DATA_PURGED, AuditAction.ADDRESS_CORRECTED),
    ),
    "files": ("Exports and files", (AuditAction.EXPORTED, AuditAction.IMPORTED_FILE)),
    "orders": (
        "Orders",
        (
            AuditAction.BLOCKER_FIXED,
            AuditAction.ADDRESS_CORRECTED,
            AuditAction.BULK_ACTION,
            AuditAction.ORDER_SKIPPED,
            AuditAction.ORDER_CANCELED,
            AuditAction.ORDER_REFUNDED,
            AuditAction.REFUND_VOIDED,
        ),
    ),
    "settings": (
        "Stores and settings",
        (
            AuditAction.SETTING_CHANGED,
            AuditAction.STORE_CONNECTED,
            AuditAction.STORE_REAUTHORIZED,
            AuditAction.STORE_ACTIVATED,
            AuditAction.STORE_DEACTIVATED,
            AuditAction.STORE_DELETED,
            AuditAction.READ_ONLY_ON,
            AuditAction.READ_ONLY_OFF,
            AuditAction.KEYS_ROTATED,
        ),
    ),
    "people": (
        "People and tokens",
        (
            AuditAction.PERSON_INVITED,
            AuditAction.INVITATION_WITHDRAWN,
            AuditAction.PERSON_JOINED,
            AuditAction.PERSON_CHANGED,
            AuditAction.PERSON_DEACTIVATED,
            AuditAction.PERSON_ACTIVATED,
            AuditAction.TOKEN_MADE,
            AuditAction.TOKEN_REVOKED,
        ),
    ),
    "sign_in": (
        "Sign-in",
        (
            AuditAction.SIGNED_IN,
            AuditAction.SIGNED_OUT_ELSEWHERE,
            AuditAction.PASSWORD_CHANGED,
            AuditAction.SECOND_FACTOR_ADDED,
            AuditAction.SECOND_FACTOR_REMOVED,
            AuditAction.LOCKED_OUT,
            AuditAction.UNLOCKED,
        ),
    ),
}
_LABELS: Mapping[str, str] = {
    "after": "now",
    "code": "reason",
    "count": "how many",
    "seller_sku": "seller SKU",
    "sku": "SKU",
    "through": "by",
    "where": "on",
}
# The order in which they read well; PostgreSQL gives an entry's details back in an order of its own.
_ORDER = ("where", "kind", "name", "role", "setting", "before", "after", "amount", "currency", "count")
# Left out where the rest says it already, or said in another way.
_HIDDEN = frozenset({"token", "personal_data", "expires", "before", "after"})


def what(action: str) -> words.Pill:
    """The deed, with its color."""
    label = AuditAction(action).label if action in AuditAction.values else words.sentence(action)
    return words.Pill(str(label), _TONES.get(action, ""))


def actions_of(groups: Iterable[str]) -> tuple[str, ...]:
    """The deeds of these groups."""
    return tuple(dict.fromkeys(action for group in groups for action in GROUPS[group][1]))


def details(told: Mapping[str, Any]) -> str:
    """What an entry tells besides, in one line: "setting: Order Status · default → custom"."""
    names = sorted(told, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    pieces = [
        f"{_LABELS.get(name, name.replace('_', ' '))}: {_value(told[name])}"
        for name in names
        if name not in _HIDDEN and told[name] not in (None, "", [])
    ]
    if "after" in told:
        pieces.append(f"{_value(told.get('before', ''))} → {_value(told['after'])}")
    if told.get("expires"):
        pieces.append(f"expires {words.day(datetime.fromisoformat(told['expires']))}")
    if "personal_data" in told:
        pieces.append("with personal data" if told["personal_data"] else "without personal data")
    return " · ".join(pieces)


def _value(value: Any) -> str:
    for kind, say in _SAID:
        if isinstance(value, kind):
            return say(value)
    return words.sentence(str(value)) or "empty"


# A bool is an int as well: it comes first.
_SAID: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "yes" if value else "no"),
    (int, lambda value: f"{value:,}"),
    (list, lambda value: ", ".join(words.sentence(str(each)) for each in value)),
)
