"""What people tell Amazon from here: ship, cancel, give money back. One module per verb.

Each writes what happened here and what is owed to Amazon in one transaction; the steps `pipeline/confirm` and
`pipeline/feed` send it. Whoever calls a door then wakes them (`tasks.wake_confirm`, `tasks.wake_feeds`).
"""
