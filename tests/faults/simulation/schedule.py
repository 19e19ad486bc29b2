"""What happens in a simulation, drawn from its seed: Amazon, people, faults and processes, event by event."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.core.exceptions import ObjectDoesNotExist
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnavailable

from integration import read_only, tasks
from integration.listening import Listener
from tests.faults.simulation.broker import Broker, Message
from tests.faults.simulation.clock import VirtualClock
from tests.faults.simulation.lives import Life, Lives, Step
from tests.faults.simulation.mail import Mail
from tests.faults.simulation.market import Market
from tests.faults.simulation.people import REFUSALS, People
from tests.faults.simulation.turns import TO_THE_END, Slot
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
    "same_time_other_content",
)
POLLS = 3
# Processes at work at the same time: two workers, and a command or a request.
SLOTS = 3
WAITS = (5, 5, 20, 60, 95, 95, 130, 130, 200, 300, 300, 600, 1200, 2400, 3 * 3600, 25 * 3600)
# How far a process gets in one turn; a whole pass has some 60 steps. The moments between what it has read or
# was answered and what it makes of that come often.
TURNS: tuple[tuple[Step | None, tuple[int, ...]], ...] = (
    (None, (1, 2, 4, 8, 15, 30, 60, TO_THE_END)),
    (None, (TO_THE_END,)),
    (Step.CALL, (1, 2, 3, 4)),
    (Step.CALL, (1, 2, 3, 4)),
    (Step.BEGIN, (1, 2, 3, 5)),
)
# What a process may end with that is no mistake of its own.
EXPECTED = (OperationalError, InterfaceError, BrokerUnavailable, CommandError, *REFUSALS)


@dataclass
class Place:
    """A slot and the message its worker works on."""

    slot: Slot
    message: Message | None = None


class Schedule:
    """Draws events and lets them happen."""

    def __init__(
        self,
        *,
        market: Market,
        people: People,
        clock: VirtualClock,
        lives: Lives,
        wire: Wire,
        broker: Broker,
        mail: Mail,
        rng: Random,
    ) -> None:
        self._market, self._people, self._clock, self._lives = market, people, clock, lives
        self._wire, self._broker, self._mail, self._rng = wire, broker, mail, rng
        self._started = 0
        self.places = [Place(Slot(lives)) for _ in range(SLOTS)]
        self.events: list[str] = []
        self.bugs: list[BaseException] = []
        self._kinds = self._all_kinds()

    def _all_kinds(self) -> dict[Callable[[], None], int]:
        market, people, mail = self._market, self._people, self._mail
        return {
            market.sell: 56,
            market.list_late: 4,
            market.list_too_late: 2,
            market.pay: 18,
            market.ship: 9,
            market.ship_a_unit: 9,
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
            self.request: 26,
            self.break_amazon: 7,
            self.spoil_a_page: 9,
            self.lose_the_queue: 1,
            mail.poison: 2,
            self.break_broker: 3,
            self.mend_broker: 4,
            self.deploy: 3,
            self.wait: 30,
            self.work: 140,
        }

    def happen(self) -> bool:
        """One event; whether it can have changed anything of ours."""
        [event] = self._rng.choices(tuple(self._kinds), tuple(self._kinds.values()))
        self._tell(event.__name__)
        event()
        return event.__name__ in ("work", "request", "deploy") or event in vars(People).values()

    def _tell(self, text: str) -> None:
        self.events.append(f"{self._clock.now():%d %H:%M:%S} {text}")

    def break_amazon(self) -> None:
        """One of Amazon's next answers is none."""
        kind = self._rng.choice(FAULTS)
        times, after_calls = self._rng.choice((1, 1, 2, 4)), self._rng.choice((0, 0, 1, 2))
        operation = self._rng.choice(("searchOrders", "searchOrders", "getOrder", None))
        self._market.amazon.faults.queue(kind, operation=operation, times=times, after_calls=after_calls)

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
        is_crash = self._rng.random() < 0.4
        for place in self.places:
            if place.slot.life is not None:
                # On a new host nobody can see that they are gone.
                place.slot.life.is_buried_at_once = self._rng.random() < 0.5
                place.slot.kill() if is_crash else place.slot.stop()
                self._look_after(place)
        self._broker.restart_beat()

    def request(self) -> None:
        """A person's request, in a process of its own that may die on the way."""
        people = self._people
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
            )
        )
        free = [place for place in self.places if place.slot.is_free]
        if free:
            self._tell(f"  {action.__name__}")
            free[0].slot.start(self._life(), action)
            self._go_on(free[0])

    def work(self) -> None:
        """A process begins, or goes on for some steps."""
        busy = [place for place in self.places if not place.slot.is_free]
        free = [place for place in self.places if place.slot.is_free]
        if busy and (not free or self._rng.random() < 0.6):
            place = self._rng.choice(busy)
        else:
            place = free[0]
            self.begin(place, self._life())
        self._go_on(place)

    def _go_on(self, place: Place) -> None:
        until, counts = self._rng.choice(TURNS)
        place.slot.run(self._rng.choice(counts), until=until)
        self._look_after(place)

    def begin(self, place: Place, life: Life) -> None:
        """A worker takes the next message; where there is none beat sends what is due, or somebody types
        `sync`.
        """
        if self._rng.random() < 0.2:
            self._tell("  manage.py sync")
            place.slot.start(life, lambda: call_command("sync", "--json", stdout=_Nowhere()))
            return
        if self._mail and self._rng.random() < 0.2:
            self._tell("  listen_to_amazon")
            place.slot.start(life, self._listen)
            return
        message = self._broker.take()
        if message is None:
            self._broker.beat()
            message = self._broker.take()
        if message is not None:
            self._tell(f"  {message.task.rpartition('.')[2]} {message.arguments}")
            place.message = message
            place.slot.start(life, message.run)

    def finish(self) -> None:
        """No more faults: who is at work works to the end."""
        self._market.amazon.faults.clear()
        self._market.regain_access()
        self._wire.spoil_next.clear()
        self._broker.heal()
        self._mail.heal()
        for place in self.places:
            if place.slot.life is not None:
                place.slot.life.spare()
                place.slot.run()
                self._look_after(place)

    def drain(self) -> None:
        """All messages that there are, and those they lead to."""
        place = self.places[0]
        place.slot.start(Life(self._name()), self._listen)
        place.slot.run()
        self._look_after(place)
        while (message := self._broker.take()) is not None:
            place.slot.start(Life(self._name()), message.run)
            place.slot.run()
            self._look_after(place)

    def _listen(self) -> None:
        """Some polls of the queue of notifications, as the process that does nothing else makes them."""
        listener = Listener(
            self._mail,
            wake=tasks.wake_refresh_of,
            may_receive=lambda: not read_only.is_on(),
            clock=timezone.now,
        )
        for _ in range(POLLS):
            listener.round(wait_seconds=0)

    def close(self) -> None:
        """Every process is gone."""
        for place in self.places:
            place.slot.close()

    def _look_after(self, place: Place) -> None:
        """A worker that died leaves its message to another; what else a process ended with is a bug."""
        if not place.slot.is_free:
            return
        self.bugs += [bug for bug in place.slot.bugs if not self._is_expected(bug)]
        place.slot.bugs.clear()
        if place.message is not None and place.slot.was_cut_short:
            self._broker.give_back(place.message)
        place.message = None

    def _is_expected(self, bug: BaseException) -> bool:
        if isinstance(bug, ExceptionGroup):
            return all(self._is_expected(each) for each in bug.exceptions)
        if isinstance(bug, IntegrityError | ObjectDoesNotExist):
            # What a process was at work on was deleted under its hands.
            return self._people.has_deleted
        return isinstance(bug, EXPECTED)

    def _life(self) -> Life:
        life = Life(self._name(), is_buried_at_once=self._rng.random() < 0.5)
        life.skew = timedelta(seconds=self._rng.choice((0, 0, -15, 15)))
        life.is_after = self._rng.random() < 0.5
        step = self._rng.choice((self._rng.randrange(1, 16), self._rng.randrange(12, 60)))
        chance = self._rng.random()
        if chance < 0.15:
            life.crash_at = step
        elif chance < 0.18:
            life.stop_at = step
        elif chance < 0.23:
            life.lose_connection_at = step
        return life

    def _name(self) -> str:
        self._started += 1
        return f"host:{self._started}:1"


class _Nowhere:
    """A terminal nobody looks at."""

    def write(self, text: str) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""
