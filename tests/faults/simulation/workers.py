"""The processes of an installation (workers, commands, requests, whoever listens) and how they end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.core.exceptions import ObjectDoesNotExist
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnavailable

from integration import tasks
from integration.installation import read_only
from integration.notifications.listener import Listener
from integration.order_import import judge
from tests.faults.simulation.broker import Broker, Message
from tests.faults.simulation.lives import Life, Lives, Step
from tests.faults.simulation.mail import Mail
from tests.faults.simulation.people import REFUSALS
from tests.faults.simulation.shop import Shop
from tests.faults.simulation.turns import TO_THE_END, Slot

# Processes at work at the same time: two workers, and a command or a request.
SLOTS = 3
POLLS = 3
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


class Workers:
    """Starts processes, lets them go on for a while, and looks how they ended."""

    def __init__(self, shop: Shop, lives: Lives, broker: Broker, mail: Mail, rng: Random) -> None:
        self._shop, self._broker, self._mail, self._rng = shop, broker, mail, rng
        self._started = 0
        self._places = [Place(Slot(lives)) for _ in range(SLOTS)]
        self.bugs: list[BaseException] = []

    def work(self) -> str:
        """A process begins, or goes on for some steps; gives what begins."""
        busy, free = self._busy(), self._free()
        if busy and (not free or self._rng.random() < 0.6):
            self._go_on(self._rng.choice(busy))
            return ""
        begun = self._begin(free[0])
        self._go_on(free[0])
        return begun

    def serve(self, request: Callable[[], object]) -> None:
        """A person's request, if there is a process free for it."""
        for place in self._free()[:1]:
            place.slot.start(self._life(), request)
            self._go_on(place)

    def overtake(self, meanwhile: Callable[[], None]) -> None:
        """A pass stops at a call or before it stores its answer; when time has passed another one goes on."""
        free = self._free()
        if len(free) < 2:
            return
        slow, quick = free[:2]
        slow.slot.start(self._life(), _sync)
        slow.slot.run(self._rng.choice((1, 1, 2, 3)), until=self._rng.choice((Step.CALL, Step.BEGIN)))
        self._look_after(slow)
        meanwhile()
        self._run(quick, _sync)

    def judge_ahead(self) -> bool:
        """A judgment by a clock that is ahead; whether there was a process free for it."""
        for place in self._free()[:1]:
            self._run(place, lambda: judge.judge_due(now=timezone.now()), skew=timedelta(seconds=15))
            return True
        return False

    def end_all(self, *, is_crash: bool) -> None:
        """All at once, by kill -9 or by SIGTERM."""
        for place in self._busy():
            if place.slot.life is not None:
                # On a new host nobody can see that they are gone.
                place.slot.life.is_buried_at_once = self._rng.random() < 0.5
            place.slot.kill() if is_crash else place.slot.stop()
            self._look_after(place)

    def finish(self) -> None:
        """Whoever is at work works to the end, whatever was to happen to it."""
        for place in self._busy():
            if place.slot.life is not None:
                place.slot.life.spare()
            place.slot.run()
            self._look_after(place)

    def drain(self) -> None:
        """All messages that there are, and those they lead to."""
        self._run(self._places[0], self._listen)
        while (message := self._broker.take()) is not None:
            self._run(self._places[0], message.run)

    def close(self) -> None:
        """Every process is gone."""
        for place in self._places:
            place.slot.close()

    def _free(self) -> list[Place]:
        return [place for place in self._places if place.slot.is_free]

    def _busy(self) -> list[Place]:
        return [place for place in self._places if not place.slot.is_free]

    def _begin(self, place: Place) -> str:
        """A worker takes the next message; where there is none, beat sends what is due."""
        life = self._life()
        if self._rng.random() < 0.2:
            place.slot.start(life, _sync)
            return "manage.py sync"
        if self._mail and self._rng.random() < 0.2:
            place.slot.start(life, self._listen)
            return "manage.py listen"
        message = self._broker.take()
        if message is None:
            self._broker.beat()
            message = self._broker.take()
        if message is None:
            return ""
        place.message = message
        place.slot.start(life, message.run)
        return f"{message.task.rpartition('.')[2]} {message.arguments}"

    def _run(self, place: Place, work: Callable[[], object], *, skew: timedelta = timedelta()) -> None:
        """A process that nothing happens to, from its start to its end."""
        place.slot.start(Life(self._name(), skew=skew), work)
        place.slot.run()
        self._look_after(place)

    def _go_on(self, place: Place) -> None:
        until, counts = self._rng.choice(TURNS)
        place.slot.run(self._rng.choice(counts), until=until)
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
            return bool(self._shop.ever_deleted)
        return isinstance(bug, EXPECTED)

    def _life(self) -> Life:
        life = Life(self._name(), is_buried_at_once=self._rng.random() < 0.5)
        life.skew = timedelta(seconds=self._rng.choice((0, 0, -15, 15)))
        life.is_after = self._rng.random() < 0.5
        step = self._rng.choice((self._rng.randrange(1, 16), self._rng.randrange(12, 60)))
        chance = self._rng.random()
        if chance < 0.08:
            life.crash_at = step
        elif chance < 0.16:
            # Between what it has read and what it writes of it.
            life.crash_at, life.crash_on = self._rng.randrange(1, 9), Step.BEGIN
        elif chance < 0.19:
            life.stop_at = step
        elif chance < 0.24:
            life.lose_connection_at = step
        return life

    def _name(self) -> str:
        self._started += 1
        return f"host:{self._started}:1"


def _sync() -> None:
    call_command("sync", "--json", stdout=_Nowhere())


class _Nowhere:
    """A terminal nobody looks at."""

    def write(self, text: str) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""
