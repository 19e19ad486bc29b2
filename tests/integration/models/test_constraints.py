"""Every constraint of the bridge, broken past its operations: the database itself says no."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from amazon_orders.models import Account, AmazonOrder
from integration.installation import key_check
from integration.models import (
    AccountSync,
    Adjustment,
    ApiToken,
    AuditEntry,
    AuditEntryStore,
    BatchOrder,
    Blocker,
    Cancellation,
    CommunicationError,
    FeedJob,
    Heartbeat,
    IdempotencyKey,
    ImportBatch,
    Installation,
    Lane,
    MessageRecord,
    MissingOrder,
    Notification,
    NotificationQueue,
    OrderImport,
    OrderRequest,
    ParcelNotice,
    PickupNotice,
    ProductMatch,
    ProofDay,
    Quarantine,
    QuotaBucket,
    ReportJob,
    SalesDay,
    SavedView,
    ShipmentConfirmation,
    StoreSettings,
    Subscription,
    SyncRun,
    UnreadableNotification,
    User,
)
from integration.orders.bulk import batches
from integration.people import audit
from integration.stores import daily_sales
from tests.factories import amazon, commerce, people
from tests.factories.amazon import NOW
from tests.integration.models.broken_rows import (
    adjusted_again,
    again,
    changed,
    confirmed_again,
    noticed_again,
    owe,
    submitted_again,
    told_again_of_all,
)

pytestmark = pytest.mark.django_db


BREAKS: dict[str, Callable[[], object]] = {
    "integration_one_installation": lambda: Installation.objects.create(id=2, sealed_canary=b""),
    "integration_read_only_says_since_when": lambda: changed(Installation, read_only_by="kim"),
    "integration_client_secret_says_since_when": lambda: changed(Installation, client_secret_since=None),
    "integration_confirmation_state_is_known": lambda: changed(ShipmentConfirmation, state="LOST"),
    "integration_confirmation_way_is_known": lambda: changed(ShipmentConfirmation, way="PIGEON"),
    "integration_one_parcel_notice_per_message": lambda: noticed_again(),
    "integration_parcel_notice_state_is_known": lambda: changed(ParcelNotice, state="LOST"),
    "integration_refused_parcel_notice_says_why": lambda: changed(ParcelNotice, state="REFUSED"),
    "integration_one_pickup_notice_per_status": lambda: again(PickupNotice),
    "integration_pickup_status_is_known": lambda: changed(PickupNotice, status="Stolen"),
    "integration_pickup_notice_is_due_while_open": lambda: changed(PickupNotice, due_at=None),
    "integration_refused_pickup_notice_says_why": lambda: changed(PickupNotice, state="REFUSED", due_at=None),
    "integration_package_reference_is_a_positive_number": lambda: changed(
        ShipmentConfirmation, package_reference="0"
    ),
    "integration_one_confirmation_per_package_reference": lambda: confirmed_again(),
    "integration_sent_says_when": lambda: changed(ShipmentConfirmation, state="SENT"),
    "integration_owed_is_due": lambda: changed(ShipmentConfirmation, due_at=None),
    "integration_refused_says_why": lambda: changed(ShipmentConfirmation, state="REFUSED"),
    "integration_one_feed_to_submit": lambda: again(FeedJob),
    "integration_one_job_per_feed": lambda: submitted_again(),
    "integration_feed_kind_is_known": lambda: changed(FeedJob, kind="POST_PRODUCT_DATA"),
    "integration_feed_ends_with_its_state": lambda: changed(FeedJob, state="DONE"),
    "integration_submitted_feed_has_an_id": lambda: changed(FeedJob, state="SUBMITTED"),
    "integration_submitting_says_when": lambda: changed(FeedJob, state="SUBMITTING"),
    "integration_one_open_cancellation": lambda: again(Cancellation, message_id=2),
    "integration_one_cancellation_per_message": lambda: again(Cancellation, amazon_order_id="2"),
    "integration_cancellation_state_is_known": lambda: changed(Cancellation, state="LOST"),
    "integration_cancellation_has_a_reason": lambda: changed(Cancellation, reason=""),
    "integration_refused_cancellation_says_why": lambda: changed(Cancellation, state="REFUSED"),
    "integration_one_adjustment_per_message": lambda: adjusted_again(),
    "integration_adjustment_state_is_known": lambda: changed(Adjustment, state="LOST"),
    "integration_adjustment_has_a_reason": lambda: changed(Adjustment, reason=""),
    "integration_refused_adjustment_says_why": lambda: changed(Adjustment, state="REFUSED"),
    "integration_import_state_is_known": lambda: changed(OrderImport, state="SHIPPED"),
    "integration_imported_means_a_commerce_order": lambda: changed(OrderImport, state="IMPORTED"),
    "integration_never_judged_ahead": lambda: changed(OrderImport, judged_version=2),
    "integration_skipped_says_when": lambda: changed(OrderImport, state="SKIPPED"),
    "integration_blocker_code_is_known": lambda: changed(Blocker, code="TIRED"),
    "integration_one_open_blocker_per_order_and_code": lambda: again(Blocker),
    "integration_one_open_blocker_per_line_and_code": lambda: changed(
        Blocker, line_reference="1", code="OUT_OF_STOCK"
    ),
    "integration_one_match_per_seller_sku": lambda: again(ProductMatch),
    "integration_match_units_are_positive": lambda: changed(ProductMatch, units=0),
    "integration_match_has_a_seller_sku": lambda: changed(ProductMatch, seller_sku=""),
    "integration_user_role_is_known": lambda: changed(User, role="king"),
    "integration_one_open_record_per_store": lambda: again(MessageRecord),
    "integration_one_open_record_of_installation": lambda: told_again_of_all(),
    "integration_record_closes_after_it_opens": lambda: changed(
        MessageRecord, closed_at=NOW - timedelta(days=9)
    ),
    "integration_record_severity_is_known": lambda: changed(MessageRecord, severity="LOUD"),
    "integration_one_row_per_sales_day": lambda: again(SalesDay),
    "integration_sales_day_has_orders": lambda: changed(SalesDay, orders=0),
    "integration_who_joined_was_invited": lambda: changed(User, joined_at=NOW),
    "integration_personal_data_is_kept_30_days_at_most": lambda: changed(
        Installation, personal_data_kept_days=31
    ),
    "integration_one_row_per_idempotency_key": lambda: again(IdempotencyKey),
    "integration_idempotency_key_has_hashes": lambda: changed(IdempotencyKey, key_hash=""),
    "integration_audit_action_is_known": lambda: again(AuditEntry, what="SNEEZED"),
    "integration_one_row_per_entry_and_store": lambda: again(AuditEntryStore),
    "integration_token_role_is_known": lambda: changed(ApiToken, role="king"),
    "integration_customer_creation_is_known": lambda: changed(StoreSettings, customer_creation="MAYBE"),
    "integration_number_source_is_known": lambda: changed(StoreSettings, number_source="DICE"),
    "integration_one_bucket_per_operation": lambda: again(QuotaBucket),
    "integration_bucket_is_sane": lambda: changed(QuotaBucket, tokens=-1),
    "integration_one_row_per_run": lambda: again(SyncRun),
    "integration_run_kind_is_known": lambda: changed(SyncRun, kind="STROLL"),
    "integration_run_ends_after_its_start": lambda: changed(SyncRun, ended_at=NOW - timedelta(seconds=1)),
    "integration_one_heartbeat_per_worker": lambda: again(Heartbeat),
    "integration_one_row_per_failure_and_minute": lambda: again(CommunicationError),
    "integration_failure_kind_is_known": lambda: changed(CommunicationError, kind="TIRED"),
    "integration_failure_happened": lambda: changed(CommunicationError, times=0),
    "integration_one_row_per_bad_payload": lambda: again(Quarantine),
    "integration_quarantine_kind_is_known": lambda: changed(Quarantine, kind="ODD"),
    "integration_doubtful_order_has_an_id": lambda: changed(Quarantine, kind="OTHER_ACCOUNT"),
    "integration_resting_lane_is_known": lambda: changed(AccountSync, resting_from_lane=7),
    "integration_one_request_per_order": lambda: again(OrderRequest),
    "integration_request_names_an_order": lambda: changed(OrderRequest, amazon_order_id=""),
    "integration_request_lane_is_known": lambda: changed(OrderRequest, lane=0),
    "integration_one_batch_per_token": lambda: again(ImportBatch),
    "integration_batch_kind_is_known": lambda: changed(ImportBatch, kind="SOME"),
    "integration_batch_since_says_when": lambda: changed(ImportBatch, kind="SINCE"),
    "integration_batch_action_is_known": lambda: changed(ImportBatch, action="EXPLODE"),
    "integration_batch_skip_says_why": lambda: changed(ImportBatch, action="SKIP"),
    "integration_batch_filter_says_which": lambda: changed(ImportBatch, kind="FILTERED"),
    "integration_one_saved_view_per_name": lambda: again(SavedView),
    "integration_saved_view_has_a_name": lambda: changed(SavedView, name=""),
    "integration_saved_view_names_nobody": lambda: changed(SavedView, query="state=BLOCKED&buyer=Ada"),
    "integration_one_row_per_batch_order": lambda: again(BatchOrder),
    "integration_batch_order_has_a_number": lambda: changed(BatchOrder, amazon_order_id=""),
    "integration_batch_outcome_is_known": lambda: changed(BatchOrder, outcome="LOST"),
    "integration_answered_says_what": lambda: changed(OrderRequest, answered_at=NOW),
    "integration_subscription_region_is_known": lambda: changed(Subscription, region="XX"),
    "integration_subscribed_says_where_and_since_when": lambda: changed(Subscription, destination_id=""),
    "integration_subscription_fails_since": lambda: changed(Subscription, error="No."),
    "integration_one_row_per_notification": lambda: again(Notification),
    "integration_notification_outcome_is_known": lambda: changed(Notification, outcome="LOST"),
    "integration_notification_names_its_account": lambda: changed(Notification, account=None),
    "integration_one_row_per_unreadable_message": lambda: again(UnreadableNotification),
    "integration_one_row_per_queue": lambda: again(NotificationQueue),
    "integration_queue_fails_since": lambda: changed(NotificationQueue, failing_since=NOW),
    "integration_one_open_report_job": lambda: again(ReportJob),
    "integration_report_job_kind_is_known": lambda: changed(ReportJob, kind="YEARLY"),
    "integration_report_job_ends_with_its_state": lambda: changed(ReportJob, ended_at=NOW),
    "integration_asked_report_has_a_number": lambda: changed(ReportJob, state="ASKED"),
    "integration_report_job_period_is_sane": lambda: changed(ReportJob, data_until=NOW - timedelta(days=9)),
    "integration_one_proof_per_store_and_day": lambda: again(ProofDay),
    "integration_proof_adds_up": lambda: changed(ProofDay, missing=1),
    "integration_proof_states_add_up": lambda: changed(ProofDay, imported=0),
    "integration_proof_source_is_known": lambda: changed(ProofDay, source="RUMOUR"),
    "integration_one_open_missing_order": lambda: again(MissingOrder),
    "integration_why_missed_is_known": lambda: changed(MissingOrder, why="FATE"),
    "integration_healed_is_not_given_up": lambda: changed(MissingOrder, healed_at=NOW, given_up_at=NOW),
    "integration_given_up_says_when": lambda: changed(MissingOrder, given_up_by="maria"),
    "integration_missing_order_has_an_id": lambda: changed(MissingOrder, amazon_order_id=""),
}


@pytest.fixture
def bridged() -> AmazonOrder:
    """One row in every table, and two blockers: one of the order, one of its line."""
    key_check.check_keys()
    store = amazon.store()
    order = amazon.order(store, state="BLOCKED")
    amazon.blocker(order, "ADDRESS_INCOMPLETE")
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")
    ProductMatch.objects.create(
        account=store.account, seller_sku="PACK", product=commerce.product("P"), matched_at=NOW
    )
    SavedView.objects.create(user=people.user(), name="Stuck", saved_at=NOW)
    token = ApiToken.objects.create(user=people.user(), role="merchant", token_hash="h", created_at=NOW)
    audit.record_event(what=audit.AuditAction.EXPORTED, by="maria", now=NOW, store_ids=[store.pk])
    IdempotencyKey.objects.create(token=token, key_hash="k", request_hash="r", created_at=NOW)
    QuotaBucket.objects.create(
        account=store.account, operation="getOrder", tokens=1, rate=1, burst=1, refilled_at=NOW
    )
    OrderRequest.objects.create(
        account=store.account,
        amazon_order_id=order.amazon_order_id,
        lane=Lane.PERSON,
        why="PERSON",
        wanted_at=NOW,
        due_at=NOW,
    )
    batches.start_by_number(store=store, numbers=["111-0000001-0000001"], token="a", by="maria", now=NOW)
    SyncRun.objects.create(account=store.account, run="a", started_at=NOW)
    Heartbeat.objects.create(worker="w", seen_at=NOW)
    CommunicationError.objects.create(
        account=store.account,
        operation="getOrder",
        kind="NO_ANSWER",
        status=0,
        minute=NOW,
        first_at=NOW,
        last_at=NOW,
    )
    ReportJob.objects.create(
        account=store.account,
        kind="NIGHTLY",
        data_from=NOW - timedelta(days=3),
        data_until=NOW,
        wanted_at=NOW,
        next_look_at=NOW,
    )
    daily_sales.rebuild()
    MessageRecord.objects.create(code="SYNC_STALE", severity="WARNING", store=store, opened_at=NOW)
    amazon.proof_day(store)
    amazon.missing_order(store)
    Quarantine.objects.create(
        account=store.account, digest="d", sealed_payload=b"", reason="cut", seen_at=NOW
    )
    _be_notified(store.account)
    return order


def _be_notified(account: Account) -> None:
    Subscription.objects.create(
        account=account,
        region=account.region,
        queue_arn="arn",
        destination_id="d",
        subscription_id="s",
        subscribed_at=NOW,
        check_at=NOW,
    )
    Notification.objects.create(
        notification_id="n", account=account, amazon_order_id="1", outcome="REQUESTED", received_at=NOW
    )
    UnreadableNotification.objects.create(digest="d", sealed_body=b"", reason="cut", seen_at=NOW)
    NotificationQueue.objects.create(arn="arn")
    owe(account)


def test_every_constraint_is_broken_here() -> None:
    models = apps.get_app_config("integration").get_models()
    assert set(BREAKS) == {
        each.name
        for model in models
        for each in model._meta.constraints
        # The user model inherits Django's own.
        if each.name.startswith("integration_")
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
@pytest.mark.usefixtures("bridged")
def test_the_database_refuses_what_breaks(name: str) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name]()
    # SQLite names a broken check, but of a broken uniqueness only the columns.
    said = str(refusal.value)
    assert name in said or (connection.vendor == "sqlite" and "UNIQUE" in said)


def test_a_closed_blocker_makes_room_for_a_new_one(bridged: AmazonOrder) -> None:
    changed(Blocker, closed_at=NOW)
    again(Blocker, closed_at=None)
    assert Blocker.objects.filter(closed_at=None).count() == 1


def test_an_ended_list_makes_room_for_the_next_and_each_kind_has_its_own(bridged: AmazonOrder) -> None:
    again(ReportJob, kind="CATCH_UP")
    ReportJob.objects.filter(kind="NIGHTLY").update(state="DONE", ended_at=NOW)
    again(ReportJob, kind="NIGHTLY", state="WANTED", ended_at=None)
    assert ReportJob.objects.filter(ended_at=None).count() == 2


def test_an_order_may_be_missing_again_once_it_was_healed(bridged: AmazonOrder) -> None:
    changed(MissingOrder, healed_at=NOW)
    again(MissingOrder, healed_at=None)
    assert MissingOrder.objects.filter(healed_at=None).count() == 1


def test_a_commerce_order_is_of_one_amazon_order(bridged: AmazonOrder) -> None:
    imported = amazon.order(amazon.store(), state="IMPORTED").order_import
    with pytest.raises(IntegrityError):
        OrderImport.objects.filter(pk=bridged.pk).update(
            state="IMPORTED", commerce_order=imported.commerce_order
        )
