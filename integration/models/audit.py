"""Who did what that others may ask about one day: rows that are only ever added."""

from django.db import models
from django.db.models import Q


class AuditAction(models.TextChoices):
    """What was done."""

    PERSONAL_DATA_SEEN = "PERSONAL_DATA_SEEN", "Saw personal data"
    PERSONAL_DATA_PURGED = "PERSONAL_DATA_PURGED", "Purged personal data"
    EXPORTED = "EXPORTED", "Exported"
    IMPORTED_FILE = "IMPORTED_FILE", "Imported a file"
    BULK_ACTION = "BULK_ACTION", "Acted on many orders"
    SETTING_CHANGED = "SETTING_CHANGED", "Changed a setting"
    BLOCKER_FIXED = "BLOCKER_FIXED", "Fixed a blocker"
    ADDRESS_CORRECTED = "ADDRESS_CORRECTED", "Corrected an address"
    ORDER_SKIPPED = "ORDER_SKIPPED", "Skipped an order"
    ORDER_CANCELED = "ORDER_CANCELED", "Canceled an order"
    ORDER_REFUNDED = "ORDER_REFUNDED", "Refunded an order"
    REFUND_VOIDED = "REFUND_VOIDED", "Voided a refund"
    STORE_CONNECTED = "STORE_CONNECTED", "Connected a store"
    STORE_REAUTHORIZED = "STORE_REAUTHORIZED", "Reauthorized a store"
    STORE_ACTIVATED = "STORE_ACTIVATED", "Activated a store"
    STORE_DEACTIVATED = "STORE_DEACTIVATED", "Deactivated a store"
    STORE_DELETED = "STORE_DELETED", "Deleted a store"
    READ_ONLY_ON = "READ_ONLY_ON", "Switched read-only mode on"
    READ_ONLY_OFF = "READ_ONLY_OFF", "Switched read-only mode off"
    PERSON_INVITED = "PERSON_INVITED", "Invited a person"
    PERSON_JOINED = "PERSON_JOINED", "Accepted an invitation"
    PERSON_CHANGED = "PERSON_CHANGED", "Changed a person's access"
    PERSON_DEACTIVATED = "PERSON_DEACTIVATED", "Deactivated a person"
    PERSON_ACTIVATED = "PERSON_ACTIVATED", "Activated a person"
    INVITATION_WITHDRAWN = "INVITATION_WITHDRAWN", "Withdrew an invitation"
    SECOND_FACTOR_ADDED = "SECOND_FACTOR_ADDED", "Set up a second factor"
    SECOND_FACTOR_REMOVED = "SECOND_FACTOR_REMOVED", "Removed a second factor"
    PASSWORD_CHANGED = "PASSWORD_CHANGED", "Changed a password"  # noqa: S105 - no password
    LOCKED_OUT = "LOCKED_OUT", "Was locked out"
    UNLOCKED = "UNLOCKED", "Ended a lock-out"
    SIGNED_IN = "SIGNED_IN", "Signed in"
    SIGNED_OUT_ELSEWHERE = "SIGNED_OUT_ELSEWHERE", "Signed devices out"
    TOKEN_MADE = "TOKEN_MADE", "Made an API token"  # noqa: S105 - no token
    TOKEN_REVOKED = "TOKEN_REVOKED", "Revoked an API token"  # noqa: S105 - no token
    KEYS_ROTATED = "KEYS_ROTATED", "Rotated the keys"


class AuditEntry(models.Model):
    """One deed. The database refuses to change a row, and to delete one that is younger than a year.

    Holds no key to a row that may go, and nothing of a buyer: our codes, numbers, names of users and stores.
    """

    at = models.DateTimeField()
    what = models.CharField(max_length=32, choices=AuditAction)
    by = models.CharField(max_length=150, blank=True, help_text="A user name; empty where the system acted.")
    subject = models.CharField(
        max_length=255, blank=True, help_text="The number, SKU, user or store that it was done to."
    )
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["what", "-id"], name="audit_by_action"),
            models.Index(fields=["by", "-id"], name="audit_by_person"),
            models.Index(fields=["subject", "-id"], name="audit_by_subject"),
            models.Index(fields=["at", "id"], name="audit_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=AuditAction.values), name="integration_audit_action_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} by {self.by or 'the system'}"


class AuditEntryStore(models.Model):
    """A store that an entry is about: who sees the store sees the entry. The store itself may be gone."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="stores", db_index=False)
    # No foreign key: what was done in a store must outlive the store.
    store_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["store_id", "-entry"], name="audit_by_store")]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "store_id"], name="integration_one_row_per_entry_and_store"
            ),
        ]

    def __str__(self) -> str:
        return f"store {self.store_id} of entry {self.entry_id}"
