"""Why the sync had not brought an order in. Pure: facts are gathered before; the first reason that fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Why(StrEnum):
    """As `integration.models.WhyMissed`, which has the words."""

    WAS_HERE = "WAS_HERE"
    QUARANTINED = "QUARANTINED"
    INACTIVE = "INACTIVE"
    ACCESS_LOST = "ACCESS_LOST"
    OUTAGE = "OUTAGE"
    NOT_READ_YET = "NOT_READ_YET"
    LEFT_OUT = "LEFT_OUT"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one moment to another, both included; `until` None: it goes on."""

    since: datetime
    until: datetime | None

    def covers(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment <= self.until)


@dataclass(frozen=True, slots=True)
class Absence:
    """When a store was last not synced. `is_inactive`: a person wished it; else Amazon closed it."""

    stretch: Stretch
    is_inactive: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about an order that is not here and about the sync at the time of its last change.

    `failures`: what each failed pass wanted to read, from its cursor to its end. `is_here`: by now it is.
    """

    last_updated_at: datetime
    was_here: bool
    is_quarantined: bool
    absence: Absence | None
    failures: Sequence[Stretch]
    synced_until: datetime | None
    is_here: bool = False


def reason(facts: Facts) -> Why:
    """The likeliest reason."""
    changed_at = facts.last_updated_at
    if facts.is_here:
        # The sync brought it in while the list was compared.
        return Why.NOT_READ_YET
    if facts.was_here:
        return Why.WAS_HERE
    if facts.is_quarantined:
        return Why.QUARANTINED
    if facts.absence is not None and facts.absence.stretch.covers(changed_at):
        return Why.INACTIVE if facts.absence.is_inactive else Why.ACCESS_LOST
    if facts.synced_until is None or changed_at >= facts.synced_until:
        return Why.NOT_READ_YET
    if any(failure.covers(changed_at) for failure in facts.failures):
        return Why.OUTAGE
    return Why.LEFT_OUT
