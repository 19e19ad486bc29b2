"""`purge_personal_data`: what beat does by itself, now."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from integration.management.outcome import CommandOutcome, OutcomeCommand
from integration.privacy import purge


class Command(OutcomeCommand):
    """Names, addresses, phones, e-mails and gift messages of delivered orders go; orders and money stay."""

    help = "Delete the personal data of orders delivered more than PERSONAL_DATA_KEPT_DAYS ago."

    def run(self, options: Mapping[str, Any]) -> CommandOutcome:
        purged = purge.purge_personal_data(now=timezone.now())
        text = (
            f"Deleted: the personal data of {purged.amazon_orders} Amazon orders and of"
            f" {purged.commerce_orders} Commerce orders, {purged.customers} customers' names,"
            f" {purged.payloads} quarantined payloads."
        )
        return CommandOutcome(text=text, document=asdict(purged))
