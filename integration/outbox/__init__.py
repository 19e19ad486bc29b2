"""What people tell Amazon from here: ship, cancel, give money back. One module per verb.

Each writes what happened here and what is owed to Amazon in one transaction; `confirm` and `feeds`
send it. Whoever calls such a function then wakes them (`tasks.wake_confirm`, `tasks.wake_feeds`).
"""
