"""The bridge's own rows: our decisions about Amazon's orders, the sync's state, people."""

from integration.models.audit import AuditAction, AuditEntry, AuditEntryStore
from integration.models.batches import BatchAction, BatchKind, BatchOrder, BatchOutcome, ImportBatch
from integration.models.communication import CommunicationError, FailureKind
from integration.models.completeness import (
    JobKind,
    JobState,
    ListSource,
    MissingOrder,
    ProofDay,
    ReportJob,
    WhyMissed,
)
from integration.models.idempotency import IdempotencyKey
from integration.models.imports import (
    AddressCorrection,
    Blocker,
    BlockerCode,
    ImportState,
    OrderImport,
    ProductMatch,
)
from integration.models.installation import Installation
from integration.models.message_records import MessageRecord
from integration.models.notifications import (
    Notification,
    NotificationOutcome,
    NotificationQueue,
    Subscription,
    UnreadableNotification,
)
from integration.models.order_views import SavedView
from integration.models.outbox import (
    Adjustment,
    AmazonsAnswer,
    Cancellation,
    ConfirmationState,
    ConfirmationWay,
    FeedJob,
    FeedKind,
    FeedRequest,
    FeedRequestState,
    FeedState,
    ShipmentConfirmation,
)
from integration.models.parcels import ParcelNotice, PickupNotice, PickupStatus
from integration.models.people import ApiToken, Role, User
from integration.models.purges import PersonalDataPurge
from integration.models.requests import OrderRequest, RequestAnswer, RequestReason
from integration.models.runs import Heartbeat, RunKind, SyncRun
from integration.models.sales import SalesDay, StaleDay
from integration.models.settings import CustomerCreation, NumberSource, StoreSettings
from integration.models.sync import (
    AccountSync,
    Lane,
    Quarantine,
    QuarantineKind,
    QuotaBucket,
    StoreSync,
    calls_column,
)
from integration.models.timeline import TimelineEvent

__all__ = [
    "ParcelNotice",
    "PickupNotice",
    "PickupStatus",
    "Adjustment",
    "AmazonsAnswer",
    "Cancellation",
    "ConfirmationState",
    "ConfirmationWay",
    "FeedJob",
    "FeedKind",
    "FeedState",
    "FeedRequest",
    "ShipmentConfirmation",
    "FeedRequestState",
    "JobKind",
    "JobState",
    "ListSource",
    "MessageRecord",
    "MissingOrder",
    "ProofDay",
    "ReportJob",
    "WhyMissed",
    "AccountSync",
    "AddressCorrection",
    "ApiToken",
    "AuditAction",
    "AuditEntry",
    "AuditEntryStore",
    "BatchAction",
    "BatchKind",
    "BatchOrder",
    "BatchOutcome",
    "Blocker",
    "BlockerCode",
    "CommunicationError",
    "CustomerCreation",
    "FailureKind",
    "IdempotencyKey",
    "Heartbeat",
    "ImportBatch",
    "ImportState",
    "Installation",
    "Lane",
    "Notification",
    "NotificationOutcome",
    "NotificationQueue",
    "NumberSource",
    "OrderImport",
    "OrderRequest",
    "PersonalDataPurge",
    "ProductMatch",
    "Quarantine",
    "QuarantineKind",
    "QuotaBucket",
    "RequestAnswer",
    "RequestReason",
    "Role",
    "SavedView",
    "RunKind",
    "SalesDay",
    "StaleDay",
    "StoreSettings",
    "StoreSync",
    "Subscription",
    "SyncRun",
    "TimelineEvent",
    "UnreadableNotification",
    "User",
    "calls_column",
]
