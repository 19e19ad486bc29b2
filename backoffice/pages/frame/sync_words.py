"""How far a sync is, in words."""

from backoffice.pages.frame import words
from integration.sync.window_progress import Backlog, BacklogState


def backlog(found: Backlog) -> str:
    """What is still to come of a window, as far as that can be known."""
    if found.state == BacklogState.NONE:
        return "none"
    if found.state == BacklogState.UNKNOWN:
        return "unknown until Amazon answers a search"
    read = words.counted(found.pages_read, "page") + " read"
    if found.pages_left is None:
        return f"{read}, how many are left is not known"
    left = f"about {words.counted(found.pages_left, 'page')} left"
    return f"{read}, {left}"


def backlog_end(found: Backlog) -> str:
    """When it will be worked off."""
    if found.state != BacklogState.UNDER_WAY:
        return ""
    return f"done in about {words.duration(found.ends_in)}" if found.ends_in is not None else "end unknown"
