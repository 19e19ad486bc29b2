"""Two queues, so that waiting for Amazon never holds up what needs only the database.

A bare `celery -A config worker` takes from both; `-Q` makes a worker take from one.
"""

from kombu import Exchange, Queue

DEFAULT = "default"
# What waits for Amazon: its workers spend their time in calls, so they have many threads.
AMAZON = "amazon"

# An exchange each: queues of one exchange and key would all get every message.
QUEUES = tuple(Queue(name, Exchange(name), routing_key=name) for name in (DEFAULT, AMAZON))
ROUTES = {
    f"integration.tasks.{task}": {"queue": AMAZON}
    for task in (
        "sync_due_accounts",
        "sync_troubled_accounts",
        "sync_account",
        "refresh_waiting",
        "refresh_troubled",
        "refresh_account",
        "keep_subscription",
        "work_on_lists",
        "confirm_owed",
        "confirm_troubled",
        "work_on_feeds",
    )
}
