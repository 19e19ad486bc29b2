"""A local Amazon for many sellers, in a process of its own.

`python -m tests.bench.sellers <JSON of Sellers>` prints its address and serves until it is told to stop.
"""

import contextlib
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from config.supervisor import end_with_parent
from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.samples import sample_orders
from sandbox.server import SandboxServer

DEAD, SLOW = 0, 1


@dataclass(frozen=True, slots=True)
class Sellers:
    """How many there are, what they have sold, and how long Amazon takes to answer a search.

    With `has_trouble` the first seller's searches take `dead_seconds` and the second one's `slow_seconds`.
    """

    count: int
    orders_each: int = 0
    first_order_at: str = ""
    skus: int = 500
    answer_seconds: float = 0.0
    has_trouble: bool = False
    dead_seconds: float = 35.0
    slow_seconds: float = 6.0


def name_of(number: int) -> str:
    """The seller id of the n-th."""
    return f"A1MANY{number:06d}"


def token_of(number: int) -> str:
    """The refresh token of the n-th."""
    return f"refresh-many-{number}"


@dataclass(frozen=True, slots=True)
class Served:
    """A local Amazon at work."""

    address: str
    process_id: int


@contextlib.contextmanager
def serving(sellers: Sellers) -> Iterator[Served]:
    """Their Amazon."""
    command = [sys.executable, "-m", "tests.bench.sellers", json.dumps(asdict(sellers))]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
    try:
        if server.stdout is None or not (address := server.stdout.readline().strip()):
            raise RuntimeError("the local Amazon did not start")
        yield Served(address, server.pid)
    finally:
        server.terminate()
        server.wait()


def _serve(sellers: Sellers) -> None:
    amazon = Amazon(clock=Clock(), quota="off")
    for number in range(sellers.count):
        amazon.add_seller(name_of(number), "Bench", ("US",), token_of(number))
    if sellers.orders_each:
        _sell(amazon, sellers)
    # The oldest fault that fits a call is the one that hits it.
    if sellers.has_trouble:
        for number, seconds in ((DEAD, sellers.dead_seconds), (SLOW, sellers.slow_seconds)):
            amazon.faults.queue("slow", seller_id=name_of(number), times=0, seconds=seconds)
    if sellers.answer_seconds:
        amazon.faults.queue("slow", operation="searchOrders", times=0, seconds=sellers.answer_seconds)
    with SandboxServer(amazon) as server:
        print(server.url, flush=True)
        threading.Event().wait()


def _sell(amazon: Amazon, sellers: Sellers) -> None:
    created = datetime.fromisoformat(sellers.first_order_at)
    orders = sample_orders(sellers.count * sellers.orders_each, created=created, skus=sellers.skus)
    for number in range(sellers.count):
        amazon.world.put_new_orders(name_of(number), itertools.islice(orders, sellers.orders_each))


if __name__ == "__main__":
    _serve(Sellers(**json.loads(sys.argv[1])))
