"""The make that started a local run: when it is told to stop, the run stops.

Ctrl-C reaches make and its recipe alike. A signal sent to make alone does not: on SIGTERM it tells its
recipe, on SIGINT it only waits for it to end, and killed it can do neither. Linux shows the last two.
"""

import os
import re
import signal
from pathlib import Path

MAKES = {"make", "gmake"}
CAUGHT = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)
INTERRUPT = 1 << (signal.SIGINT - 1)


class Parent:
    """Watches the process that started this one, if it is make and the system shows its signals."""

    def __init__(self) -> None:
        self._number = os.getppid()
        self._is_make = self._read("comm").strip() in MAKES
        # A make that a shell started in the background ignores interrupts from the beginning.
        self._caught_interrupts = self._catches_interrupts()

    def has_stopped(self) -> bool:
        """Whether make was killed, or interrupted: then it catches no further interrupt and waits for us."""
        is_gone = os.getppid() != self._number
        is_interrupted = self._caught_interrupts and not self._catches_interrupts()
        return self._is_make and (is_gone or is_interrupted)

    def _catches_interrupts(self) -> bool:
        caught = CAUGHT.search(self._read("status"))
        return caught is not None and bool(int(caught.group(1), 16) & INTERRUPT)

    def _read(self, name: str) -> str:
        try:
            return Path(f"/proc/{self._number}/{name}").read_text(encoding="utf-8")
        except OSError:
            # No /proc on this system, or the process has ended.
            return ""
