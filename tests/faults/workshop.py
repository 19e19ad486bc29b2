"""Orders in such numbers that a worker is in the midst of them when it is killed."""

import random
from datetime import UTC, datetime, timedelta

from sandbox.clock import iso
from sandbox.samples import sample_order
from tests.fixtures_shop import SELLER, Shop

CHANGED_EACH_TIME = 10
SKUS = 7


def searches(shop: Shop) -> int:
    return sum(entry.operation == "searchOrders" for entry in shop.amazon.log)


def sell_many(shop: Shop, count: int, rng: random.Random) -> list[str]:
    """Orders of one to three lines, readable at once."""
    moment = datetime.now(UTC) - timedelta(minutes=2, seconds=30)
    ids = []
    for _ in range(count):
        order_id = shop.order_id()
        lines = [(f"SKU-{n}", rng.randint(1, 2), "10.00") for n in rng.sample(range(1, SKUS + 1), 2)]
        created = moment - timedelta(hours=1)
        shop.amazon.world.put_order(
            SELLER, sample_order(order_id, created=created, updated=moment, lines=lines)
        )
        ids.append(order_id)
    return ids


def change_some(shop: Shop, known: list[str], rng: random.Random) -> None:
    moment = iso(datetime.now(UTC) - timedelta(minutes=2, seconds=20))
    for order_id in rng.sample(known, CHANGED_EACH_TIME):
        level = {"fulfillmentServiceLevel": rng.choice(["EXPEDITED", "PRIORITY", "NEXT_DAY"])}
        shop.amazon.world.change_order(order_id, {"fulfillment": level, "lastUpdatedTime": moment})
