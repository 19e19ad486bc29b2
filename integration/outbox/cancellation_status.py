"""Our newest request that Amazon cancel an order, read along with the order itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from integration.models import Cancellation, FeedRequestState

_OPEN = (FeedRequestState.OWED, FeedRequestState.SENT)
_NAMES = ("id", "state", "reason", "refusal", "by", "settled_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequest:
    """Where it stands. `settled_by`: who dealt with a refusal."""

    id: int
    state: str
    reason: str
    refusal: str
    by: str
    settled_by: str

    @property
    def is_open(self) -> bool:
        """Whether Amazon was asked, or is to be asked, and has not answered."""
        return self.state in _OPEN

    @property
    def is_settled(self) -> bool:
        """Whether somebody has dealt with a refusal."""
        return self.settled_by != ""


def newest(number_column: str) -> Subquery:
    """An annotation for a query whose column holds Amazon's order number."""
    # By key, not by time: two requests may bear the same moment, and keys are handed out in order.
    asked = Cancellation.objects.filter(amazon_order_id=OuterRef(number_column)).order_by("-pk")
    # One subquery for all columns, instead of one for each of them.
    told = asked.annotate(told=JSONObject(**{name: F(name) for name in _NAMES}))
    return Subquery(told.values("told")[:1], output_field=JSONField())


def from_annotation(annotated: Mapping[str, Any] | None) -> CancellationRequest | None:
    """The annotation's value; None where there is no request."""
    return CancellationRequest(**annotated) if annotated else None
