"""How much one token may ask."""

import hashlib

import structlog
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

logger = structlog.get_logger(__name__)


class PerToken(SimpleRateThrottle):
    """Twenty requests a second over a minute; without a token an address gets as much."""

    # Over a minute and not a second: a program that works through a list comes in bursts.
    rate = "1200/min"
    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """A key that tells nothing of the token."""
        caller = request.META.get("HTTP_AUTHORIZATION") or self.get_ident(request)
        # The token's text is kept nowhere, so it is no key of a cache either.
        return f"throttle:{hashlib.sha256(str(caller).encode()).hexdigest()[:32]}"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether it may go on. A cache that is down stops counting, not the work."""
        try:
            return bool(super().allow_request(request, view))
        except RedisError as down:
            logger.warning("api.throttle_is_blind", cause=type(down).__name__)
            return True
