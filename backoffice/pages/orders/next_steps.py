"""What a person should do about an order next, in one sentence. Pure."""

from backoffice.pages.frame import words
from backoffice.pages.frame.words import NextStep
from integration.decision.policy import WORDS, Reason
from integration.models import ImportState
from integration.orders.details import OrderDetails


def of(details: OrderDetails) -> NextStep:
    """The next step of an order."""
    row = details.row
    if row.state == ImportState.BLOCKED:
        reasons = words.counted(len(row.blockers), "thing keeps", "things keep")
        return NextStep(
            f"{reasons} this order from being imported. Mend it below; it is then imported by itself.", "bad"
        )
    if row.state == ImportState.IMPORTED:
        return NextStep(f"Imported as Commerce order {row.commerce_number}. Go on with it there.", "ok")
    if row.state == ImportState.SKIPPED and details.skip:
        return NextStep(f"Skipped by {details.skip.by or 'the system'}: {details.skip.reason}")
    if row.state == ImportState.VIEW_ONLY and details.is_import_requested:
        return NextStep("It is being imported, because a person asked for it.", "info")
    if row.state == ImportState.CANCELED:
        return NextStep("Canceled at Amazon before it was imported. There is nothing to do.")
    told = WORDS[Reason(row.reason)] if row.reason in set(Reason) else row.note
    return NextStep(told or "It will be checked in a moment.", "info")
