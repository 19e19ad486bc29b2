"""Makes orders due for a judgement: the row is the job, so a higher version is all it takes."""

from collections.abc import Callable

from django.db.models import F, QuerySet

from integration import timeline
from integration.models import ImportState, OrderImport, TimelineEvent

# A judgement can still change these; the others have become, or will never become, a Commerce order.
OPEN_STATES = (ImportState.WAITING, ImportState.BLOCKED)


def raise_versions(
    orders: QuerySet[OrderImport], *, told: Callable[[int], TimelineEvent] | None = None
) -> int:
    """Make these orders due, inside the caller's transaction; gives how many. Two statements, or three with
    the event that each order is told.

    The rows are locked in key order first: an UPDATE alone would take them in any order and meet `place`
    half-way.
    """
    locked = list(
        orders.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)
    )
    if locked and told is not None:
        timeline.record([told(order_id) for order_id in locked])
    return orders.order_by().update(version=F("version") + 1) if locked else 0
