"""Celery's broker settings: Redis by URL, or folders under var/ that need no server."""

from pathlib import Path
from typing import Any

FILESYSTEM = "filesystem://"
# Redis gives a message to another worker after this time: longer than any task, for a second run beside
# the first would only be in its way.
TASK_SECONDS_AT_MOST = 3600


def transport_options(url: str, folder: Path) -> dict[str, Any]:
    return _filesystem(folder) if url.startswith(FILESYSTEM) else _redis()


def _filesystem(folder: Path) -> dict[str, Any]:
    queue, control = folder / "queue", folder / "control"
    for path in (queue, control):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        # One folder for both directions: what a process sends, any other may take.
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "store_processed": False,
        "polling_interval": 0.05,
    }


def _redis() -> dict[str, Any]:
    return {
        "visibility_timeout": TASK_SECONDS_AT_MOST,
        # A web request that enqueues must not hang on a broker that is gone: one try, not 7 seconds of them.
        "max_retries": 0,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "health_check_interval": 30,
    }
