"""Serving imports of chosen orders: chunk by chunk, each judged as soon as it may be."""

from datetime import datetime

from integration import passes
from integration.pipeline import serve


def run(*, now: datetime) -> int:
    """Serve the imports of chosen orders, some chunks of them; gives how many orders were looked at.

    What is asked for here is judged here, so that most orders have their outcome with the first look. What
    is left over is the next tick's: one large import keeps no worker from everything else.
    """
    looked_at = 0
    for _ in range(serve.CHUNKS):
        serve.collect(now=now)
        rows = serve.claim(now=now)
        if not rows:
            break
        looked_at += len(rows)
        looked = serve.look(rows, now=now)
        if looked.to_judge:
            passes.judge(order_ids=looked.to_judge, now=now)
            serve.look(looked.rows, now=now)
    if looked_at:
        serve.finish(now=now)
    return looked_at
