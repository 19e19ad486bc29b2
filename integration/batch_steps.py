"""What to do next with an order that a person chose for import. Pure: a table read from the top."""

from dataclasses import dataclass
from enum import StrEnum

from integration.policy import CANCELED, Reason


class Step(StrEnum):
    """What happens to it now."""

    ASK = "ASK"  # Amazon is asked for it by its number
    IMPORT = "IMPORT"  # it is view-only: its import is requested
    UNSKIP = "UNSKIP"  # it is skipped: the skip ends
    WAIT = "WAIT"  # for Amazon's answer, or for its judgement
    END = "END"


@dataclass(frozen=True, slots=True)
class Next:
    """The step, and the outcome where it is the last one. `is_for_amazon`: Amazon is waited for."""

    step: Step
    outcome: str = ""
    is_for_amazon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The order as it is stored here."""

    is_of_store: bool
    status: str
    state: str
    reason: str
    is_judged: bool
    is_import_requested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """All that is known of a chosen order. `answer`: Amazon's to a question of since then; empty before it.

    `may_ask`: it was named by its number, so that Amazon can be asked for it.
    """

    known: Known | None
    may_ask: bool
    is_asked: bool = False
    answer: str = ""
    is_unreadable: bool = False


def next_step(chosen: Chosen) -> Next:
    """The step for one order."""
    if chosen.known is not None:
        return _of_known(chosen.known)
    if not chosen.may_ask:
        # It was here when it was chosen, and is gone: Amazon was not asked.
        return _end("UNKNOWN")
    return _of_unknown(chosen)


def _of_known(known: Known) -> Next:
    if not known.is_of_store:
        return _end("OTHER_STORE")
    if known.state == "IMPORTED":
        return _end("IMPORTED")
    if not known.is_judged:
        return Next(Step.WAIT)
    if known.state == "CANCELED" or known.status in CANCELED:
        return _end("CANCELED")
    if known.state == "SKIPPED":
        return Next(Step.UNSKIP)
    if known.state == "VIEW_ONLY":
        is_never = known.reason == Reason.MULTI_CHANNEL or known.is_import_requested
        return _end("VIEW_ONLY") if is_never else Next(Step.IMPORT)
    return _end(known.state)


def _of_unknown(chosen: Chosen) -> Next:
    if not chosen.answer:
        return Next(Step.WAIT, is_for_amazon=True) if chosen.is_asked else Next(Step.ASK)
    if chosen.answer == "KNOWN":
        # Amazon has it, and it was not stored: it cannot be read, or its marketplace is not this store's.
        return _end("UNREADABLE" if chosen.is_unreadable else "OTHER_STORE")
    return _end(chosen.answer)


def _end(outcome: str) -> Next:
    return Next(Step.END, outcome)
