"""Two queues, so that waiting for Amazon never holds up what needs only the database.

A bare `celery -A config worker` takes from both; `-Q` makes a worker take from one.
"""

from kombu import Queue

DEFAULT = "default"
# What waits for Amazon: its workers spend their time in calls, so they have many threads.
AMAZON = "amazon"

QUEUES = (Queue(DEFAULT), Queue(AMAZON))
ROUTES = {
    f"integration.tasks.{task}": {"queue": AMAZON}
    for task in (
        "sync_due_accounts",
        "sync_troubled_accounts",
        "sync_account",
        "refresh_waiting",
        "refresh_troubled",
        "refresh_account",
    )
}
