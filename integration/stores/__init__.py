"""Setting up stores: connect, authorize again, switch off and on, delete.

Every refusal is a StoreRefused whose text is one line for people.
"""

from integration.stores.activation import activate, deactivate
from integration.stores.authorization import reauthorize
from integration.stores.connection import connect
from integration.stores.deletion import DeletionSummary, delete, deletion_summary
from integration.stores.refusals import (
    AlreadyConnected,
    AmazonUnavailable,
    AuthorizationRefused,
    ConnectedInTheFuture,
    DoesNotTakePart,
    NameTaken,
    NotGiven,
    NotInReadOnlyMode,
    StoreRefused,
    UnknownCommerceStore,
    UnknownMarketplace,
)

__all__ = [
    "AlreadyConnected",
    "AmazonUnavailable",
    "AuthorizationRefused",
    "ConnectedInTheFuture",
    "DeletionSummary",
    "DoesNotTakePart",
    "NameTaken",
    "NotGiven",
    "NotInReadOnlyMode",
    "StoreRefused",
    "UnknownCommerceStore",
    "UnknownMarketplace",
    "activate",
    "connect",
    "deactivate",
    "delete",
    "deletion_summary",
    "reauthorize",
]
