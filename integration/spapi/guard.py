"""The last guard before a call to Amazon: none is made in read-only mode.

Asked where an access token is asked for, and by whoever spends no quota; `quota.spend` asks within its own
statement.
"""

from integration.installation import read_only
from integration.spapi.errors import ReadOnly


def require_speaking() -> None:
    """One statement. Raises ReadOnly."""
    mode = read_only.find_mode()
    if mode is not None:
        raise ReadOnly(mode.text)
