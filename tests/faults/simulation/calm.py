"""The faults have stopped: processes work on by the timetable until nothing changes any more."""

from datetime import timedelta

from django.db import connection

from integration.models import OrderRequest
from tests.faults.simulation.broker import Broker
from tests.faults.simulation.mail import Mail
from tests.faults.simulation.people import People
from tests.faults.simulation.schedule import Schedule
from tests.faults.simulation.shop import Shop

ROUND = timedelta(minutes=7)
# So many rounds in a row with every seller polled and nothing changed: longer than what may come late.
CALM_ROUNDS = 3
ROUNDS_AT_MOST = 60
# Longer than anything waits for its time: skips, what is asked again after hours, what is done nightly.
A_DAY = timedelta(hours=25)
FINGERPRINT = """
    SELECT (SELECT max(id) FROM integration_timelineevent),
        (SELECT sum(version) FROM integration_orderimport),
        (SELECT sum(judged_version) FROM integration_orderimport),
        (SELECT sum(version) FROM amazon_orders_amazonorder),
        (SELECT count(*) FROM integration_orderimport WHERE recheck_at IS NOT NULL)
"""


def come_to_rest(
    shop: Shop, people: People, schedule: Schedule, broker: Broker, mail: Mail, *, is_all_imported: bool
) -> list[str]:
    """Quiet, then a day later quiet again. Gives what goes on for ever."""
    schedule.finish()
    people.put_in_order()
    if is_all_imported:
        people.import_all()
    found = _wait_until_quiet(shop, schedule, broker, mail)
    shop.clock.advance(A_DAY.total_seconds())
    return found or _wait_until_quiet(shop, schedule, broker, mail)


def _wait_until_quiet(shop: Shop, schedule: Schedule, broker: Broker, mail: Mail) -> list[str]:
    before, calm = _fingerprint(), 0
    for _ in range(ROUNDS_AT_MOST):
        shop.clock.advance(ROUND.total_seconds())
        polled = _round(shop, schedule, broker, mail)
        after = _fingerprint()
        calm = calm + 1 if after == before and polled else 0
        if calm >= CALM_ROUNDS:
            return []
        before = after
    return [f"not quiet after {ROUNDS_AT_MOST} rounds"]


def _round(shop: Shop, schedule: Schedule, broker: Broker, mail: Mail) -> bool:
    """Whether Amazon was asked for the orders of every seller, and answered, and nothing is to be asked."""
    asked_before = len(shop.amazon.log)
    broker.beat()
    schedule.drain()
    asked = list(shop.amazon.log)[asked_before:]
    polled = {each.seller_id for each in asked if each.operation == "searchOrders" and each.status == 200}
    return (
        len(polled) == len(shop.tokens)
        and not mail
        and not OrderRequest.objects.filter(answered_at=None).exists()
    )


def _fingerprint() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return tuple(cursor.fetchone())
