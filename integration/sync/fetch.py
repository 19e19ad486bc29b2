"""Fetch: one page of what Amazon changed in an account, for all its stores at once."""

from datetime import datetime, timedelta

import structlog

from integration.spapi.answers import SearchPage
from integration.spapi.client import SearchQuery, SellerClient
from integration.spapi.errors import AccessDenied, ReadOnly, Rejected, RetryLater, StoreMisconfigured
from integration.sync import cursor, windows
from integration.sync.cursor import Progress
from integration.sync.lease import Lease
from integration.sync.windows import Window

logger = structlog.get_logger(__name__)


def next_window(lease: Lease, progress: Progress, *, now: datetime) -> Window | None:
    """The window under way, or the next one; None when everything readable is in."""
    under_way = progress.window
    if under_way is not None:
        if not under_way.is_expired(now=now):
            return under_way
        # The token is dead at Amazon after 24 hours. Pages that were stored stay; read again, their
        # orders are unchanged and write nothing.
        cursor.restart_window(lease)
    plan = windows.plan(
        synced_until=progress.synced_until,
        stores=progress.store_progress,
        # All of them with every new window: the failures of a combination have ended within a day
        # (models#5365).
        data_sets=cursor.DATA_SET_LEVELS[0],
        now=now,
        half_read_since=progress.half_read_since,
    )
    cursor.join(lease, plan.joining, synced_until=progress.synced_until)
    return plan.window


def page(client: SellerClient, window: Window) -> SearchPage:
    """One page of a window. Raises what `SellerClient.search_orders` raises."""
    return client.search_orders(
        SearchQuery(
            marketplace_ids=tuple(window.marketplace_ids),
            last_updated_after=datetime.fromisoformat(window.after),
            last_updated_before=datetime.fromisoformat(window.before) if window.before else None,
            data_sets=tuple(window.data_sets),
            page_token=window.page_token,
        )
    )


def find_lost_stores(client: SellerClient, progress: Progress, *, now: datetime) -> bool:
    """Amazon denied a list of marketplaces: ask which one is closed, and go on with the others.

    False where none is closed. Raises StoreMisconfigured where the account as a whole is refused.
    """
    try:
        # The participations have a quota of their own (0.016/s, burst 15): the search that was denied
        # is not spent a second time to find out.
        open_marketplaces = {
            participation.marketplace_id
            for participation in client.marketplace_participations()
            if participation.is_participating
        }
    except (AccessDenied, Rejected) as refused:
        raise StoreMisconfigured(refused.text, status=refused.status) from refused
    lost = [store for store in progress.stores if store.marketplace_id not in open_marketplaces]
    if not lost:
        return False
    cursor.lose_access([store.pk for store in lost], now=now)
    logger.warning("fetch.access_lost", stores=[store.pk for store in lost])
    return True


def not_for_a_store(denied: AccessDenied) -> StoreMisconfigured:
    """Nothing is closed, so it is the application's role or the account: dropping stores would hide that."""
    return StoreMisconfigured(
        "Amazon denies the search although the seller takes part in its marketplaces. Check the"
        " application's roles in Seller Central, then run reauthorize_store.",
        status=denied.status,
    )


def find_regained_stores(client: SellerClient, progress: Progress, *, now: datetime) -> None:
    """Stores that had lost access may have it again: one call, only while there are such stores.

    While that question cannot be answered, the other stores go on.
    """
    if not progress.lost_stores:
        return
    try:
        participations = client.marketplace_participations()
    except ReadOnly:
        raise
    # Neither a token of the search nor an order depends on it, so it stops nobody; it is asked again
    # with the next pass.
    except (AccessDenied, Rejected, RetryLater) as unanswered:
        logger.info("fetch.access_not_known", cause=type(unanswered).__name__, status=unanswered.status)
        return
    open_marketplaces = {found.marketplace_id for found in participations if found.is_participating}
    regained = [store.pk for store in progress.lost_stores if store.marketplace_id in open_marketplaces]
    cursor.regain_access(regained, now=now)


def poll_after(*, rate: float, tokens: float, burst: float) -> timedelta:
    """When to poll next: about every 4 minutes at Amazon's rate, slower while the bucket is low.

    Every 3 minutes would spend 480 of a day's 484 tokens and leave none for the pages that follow a first
    one.
    """
    # More than one token between two polls: what is over pays for further pages and for refilling the
    # burst.
    tokens_a_poll = 1.3 if tokens >= burst / 2 else 1.7
    return max(timedelta(seconds=tokens_a_poll / rate), timedelta(seconds=15))
