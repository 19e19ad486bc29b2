"""Texts that come in files: of Amazon's reports, and of what people save out of their spreadsheets.

It imports none of our apps: both sides and the bridge read files by the same rules.
"""
