"""The bridge's own rows: our decisions about Amazon's orders, the sync's state, people."""

from integration.models.imports import (
    AddressCorrection,
    Blocker,
    BlockerCode,
    ImportState,
    OrderImport,
    ProductMatch,
)
from integration.models.installation import Installation
from integration.models.people import ApiToken, Role, User
from integration.models.settings import CustomerCreation, NumberSource, StoreSettings
from integration.models.sync import AccountSync, Quarantine, QuotaBucket, StoreSync, SyncRun
from integration.models.timeline import TimelineEvent

__all__ = [
    "AccountSync",
    "AddressCorrection",
    "ApiToken",
    "Blocker",
    "BlockerCode",
    "CustomerCreation",
    "ImportState",
    "Installation",
    "NumberSource",
    "OrderImport",
    "ProductMatch",
    "Quarantine",
    "QuotaBucket",
    "Role",
    "StoreSettings",
    "StoreSync",
    "SyncRun",
    "TimelineEvent",
    "User",
]
