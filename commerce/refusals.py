"""Why something cannot be done: every reason at once, each for the order and line that it concerns."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason. `text` is for people; `line_id` is None where it concerns the whole order."""

    order_id: int
    code: str
    text: str
    line_id: int | None = None


class Refused(Exception):
    """Nothing was done; `refusals` are all the reasons."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(" ".join(refusal.text for refusal in self.refusals))

    @property
    def order_ids(self) -> frozenset[int]:
        """The orders that stand in the way; without them the others can be done."""
        return frozenset(refusal.order_id for refusal in self.refusals)
