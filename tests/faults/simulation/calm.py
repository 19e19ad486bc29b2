"""The faults have stopped: processes work on by the timetable until nothing changes any more."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from integration.models import OrderRequest, ReportJob
from tests.faults.simulation import way_back
from tests.faults.simulation.broker import Broker
from tests.faults.simulation.desk import Desk
from tests.faults.simulation.mail import Mail
from tests.faults.simulation.people import People
from tests.faults.simulation.schedule import Schedule
from tests.faults.simulation.shop import Shop
from tests.faults.simulation.workers import Workers

ROUND = timedelta(minutes=7)
# So many rounds in a row with every seller polled and nothing changed: longer than what may come late.
CALM_ROUNDS = 3
# Nothing comes late any more.
CALM_ROUNDS_LATER = 2
ROUNDS_AT_MOST = 60
# Longer than anything waits for its time: skips, what is asked again after hours.
A_DAY = timedelta(hours=25)
# On Sundays Amazon lists the orders of a month.
SUNDAY, LATE = 6, 22
FINGERPRINT = """
    SELECT (SELECT max(id) FROM integration_timelineevent),
        (SELECT sum(version) FROM integration_orderimport),
        (SELECT sum(judged_version) FROM integration_orderimport),
        (SELECT sum(version) FROM amazon_orders_amazonorder),
        (SELECT count(*) FROM integration_orderimport WHERE recheck_at IS NOT NULL)
"""


@dataclass
class Rest:
    """How a simulation comes to its end."""

    shop: Shop
    people: People
    desk: Desk
    schedule: Schedule
    workers: Workers
    broker: Broker
    mail: Mail

    def stop_faults(self, *, is_all_imported: bool) -> list[str]:
        """Until it is quiet. Gives what goes on for ever."""
        self.schedule.finish()
        self.people.put_in_order()
        self.desk.send_again()
        if is_all_imported:
            self.people.import_all()
        return self._wait_until_quiet(CALM_ROUNDS)

    def let_days_pass(self) -> list[str]:
        """Until Sunday night, and until it is quiet again. Gives what goes on for ever."""
        clock = self.shop.clock
        clock.advance(A_DAY.total_seconds())
        sunday = clock.now() + timedelta(days=SUNDAY - clock.now().weekday())
        clock.set_forward(sunday.replace(hour=LATE))
        return self._wait_until_quiet(CALM_ROUNDS_LATER)

    def _wait_until_quiet(self, calm_rounds: int) -> list[str]:
        before, calm = _fingerprint(), 0
        for _ in range(ROUNDS_AT_MOST):
            self.shop.clock.advance(ROUND.total_seconds())
            has_nothing_to_do = self._round()
            after = _fingerprint()
            calm = calm + 1 if after == before and has_nothing_to_do else 0
            if calm >= calm_rounds:
                return []
            before = after
        return [f"not quiet after {ROUNDS_AT_MOST} rounds"]

    def _round(self) -> bool:
        """Whether Amazon answered for every seller, and nothing is to be asked or read any more."""
        asked_before = len(self.shop.amazon.log)
        self.broker.beat()
        self.workers.drain()
        asked = list(self.shop.amazon.log)[asked_before:]
        polled = {each.seller_id for each in asked if (each.operation, each.status) == ("searchOrders", 200)}
        return (
            len(polled) == len(self.shop.tokens)
            and not self.mail
            and not OrderRequest.objects.filter(answered_at=None).exists()
            and way_back.is_at_rest()
            and not ReportJob.objects.filter(ended_at=None).exists()
        )


def _fingerprint() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return tuple(cursor.fetchone())
