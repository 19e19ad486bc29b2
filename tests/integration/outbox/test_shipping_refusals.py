"""A refusal is known by Amazon's words, wherever they stand."""

import pytest

from integration.outbox import shipping_refusals

FULFILLED = (
    "Failed to create package due to not finding a matching package or order already fulfilled.  "
    + "ErrorMessage(errorCode=GeneralError, errorDescription="
    + "x" * 200
    + ", errorMetric=PackageToUpdateNotFound, packageIndex=null)"
)


@pytest.mark.parametrize(
    ("code", "words", "is_done"),
    [
        ("InvalidInput", FULFILLED, True),
        ("InvalidInput", "y" * 400 + " errorMetric=PackageToUpdateNotFound", True),
        ("PackageToUpdateNotFound", "", True),
        ("InvalidInput", "The label was bought through Amazon Buy Shipping.", True),
        ("InvalidInput", "FBM Ship+ orders are confirmed by Amazon.", True),
        ("InvalidInput", "The tracking number is not valid for the carrier", False),
        ("", "", False),
    ],
)
def test_only_what_amazon_says_was_done_elsewhere_is_looked_at(code: str, words: str, is_done: bool) -> None:
    assert shipping_refusals.says_done_elsewhere(code=code, words=words) is is_done
