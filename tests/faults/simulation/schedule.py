"""What happens in a simulation, drawn from its seed: Amazon, people, faults and workers, event by event."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.utils import timezone

from integration import passes
from integration.models import AccountSync
from integration.pipeline import refresh
from tests.faults.simulation.clock import VirtualClock
from tests.faults.simulation.lives import Life, Lives
from tests.faults.simulation.shop import SELLERS, Shop
from tests.faults.simulation.wire import SPOILT_IN, Wire

FAULTS = (
    "throttle",
    "throttle_bare",
    "html503",
    "html503",
    "bare500",
    "error500",
    "unauthorized401",
    "forbidden403",
    "no_orders",
    "empty",
    "cut",
    "drop",
    "lost_answer",
    "expired_page_token",
    "malformed_order",
    "repeated_order",
)
# Deepest nesting of workers that overtake each other.
DEEPEST = 3


class Schedule:
    """Draws events and lets them happen."""

    def __init__(self, shop: Shop, clock: VirtualClock, lives: Lives, wire: Wire, rng: Random) -> None:
        self._shop, self._clock, self._lives, self._wire, self._rng = shop, clock, lives, wire, rng
        self._started = 0
        self.events: list[str] = []
        self._kinds: tuple[tuple[Callable[[], None], int], ...] = (
            (shop.sell, 34),
            (shop.list_late, 4),
            (shop.pay, 10),
            (shop.ship, 6),
            (shop.ship_a_unit, 6),
            (shop.cancel, 6),
            (shop.cancel_a_unit, 5),
            (shop.touch, 4),
            (shop.say_an_unknown_word, 1),
            (shop.restock, 5),
            (shop.switch_product, 4),
            (shop.make_product, 2),
            (shop.switch_reserving, 3),
            (shop.connect_mexico, 2),
            (shop.ask_again, 7),
            (self.break_amazon, 6),
            (self.spoil_a_page, 9),
            (self.wait, 18),
            (self.work, 56),
        )

    def happen(self) -> None:
        """One event."""
        events = [event for event, _ in self._kinds]
        [event] = self._rng.choices(events, [weight for _, weight in self._kinds])
        self.events.append(f"{self._clock.now():%d %H:%M:%S} {event.__name__}")
        event()

    def break_amazon(self) -> None:
        """One of Amazon's next answers is none."""
        kind = self._rng.choice(FAULTS)
        times, after_calls = self._rng.choice((1, 1, 2, 4)), self._rng.choice((0, 0, 1, 2))
        operation = self._rng.choice(("searchOrders", "searchOrders", "getOrder", None))
        self._shop.amazon.faults.queue(kind, operation=operation, times=times, after_calls=after_calls)

    def spoil_a_page(self) -> None:
        """One order of one of the next pages is not as it should be."""
        self._wire.spoil_next.append(self._rng.choice(SPOILT_IN))

    def wait(self) -> None:
        """Time passes, sometimes a lot of it."""
        seconds = self._rng.choice((5, 60, 95, 130, 200, 300, 600, 1200, 1800, 2400, 3 * 3600, 25 * 3600))
        self._clock.advance(seconds)

    def work(self) -> None:
        """A worker does one of its tasks, and may die, be cut off or be overtaken on the way."""
        task = self._rng.choice((self.sync, self.sync, self.sync, self.refresh, self.tick))
        seller = self._rng.choice((SELLERS[0], SELLERS[0], SELLERS[1]))
        life = self._life()
        if self._lives.depth < DEEPEST and self._rng.random() < 0.3:
            self._wire.during_call = self.meanwhile
        self._lives.live(life, lambda: task(seller))

    def _life(self) -> Life:
        self._started += 1
        life = Life(f"host:{self._started}:1", is_buried_at_once=self._rng.random() < 0.5)
        life.skew = timedelta(seconds=self._rng.choice((0, 0, -15, 15)))
        step = self._rng.choice((self._rng.randrange(1, 16), self._rng.randrange(12, 60)))
        chance = self._rng.random()
        if chance < 0.15:
            life.crash_at = step
        elif chance < 0.22:
            life.lose_connection_at = step
        elif chance < 0.75 and self._lives.depth < DEEPEST:
            life.overtake_at, life.overtake = step, self.meanwhile
        return life

    def meanwhile(self) -> None:
        """While a worker waits: the world goes on, others work, perhaps for longer than its lease lasts."""
        self._clock.advance(self._rng.choice((0, 1, 20, 100, 150)))
        shop = self._shop
        things = (shop.pay, shop.pay, shop.cancel, shop.ship, shop.cancel_a_unit, shop.touch, shop.restock)
        for thing in self._rng.sample((*things, shop.sell, shop.switch_reserving), k=2):
            self._lives.live(Life("person:0:0"), thing)
        self._clock.advance(self._rng.choice((0, 1, 130)))
        for _ in range(self._rng.choice((1, 1, 2))):
            self.work()

    def sync(self, seller: str) -> None:
        """What the command `sync` does for one account."""
        account_id = self._account(seller)
        passes.sync_account(account_id=account_id, now=timezone.now())
        if account_id in refresh.accounts_waiting(now=timezone.now()):
            passes.refresh_account(account_id=account_id, now=timezone.now())
        passes.judge_due(now=timezone.now())

    def refresh(self, seller: str) -> None:
        """Single orders that wait to be asked for."""
        passes.refresh_account(account_id=self._account(seller), now=timezone.now())

    def tick(self, seller: str) -> None:
        """What is due is judged."""
        passes.judge_due(now=timezone.now())

    @staticmethod
    def _account(seller: str) -> int:
        return AccountSync.objects.values_list("account_id", flat=True).get(account__seller_id=seller)
