"""What to do next with an order of a batch, by what the batch does. Pure: tables read from the top."""

from dataclasses import dataclass
from enum import StrEnum

from integration.decision.policy import CANCELED, Reason

_OPEN = frozenset({"WAITING", "BLOCKED"})


class Step(StrEnum):
    """What happens to it now."""

    ASK = "ASK"  # Amazon is asked for it by its number
    IMPORT = "IMPORT"  # it is view-only: its import is requested
    UNSKIP = "UNSKIP"  # it is skipped: the skip ends
    RETRY = "RETRY"  # it is judged again
    SKIP = "SKIP"  # it is left out, with the batch's reason
    REFRESH = "REFRESH"  # Amazon is asked for it again
    WAIT = "WAIT"  # for Amazon's answer, or for its judgment
    END = "END"


@dataclass(frozen=True, slots=True)
class Next:
    """The step, and the outcome where it is the last one. `is_for_amazon`: Amazon is waited for."""

    step: Step
    outcome: str = ""
    is_for_amazon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The order as it is stored here. `..._since`: since the batch was asked for."""

    is_of_store: bool
    status: str
    state: str
    reason: str
    is_judged: bool
    is_import_requested: bool
    is_judged_since: bool = False
    is_skipped_since: bool = False
    is_store_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """All that is known of a chosen order. `answer`: Amazon's to a question of since then; empty before it.

    `may_ask`: it was named by its number, so that Amazon can be asked for it. `is_too_late`: the end of the
    batch's skip has come already.
    """

    known: Known | None
    may_ask: bool
    action: str = "IMPORT"
    is_asked: bool = False
    answer: str = ""
    is_unreadable: bool = False
    is_too_late: bool = False


def next_step(chosen: Chosen) -> Next:
    """The step for one order."""
    if chosen.known is not None:
        return _of_known(chosen.known, chosen)
    if not chosen.may_ask:
        # It was here when it was chosen, and is gone: Amazon was not asked.
        return _end("UNKNOWN")
    return _of_unknown(chosen)


def _of_known(known: Known, chosen: Chosen) -> Next:
    if not known.is_of_store:
        return _end("OTHER_STORE")
    if chosen.action == "REFRESH":
        return _to_refresh(known, chosen)
    if chosen.action == "RETRY":
        return _to_retry(known)
    return _to_skip(known, chosen) if chosen.action == "SKIP" else _to_import(known)


def _to_refresh(known: Known, chosen: Chosen) -> Next:
    if chosen.answer:
        is_over = chosen.answer != "KNOWN" or known.is_judged
        return (
            _end(known.state if chosen.answer == "KNOWN" else chosen.answer) if is_over else Next(Step.WAIT)
        )
    if not known.is_store_active:
        return _end(known.state)
    return Next(Step.WAIT, is_for_amazon=True) if chosen.is_asked else Next(Step.REFRESH)


def _to_retry(known: Known) -> Next:
    if known.state not in _OPEN:
        return _end(known.state)
    if not known.is_judged:
        return Next(Step.WAIT)
    return _end(known.state) if known.is_judged_since else Next(Step.RETRY)


def _to_skip(known: Known, chosen: Chosen) -> Next:
    if known.is_skipped_since:
        return _end(known.state) if known.is_judged else Next(Step.WAIT)
    may_skip = known.state in {*_OPEN, "SKIPPED"} and not chosen.is_too_late
    return Next(Step.SKIP) if may_skip else _end(known.state)


def _to_import(known: Known) -> Next:
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
