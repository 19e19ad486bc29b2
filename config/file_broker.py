"""Kombu's broker of files, with messages that appear whole.

Kombu opens a message's file under its final name and then writes it: a worker that looks in between takes an
empty file for a message, and ends with "Unrecoverable error". Here it is written under another name first.
"""

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Reads like kombu's."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        # Kombu reads names in their order: the clock in front keeps messages in the order they were
        # sent.
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        # Whoever reads takes only names that end after the queue's.
        unfinished = folder / f"{name}.unfinished"
        unfinished.write_text(dumps(payload), encoding="utf-8")
        # A rename within one folder shows the whole file at once, or not at all.
        unfinished.rename(folder / name)


class Transport(filesystem.Transport):
    """What `filesystem://` stands for."""

    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this transport, in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:{Transport.__name__}"
