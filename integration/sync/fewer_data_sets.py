"""A search that Amazon fails to answer in whole, asked with fewer data sets.

Amazon has failed on one combination of them for half a day, whatever the client did (models#5365), and denies
single ones for want of a role. Fewer are believed only where they are answered while the whole is not: in a
storm of 5xx everything fails alike, and an order that is told in part only waits for nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from integration.spapi.answers import SearchPage
from integration.spapi.client import SellerClient
from integration.spapi.errors import AccessDenied, PageTokenRefused, ReadOnly, RetryLater, SearchRefused
from integration.sync import cursor, fetch
from integration.sync.cursor import Progress
from integration.sync.windows import Window

logger = structlog.get_logger(__name__)
# Failed passes in a row: a single 5xx says nothing about data sets. Where fewer were all that Amazon
# answered for the last time, it does.
FAILURES_BEFORE_FEWER = 3


def may_help(failed: SearchRefused | AccessDenied | RetryLater, progress: Progress) -> bool:
    """Whether the data sets may be why this search failed."""
    if isinstance(failed, (SearchRefused, AccessDenied)):
        return True
    if isinstance(failed, ReadOnly) or failed.is_quota or failed.status < 500:
        # Where no answer came at all, fewer data sets would not help.
        return False
    return progress.data_sets_level > 0 or progress.failures >= FAILURES_BEFORE_FEWER


def search(
    client: SellerClient,
    window: Window,
    progress: Progress,
    failed: SearchRefused | AccessDenied | RetryLater,
) -> tuple[SearchPage, Window] | None:
    """The page with as much as Amazon tells, and the window that asks for that; None where it tells nothing.

    Raises RetryLater for want of quota, and PageTokenRefused.
    """
    fewer = cursor.DATA_SET_LEVELS[1 + cursor.level_of(window.data_sets) :]
    if isinstance(failed, AccessDenied):
        # The least at once: each 403 costs two of the search's few tokens, and most are about the account.
        return _with_fewer(client, _from_cursor(window, progress), fewer[-1:])
    # 5xx come and go: only if the whole fails once more, right before less is answered, is it the data sets.
    page = None if isinstance(failed, SearchRefused) else _once_more(client, window)
    if page is not None:
        return page, window
    return _with_fewer(client, _from_cursor(window, progress), fewer)


def _once_more(client: SellerClient, window: Window) -> SearchPage | None:
    try:
        return fetch.page(client, window)
    except ReadOnly:
        raise
    except RetryLater as again:
        if again.is_quota:
            raise
        return None


def _with_fewer(
    client: SellerClient, window: Window, levels: Sequence[Sequence[str]]
) -> tuple[SearchPage, Window] | None:
    for data_sets in levels:
        fewer = replace(window, data_sets=list(data_sets))
        logger.info("search.fewer_data_sets", data_sets=fewer.data_sets)
        try:
            return fetch.page(client, fewer), fewer
        except PageTokenRefused:
            # Not every search may change its data sets on the way: then it begins again, with fewer.
            fewer = replace(fewer, page_token=None, token_given_at=None, pages=0, bound=None)
            return fetch.page(client, fewer), fewer
        except ReadOnly:
            raise
        except (AccessDenied, RetryLater) as failed:
            if isinstance(failed, RetryLater) and failed.is_quota:
                raise
    return None


def _from_cursor(window: Window, progress: Progress) -> Window:
    """What was half read before is not read again by halves."""
    if window.is_catch_up or window.page_token is not None or progress.synced_until is None:
        return window
    after = max(datetime.fromisoformat(window.after), progress.synced_until)
    return replace(window, after=after.isoformat())
