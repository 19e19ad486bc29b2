"""The arithmetic of a token bucket. Pure: the quota spends by it in SQL, pages show it."""

import math
from datetime import datetime, timedelta


def tokens_left(*, tokens: float, rate: float, burst: float, refilled_at: datetime, now: datetime) -> float:
    """How many tokens a bucket holds now. `rate`: tokens per second."""
    elapsed = max((now - refilled_at).total_seconds(), 0.0)
    return min(burst, tokens + rate * elapsed)


def until_token(*, left: float, rate: float, floor: int = 0) -> timedelta:
    """The time until one whole token above the floor is there, rounded up to a millisecond."""
    return timedelta(milliseconds=math.ceil(max(1.0 + floor - left, 0.0) / rate * 1000))
