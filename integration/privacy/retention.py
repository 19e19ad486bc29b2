"""How long personal data is kept: as an admin says, else as the environment says; 30 days at the most."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from integration.installation import key_check
from integration.models import Installation
from integration.people import audit
from integration.people.audit import AuditAction

LONGEST_DAYS = 30


class BadDays(ValueError):
    """No number of days that Amazon's policy allows."""


def kept_days() -> int:
    """Days after delivery; one statement."""
    said = Installation.objects.filter(pk=Installation.THE_ONE).values_list(
        "personal_data_kept_days", flat=True
    )
    return said.first() or settings.PERSONAL_DATA_KEPT_DAYS


def keep(*, days: int, by: str, now: datetime) -> bool:
    """Keep personal data so long from now on; gives whether that is a change. Raises BadDays."""
    if not 1 <= days <= LONGEST_DAYS:
        raise BadDays(f"Between 1 and {LONGEST_DAYS} days: Amazon allows no more.")
    key_check.remember_keys()
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=Installation.THE_ONE)
        before = row.personal_data_kept_days or settings.PERSONAL_DATA_KEPT_DAYS
        if before == days:
            return False
        row.personal_data_kept_days = days
        row.save(update_fields=["personal_data_kept_days"])
        audit.record_event(
            what=AuditAction.SETTING_CHANGED,
            by=by,
            now=now,
            subject="Personal data",
            details={"setting": "Days personal data is kept", "before": before, "after": days},
        )
    return True
