"""Encryption at rest for personal data and secrets, and keyed hashes to search by.

It imports none of our apps, so that `amazon_orders` and
`commerce`, which do not know each other, can seal their rows in the same way.
"""
