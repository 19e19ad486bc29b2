"""Who syncs an account at the moment. The lease covers fetch and receive; check and place need none.

Every claim raises the account's fencing number, and a page is stored only under the newest one: a worker that
was thought dead and comes back cannot write any more.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet

from integration.models import AccountSync

# Longer than a call that times out (30 s) together with a sign-in that does (30 s), and short enough
# that an account whose worker was lost with its host waits no longer than a poll.
LASTS = timedelta(seconds=90)


class LeaseTaken(Exception):
    """Another worker syncs this account right now."""


class LeaseLost(Exception):
    """The lease ran out and another worker has taken over: whatever this one holds must not be stored."""


class TimeSliceExpired(Exception):
    """The holder has worked on this account for as long as others could be kept waiting."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to store pages of one account.

    `time_slice_ends_at`: when its holder gives way; None: never.
    """

    account_id: int
    fencing: int
    time_slice_ends_at: datetime | None = None


def claim(*, account_id: int, now: datetime) -> Lease:
    """Take the lease. Raises LeaseTaken."""
    rows = AccountSync.objects.filter(account_id=account_id)
    seen = rows.values_list("fencing", "lease_owner", "lease_expires_at").first()
    if seen is None:
        raise LeaseTaken("the account was deleted meanwhile")
    fencing, held_by, expires_at = seen
    if expires_at is not None and expires_at > now and not _has_died(held_by):
        raise LeaseTaken(f"another pass holds the account until {expires_at:%H:%M:%S} UTC")
    # Compared with the fencing number that was seen: of two workers that find it free, one wins.
    won = rows.filter(fencing=fencing).update(
        fencing=fencing + 1, lease_owner=owner(), lease_expires_at=now + LASTS
    )
    if not won:
        raise LeaseTaken("another pass has just taken the account")
    return Lease(account_id=account_id, fencing=fencing + 1)


def renew(lease: Lease, *, now: datetime) -> None:
    """Extend the lease; called before every call to Amazon. Raises LeaseLost, TimeSliceExpired."""
    # The time slice before the lease: who gives way still holds it and has to let go of it properly.
    if lease.time_slice_ends_at is not None and now >= lease.time_slice_ends_at:
        raise TimeSliceExpired(f"account {lease.account_id} gives way")
    # A lease that ran out but that nobody took is simply extended: the fencing number is what decides.
    if not _rows(lease).update(lease_expires_at=now + LASTS):
        raise LeaseLost(f"account {lease.account_id} was taken over")


def release(lease: Lease) -> None:
    """Let go; nothing happens where it was lost already."""
    _rows(lease).update(lease_owner="", lease_expires_at=None)


def is_taken(*, fencing: int, current: int, held_by: str, expires_at: datetime | None, now: datetime) -> bool:
    """Whether the claim with this number is still at work: not let go, not run out, not another's by now."""
    return fencing == current and expires_at is not None and expires_at > now and not _has_died(held_by)


def owner() -> str:
    """This process: host, process id and start, since ids are used again."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _rows(lease: Lease) -> QuerySet[AccountSync]:
    return AccountSync.objects.filter(account_id=lease.account_id, fencing=lease.fencing)


# A worker that was killed would otherwise block its account for the rest of the lease; a restart of all
# workers would block every account.
def _has_died(lease_owner: str) -> bool:
    """Whether the owner was a process of this host that is gone; of other hosts only the expiry tells."""
    host, pid, started = (lease_owner.rsplit(":", 2) + ["", ""])[:3]
    return host == socket.gethostname() and pid.isdigit() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty where it is gone.

    A zombie is gone: it only waits for its parent to ask how it ended.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _is_alive(pid)
    # From the last parenthesis on: the program's name stands before it and may hold spaces and
    # parentheses itself (man 5 proc).
    state, *fields = stat.rpartition(")")[2].split()
    # Field 22 (starttime): the state is field 3, so it is the 19th after it.
    return "" if state in "ZX" else fields[18]


def _is_alive(pid: int) -> str:
    """Without /proc the start is not known; that the process is there is the best that can be said."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    # It is there but another user's.
    except PermissionError:
        return "alive"
    return "alive"
