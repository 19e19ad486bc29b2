"""How many threads of a worker may wait for Amazon at once, so that no account takes them all.

Counted in the process itself: exact, free of statements, and gone with the process when it dies. Nobody
waits for a slot. Whoever finds none leaves the row as it is, and another message or worker comes to it.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

# An account in trouble waits 30 s for a time-out, a healthy one half a second for its answer: three
# quarters of the threads stay with the healthy.
TROUBLED_SHARE = 4
# With one healthy account in a region an answer comes between: only a region that is away gets there.
SILENT_IN_A_ROW = 5


class Slots:
    """The slots of one process: one thread is kept from Amazon altogether, for what needs only the
    database, and a quarter of all (one at least) may work on troubled accounts.
    """

    def __init__(self, threads: int) -> None:
        self.at_once = max(1, threads - 1)
        self.troubled_at_once = max(1, threads // TROUBLED_SHARE)
        self._all = threading.Semaphore(self.at_once)
        self._troubled = threading.Semaphore(self.troubled_at_once)

    @contextlib.contextmanager
    def one(self, *, is_troubled: bool) -> Iterator[bool]:
        """A slot for as long as the block lasts; False where none is free."""
        with contextlib.ExitStack() as held:
            wanted = [self._all, self._troubled] if is_troubled else [self._all]
            # Never waited for: a thread that waits for a slot is one less for everything else.
            is_free = all(_is_taken(each, held) for each in wanted)
            if not is_free:
                held.close()
            yield is_free


class Regions:
    """Regions of Amazon that answer nobody, as this process has seen it.

    Each of their accounts would have to time out by itself before it counts as troubled, and that would take
    the slots of all others for as long as the accounts are many.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent: Counter[str] = Counter()

    def note(self, region: str, *, is_silent: bool) -> None:
        """A pass has ended; one answer makes a region well again."""
        with self._lock:
            self._silent[region] = self._silent[region] + 1 if is_silent else 0

    def down(self) -> frozenset[str]:
        """Where nobody has got an answer lately."""
        with self._lock:
            return frozenset(region for region, times in self._silent.items() if times >= SILENT_IN_A_ROW)


def _is_taken(semaphore: threading.Semaphore, held: contextlib.ExitStack) -> bool:
    is_free = semaphore.acquire(blocking=False)
    if is_free:
        held.callback(semaphore.release)
    return is_free
