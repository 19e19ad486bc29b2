"""What can come of a call to Amazon other than an answer. Every text is one line for people, without secrets.

    SpApiFailure
    |- RetryLater             not now: throttled, down, or an answer that is none
    |  |- SearchRefused       Amazon refuses these parameters of a search (ask for fewer data sets)
    |  `- ReadOnly            no call was made: this installation is in read-only mode
    |- StoreMisconfigured     a person must act: refused refresh token, revoked consent, wrong client secret
    |  `- AccessDenied        403 with a new access token: the seller, or one marketplace, is closed to us
    |- Rejected               this request, never again
    `- PageTokenRefused       the page token has died; the window starts again

A search is never rejected for good, so it never raises Rejected. Anything else that flies is a bug.
"""

from datetime import timedelta

READ_ONLY_AGAIN_AFTER = timedelta(minutes=1)


class SpApiFailure(Exception):
    """The root. `status` is the HTTP status (0: no answer came), `request_id` is for Amazon's support, `code`
    Amazon's own, e.g. "InvalidInput". `operation` only where it is another one than was called: the sign-in.
    """

    def __init__(
        self, text: str, *, status: int = 0, request_id: str = "", code: str = "", operation: str = ""
    ) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.request_id = request_id
        self.code = code
        self.operation = operation


class RetryLater(SpApiFailure):
    """Nothing is lost; the same call may be made again `after` this time. `is_quota`: for want of quota."""

    def __init__(
        self,
        text: str,
        after: timedelta,
        *,
        status: int = 0,
        request_id: str = "",
        code: str = "",
        operation: str = "",
        is_quota: bool = False,
    ) -> None:
        super().__init__(text, status=status, request_id=request_id, code=code, operation=operation)
        self.after = after
        self.is_quota = is_quota


def may_have_arrived(failed: RetryLater) -> bool:
    """Whether Amazon may have done what it was asked to: no answer came, or none that can be believed."""
    if isinstance(failed, ReadOnly) or failed.is_quota:
        return False
    # `operation` is set by the sign-in alone: it failed before the call was made. A 429 is refused
    # before Amazon does anything.
    return not failed.operation and failed.status != 429


class SearchRefused(RetryLater):
    """Amazon answers a search with 4xx. It once did so for some data sets only, for half a day: the caller
    asks for fewer, and one who cannot waits."""


class ReadOnly(RetryLater):
    """Nothing was said to Amazon and no quota was spent; the text says how a person ends the mode. It is no
    failure of Amazon's: whoever counts failures does not count it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text, READ_ONLY_AGAIN_AFTER)


class StoreMisconfigured(SpApiFailure):
    """No call of this account will work until a person acts; the text says how."""


class AccessDenied(StoreMisconfigured):
    """403 although the access token is new. On a search, one of its marketplaces may be the cause: ask
    `marketplace_participations`."""


class Rejected(SpApiFailure):
    """Amazon refuses this very request. `words`: all that Amazon said, to be looked through, never stored."""

    def __init__(self, text: str, status: int, code: str, *, request_id: str = "", words: str = "") -> None:
        super().__init__(text, status=status, request_id=request_id, code=code)
        self.words = words or text


class PageTokenRefused(SpApiFailure):
    """The page token is no longer, or not, good for these parameters; start the window again without it."""
