"""A message in the folder of the broker is whole from the moment it can be seen."""

import threading
from pathlib import Path
from queue import Empty
from typing import Any

from celery import current_app
from kombu import Connection

from config import broker, file_broker

COUNT = 1_500


def channel(folder: Path) -> Any:
    options = broker.transport_options("filesystem://", folder)
    return Connection("localhost", transport="filesystem", transport_options=options).channel()


def test_the_app_uses_it() -> None:
    assert isinstance(
        current_app.connection_for_write(hostname="filesystem://").transport, file_broker.Transport
    )


def test_a_reader_that_looks_all_the_time_never_meets_half_a_message(tmp_path: Path) -> None:
    """With kombu's own writer it does within a few thousand."""
    written = threading.Thread(target=_write, args=(channel(tmp_path),))
    written.start()
    reader, found = channel(tmp_path), list[int]()
    is_over = False
    while not is_over:
        is_last_look = not written.is_alive()
        try:
            found.append(reader._get("default")["number"])
        except Empty:
            is_over = is_last_look
    assert sorted(found) == list(range(COUNT))


def _write(writer: Any) -> None:
    for number in range(COUNT):
        writer._put("default", {"number": number, "filling": "x" * 2_000})
