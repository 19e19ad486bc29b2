"""How many threads of a worker may wait for Amazon at once, so that no account takes them all.

Counted in the process itself: exact, free of statements, and gone with the process when it dies. Nobody
waits for a slot. Whoever finds none leaves the row as it is, and another message or worker comes to it.
"""

import contextlib
import threading
from collections.abc import Iterator

TROUBLED_SHARE = 4


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
            is_free = all(_is_taken(each, held) for each in wanted)
            if not is_free:
                held.close()
            yield is_free


def _is_taken(semaphore: threading.Semaphore, held: contextlib.ExitStack) -> bool:
    is_free = semaphore.acquire(blocking=False)
    if is_free:
        held.callback(semaphore.release)
    return is_free
