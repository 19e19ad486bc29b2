"""A call of one seller to one operation, as the operations see it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.faults import Fault
from sandbox.quota import UsagePlan
from sandbox.wire import Request, Response
from sandbox.world import Seller, World


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
    plan: UsagePlan
    answer: Callable[[Call], Response]
    scope: str = ""
    """The scope of its tokens where it is grantless: the application's own affair, no seller's."""
