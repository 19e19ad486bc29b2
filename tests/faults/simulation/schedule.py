"""What happens in a simulation, drawn from its seed: Amazon, people, faults and processes, event by event."""

from collections.abc import Callable
from random import Random

from tests.faults.simulation.broker import Broker
from tests.faults.simulation.clock import VirtualClock
from tests.faults.simulation.desk import Desk
from tests.faults.simulation.mail import Mail
from tests.faults.simulation.market import Market
from tests.faults.simulation.people import People
from tests.faults.simulation.wire import SPOILT_IN, Wire
from tests.faults.simulation.workers import Workers

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
    "same_time_other_content",
)
# Of what is told to Amazon one thing is refused, or lost on the way.
REFUSING = (
    ("refused_shipment", "confirmShipment"),
    ("lost_answer", "confirmShipment"),
    ("cut", "confirmShipment"),
    ("lost_answer", "createFeed"),
    ("fatal_feed", "createFeed"),
    ("cancelled_feed", "createFeed"),
)
WAITS = (5, 5, 20, 60, 95, 95, 130, 130, 200, 300, 300, 600, 1200, 2400, 3 * 3600, 25 * 3600)
# What changes nothing of ours.
QUIET_EVENTS = frozenset(
    {"wait", "break_amazon", "refuse", "spoil_a_page", "break_broker", "mend_broker", "poison"}
)


class Schedule:
    """Draws events and lets them happen."""

    def __init__(
        self,
        *,
        market: Market,
        people: People,
        desk: Desk,
        workers: Workers,
        clock: VirtualClock,
        wire: Wire,
        broker: Broker,
        mail: Mail,
        rng: Random,
    ) -> None:
        self._market, self._people, self._desk = market, people, desk
        self._workers, self._clock = workers, clock
        self._wire, self._broker, self._mail, self._rng = wire, broker, mail, rng
        self.events: list[str] = []
        self._kinds = self._all_kinds()

    def _all_kinds(self) -> dict[Callable[[], None], int]:
        market, people, desk, mail = self._market, self._people, self._desk, self._mail
        return {
            market.sell: 56,
            market.list_late: 4,
            market.list_too_late: 2,
            market.pay: 18,
            market.ship: 5,
            market.ship_a_unit: 6,
            market.cancel: 10,
            market.cancel_silently: 4,
            market.cancel_a_unit: 6,
            market.touch: 4,
            market.say_an_unknown_word: 1,
            market.lose_access: 1,
            market.regain_access: 3,
            market.revoke: 1,
            people.restock: 6,
            people.make_product: 2,
            people.import_chosen: 3,
            people.skip: 3,
            people.unskip: 2,
            people.correct_address: 3,
            people.reauthorize: 3,
            people.say_nothing: 1,
            people.speak_again: 5,
            desk.ship_here: 16,
            desk.ship_an_item_here: 9,
            desk.correct_parcel: 2,
            desk.cancel_here: 5,
            desk.cancel_at_amazon: 2,
            self.request: 36,
            self.break_amazon: 7,
            self.refuse: 5,
            self.spoil_a_page: 9,
            self.lose_the_queue: 1,
            mail.poison: 2,
            self.break_broker: 3,
            self.mend_broker: 4,
            self.deploy: 3,
            self.overtake: 10,
            self.judge_ahead: 6,
            self.wait: 30,
            self.work: 140,
        }

    def happen(self) -> bool:
        """One event; whether it can have changed anything of ours."""
        [event] = self._rng.choices(tuple(self._kinds), tuple(self._kinds.values()))
        self._tell(event.__name__)
        event()
        return event.__name__ not in QUIET_EVENTS

    def _tell(self, text: str) -> None:
        self.events.append(f"{self._clock.now():%d %H:%M:%S} {text}")

    def break_amazon(self) -> None:
        """One of Amazon's next answers is none."""
        kind = self._rng.choice(FAULTS)
        times, after_calls = self._rng.choice((1, 1, 2, 4)), self._rng.choice((0, 0, 1, 2))
        operation = self._rng.choice(("searchOrders", "searchOrders", "getOrder", "confirmShipment", None))
        self._market.amazon.faults.queue(kind, operation=operation, times=times, after_calls=after_calls)

    def refuse(self) -> None:
        """The next parcel or feed is refused, or Amazon's answer about it is lost."""
        kind, operation = self._rng.choice(REFUSING)
        self._market.amazon.faults.queue(kind, operation=operation)

    def spoil_a_page(self) -> None:
        """One order of one of the next pages is not as it should be."""
        self._wire.spoil_next.append(self._rng.choice(SPOILT_IN))

    def break_broker(self) -> None:
        """Messages are lost, doubled and late from now on, or none can be sent."""
        self._broker.is_ill, self._broker.is_away = True, self._rng.random() < 0.3

    def lose_the_queue(self) -> None:
        """The queue of notifications cannot be reached."""
        self._mail.is_away = True

    def mend_broker(self) -> None:
        """The broker is well again, and the queue can be reached."""
        self._broker.heal()
        self._mail.is_away = False

    def wait(self) -> None:
        """Time passes, sometimes a lot of it, and beat sends what is due."""
        self._clock.advance(self._rng.choice(WAITS))
        self._broker.beat()

    def deploy(self) -> None:
        """Every process ends, in order or not, and others begin."""
        self._workers.end_all(is_crash=self._rng.random() < 0.4)
        self._broker.restart_beat()

    def request(self) -> None:
        """A person's request, in a process of its own that may die on the way."""
        people, desk = self._people, self._desk
        action = self._rng.choice(
            (
                people.switch_product,
                people.switch_product,
                people.switch_reserving,
                people.switch_reserving,
                people.switch_import,
                people.ask_again,
                people.ask_again,
                people.ask_by_number,
                people.ask_by_number,
                people.ask_by_number,
                people.retry,
                people.deactivate,
                people.activate,
                people.activate,
                people.delete,
                people.connect,
                people.connect,
                desk.ship_here,
                desk.ship_here,
                desk.ship_here,
                desk.ship_an_item_here,
                desk.ship_an_item_here,
                desk.correct_parcel,
                desk.cancel_here,
                desk.cancel_here,
                desk.cancel_at_amazon,
            )
        )
        self._tell(f"  {action.__name__}")
        self._workers.serve(action)

    def work(self) -> None:
        """A process begins, or goes on for some steps."""
        self._tell_of(self._workers.work())

    def overtake(self) -> None:
        """A worker waits for Amazon for longer than its lease lasts; another one goes on instead."""
        self._workers.overtake(self._much_happens)

    def judge_ahead(self) -> None:
        """Orders are judged by a clock that is ahead, and at once somebody mends what blocks them."""
        if self._workers.judge_ahead():
            self._people.restock()
            self._people.switch_product()

    def finish(self) -> None:
        """No more faults: who is at work works to the end."""
        self._market.amazon.faults.clear()
        self._market.regain_access()
        self._wire.spoil_next.clear()
        self._broker.heal()
        self._mail.heal()
        self._workers.finish()

    def _much_happens(self) -> None:
        market = self._market
        changes = (market.pay, market.pay, market.cancel, market.ship, market.touch, market.sell)
        for happens in self._rng.sample(changes, k=2):
            happens()
        self._clock.advance(self._rng.choice((95, 130, 300, 1200)))

    def _tell_of(self, what: str) -> None:
        if what:
            self._tell(f"  {what}")
