"""A local Amazon in a process of its own, so that its work is not done on our processor's time.

`python -m tests.bench.amazon <orders> <first order at>` prints its address and serves until it is told to
stop.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime

from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.samples import sample_orders
from sandbox.server import SandboxServer


@contextlib.contextmanager
def running(*, count: int, first_order_at: datetime, seller: str, token: str, skus: int) -> Iterator[str]:
    """Serves these orders; gives the address."""
    arguments = [str(count), first_order_at.isoformat(), seller, token, str(skus)]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.amazon", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        if server.stdout is None or not (address := server.stdout.readline().strip()):
            raise RuntimeError("the local Amazon did not start")
        yield address
    finally:
        server.terminate()
        server.wait()


def _serve(count: int, first_order_at: datetime, seller: str, token: str, skus: int) -> None:
    amazon = Amazon(clock=Clock(), quota="off")
    amazon.add_seller(seller, "Bench", ("US",), token)
    amazon.world.put_new_orders(seller, sample_orders(count, created=first_order_at, skus=skus))
    with SandboxServer(amazon) as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    _count, _first_order_at, _seller, _token, _skus = sys.argv[1:]
    _serve(int(_count), datetime.fromisoformat(_first_order_at), _seller, _token, int(_skus))
