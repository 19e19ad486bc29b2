"""A call of one seller to one operation, as the operations see it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from integration.sandbox.faults import Fault
from integration.sandbox.quota import Plan
from integration.sandbox.wire import Request, Response
from integration.sandbox.world import Seller, World


@dataclass(frozen=True)
class Call:
    request: Request
    query: dict[str, str]
    arguments: dict[str, str]
    """Parts of the path, decoded."""
    seller: Seller
    world: World
    now: datetime
    fault: Fault | None = None


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: re.Pattern[str]
    plan: Plan
    answer: Callable[[Call], Response]
    scope: str = ""
    """The scope of its tokens where it is grantless: the application's own affair, no seller's."""
