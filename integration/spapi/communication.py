"""Writes down calls to Amazon that failed: one row per account, operation, status, kind,
run and minute.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest

from integration.models import CommunicationError
from integration.spapi.errors import ReadOnly, RetryLater, SpApiFailure, StoreMisconfigured
from integration.spapi.failure_kinds import Kind

logger = structlog.get_logger(__name__)
# Refusals that are an answer: Amazon has no such order, no such subscription, or has one already.
ANSWERS = frozenset({("getOrder", 404), ("getSubscription", 404), ("createSubscription", 409)})
# A code is one word of Amazon's, a request id hexadecimal groups: anything else in their place is a piece of
# a body, and is not kept.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def record_failure(
    *, account_id: int, operation: str, failed: SpApiFailure, lane: int, now: datetime
) -> None:
    """Write it down, outside any transaction; a repeat within its minute is one statement."""
    kind = kind_of(operation, failed)
    if kind is None:
        return
    key = {
        "account_id": account_id,
        "operation": operation,
        "status": failed.status,
        "kind": kind.value,
        "run": structlog.contextvars.get_contextvars().get("run", ""),
        # One row a minute and not one a call: an outage with many workers would otherwise write
        # thousands of rows that all say the same.
        "minute": now.replace(second=0, microsecond=0),
    }
    newest = {
        "code": code_of(failed.code),
        "request_id": request_id_of(failed.request_id),
        "lane": lane,
    }
    logger.warning(
        "communication.failed", operation=operation, status=failed.status, kind=kind.value, **newest
    )
    try:
        _count(key, newest, now)
    except IntegrityError:
        # Its account was deleted meanwhile: there is nobody left to tell.
        logger.info("communication.of_no_account")


def kind_of(operation: str, failed: SpApiFailure) -> Kind | None:
    """The kind of a failure; None where nothing failed on the way: our own quota, read-only mode, a refusal
    that is an answer, settings that kept us from calling at all.
    """
    if isinstance(failed, ReadOnly) or (
        isinstance(failed, RetryLater) and failed.is_quota and not failed.status
    ):
        return None
    if (operation, failed.status) in ANSWERS:
        return None
    if isinstance(failed, StoreMisconfigured):
        return Kind.ACCESS_DENIED if failed.status else None
    return _by_status(failed.status)


def _by_status(status: int) -> Kind:
    if status == 0:
        return Kind.NO_ANSWER
    if status == 429:
        return Kind.THROTTLED
    if status in (401, 403):
        return Kind.ACCESS_DENIED
    if 400 <= status < 500:
        return Kind.REFUSED
    return Kind.UNAVAILABLE if status >= 500 else Kind.UNUSABLE_ANSWER


def code_of(text: str) -> str:
    """Amazon's code if it has the form of one, else nothing."""
    return text if _CODE.fullmatch(text) else ""


def request_id_of(text: str) -> str:
    """Amazon's request id if it has the form of one, else nothing."""
    return text if _REQUEST_ID.fullmatch(text) else ""


def _count(key: Mapping[str, Any], newest: Mapping[str, Any], now: datetime) -> None:
    # The UPDATE first: within an outage nearly every failure is a repeat, and it is one statement
    # without a transaction.
    if _repeat(key, newest, now):
        return
    _, is_first = CommunicationError.objects.get_or_create(
        **key, defaults={**newest, "first_at": now, "last_at": now}
    )
    # Another worker made the row between the two: `get_or_create` found it, so this one is counted
    # there.
    if not is_first:
        _repeat(key, newest, now)


def _repeat(key: Mapping[str, Any], newest: Mapping[str, Any], now: datetime) -> int:
    # Workers' clocks differ: the last one never goes back.
    last_at = Greatest(F("last_at"), Value(now, output_field=DateTimeField()))
    return CommunicationError.objects.filter(**key).update(times=F("times") + 1, last_at=last_at, **newest)
