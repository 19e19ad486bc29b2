"""Token buckets, one per seller and operation, at Amazon's default rates."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

QuotaMode = Literal["real", "off"]


@dataclass(frozen=True)
class UsagePlan:
    rate: float
    """Tokens that come back per second."""
    burst: int


@dataclass
class _Bucket:
    tokens: float
    filled_at: datetime


class Quota:
    def __init__(self, mode: QuotaMode = "real") -> None:
        self.mode = mode
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def spend(self, seller_id: str, operation: str, plan: UsagePlan, now: datetime) -> bool:
        """Take one token; False if there is none."""
        if self.mode == "off":
            return True
        with self._lock:
            bucket = self._refilled((seller_id, operation), plan, now)
            if bucket.tokens < 1:
                return False
            bucket.tokens -= 1
            return True

    def empty(self, seller_id: str, operation: str, now: datetime) -> None:
        """Leave nothing in the bucket, as another program of the seller might."""
        with self._lock:
            self._buckets[seller_id, operation] = _Bucket(0.0, now)

    def _refilled(self, key: tuple[str, str], plan: UsagePlan, now: datetime) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(float(plan.burst), now))
        seconds = max((now - bucket.filled_at).total_seconds(), 0.0)
        bucket.tokens = min(float(plan.burst), bucket.tokens + seconds * plan.rate)
        bucket.filled_at = now
        return bucket
