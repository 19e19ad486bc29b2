"""Beat's timetable. A message that nobody took in time is worthless: the next one asks the same rows."""

from typing import Any


# `expires`: after a pause of the workers the broker holds one tick and not hundreds of them.
def every(seconds: float, task: str, *, expires: float) -> dict[str, Any]:
    return {"task": f"integration.tasks.{task}", "schedule": seconds, "options": {"expires": expires}}


TIMETABLE: dict[str, dict[str, Any]] = {
    # The tick: orders that are due for a judgment.
    "judge_due": every(1.0, "judge_due", expires=5.0),
    # Single orders that a person wants fresh, and those in quarantine.
    "refresh_waiting": every(2.0, "refresh_waiting", expires=10.0),
    "refresh_troubled": every(5.0, "refresh_troubled", expires=30.0),
    # Accounts whose turn it is, by their own adaptive interval: wakes one slot, which wakes the next.
    "sync_due_accounts": every(2.0, "sync_due_accounts", expires=10.0),
    # The same for accounts that failed or were slow last time; few slots at once work on them.
    "sync_troubled_accounts": every(5.0, "sync_troubled_accounts", expires=30.0),
    # Accounts without an active store, out of the way of those that have one.
    "park_idle_accounts": every(600.0, "park_idle_accounts", expires=300.0),
    # Parcels that have left and Amazon does not know of yet; those of accounts that fail, in few slots.
    "confirm_owed": every(2.0, "confirm_owed", expires=10.0),
    "confirm_troubled": every(5.0, "confirm_troubled", expires=30.0),
    # The next step of every feed: orders to cancel, money to give back.
    "work_on_feeds": every(5.0, "work_on_feeds", expires=10.0),
    # What Amazon shows of the parcels it was told of.
    "read_back": every(5.0, "read_back", expires=10.0),
    # Imports of chosen orders.
    "serve_batches": every(2.0, "serve_batches", expires=10.0),
    # Days of sales whose orders changed.
    "count_sales": every(5.0, "count_sales", expires=10.0),
    # System messages that opened or closed.
    "keep_messages": every(60.0, "keep_messages", expires=60.0),
    # Imports of product files.
    "serve_product_imports": every(2.0, "serve_product_imports", expires=10.0),
    # Orders of which nothing was heard for long.
    "probe": every(60.0, "probe", expires=30.0),
    # Answers about single orders, after a month.
    "forget_answers": every(6 * 3600.0, "forget_answers", expires=3600.0),
    # Amazon's own list of each account's orders, wanted once a night at an hour of its own.
    "want_proofs": every(300.0, "want_proofs", expires=300.0),
    # The next step of every such list: asked for, looked after, read.
    "work_on_lists": every(10.0, "work_on_lists", expires=20.0),
    # Orders that had been missing and are here.
    "heal_missing": every(15.0, "heal_missing", expires=30.0),
    # Backlogs that the search alone would take too long for.
    "watch_backlogs": every(60.0, "watch_backlogs", expires=60.0),
    # What names people, a month after delivery.
    "purge_personal_data": every(6 * 3600.0, "purge_personal_data", expires=3600.0),
}

# Added where a queue is configured.
NOTIFICATIONS: dict[str, dict[str, Any]] = {
    # Accounts whose subscription is missing, or was not looked after for hours.
    "keep_subscriptions": every(60.0, "keep_subscriptions", expires=30.0),
    # What was told more than a week ago; unreadable ones are read again.
    "tidy_notifications": every(3600.0, "tidy_notifications", expires=600.0),
}
