"""One run: everything measured, the table printed and kept."""

import platform
import sys

from django.db import connection
from django.utils import timezone

from tests.bench import lists, notifications, polling, report, scaling, schedules, shop, throughput


def run(*, count: int, repeat: int, list_rows: int, schedule_count: int) -> None:
    """Measure in a database of the run's own, which is dropped afterward."""
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        _measure(count=count, repeat=repeat, list_rows=list_rows, schedule_count=schedule_count)
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _measure(*, count: int, repeat: int, list_rows: int, schedule_count: int) -> None:
    now = timezone.now()
    opened = shop.open_shop()
    written = throughput.measure(opened, count=count, repeat=repeat, say=_say)
    sections = [
        *written.sections(),
        polling.measure(opened, repeat=repeat, say=_say),
        notifications.measure(opened, say=_say),
        *scaling.measure(opened, say=_say),
        lists.measure(opened, rows=list_rows, say=_say),
        schedules.measure(count=schedule_count, say=_say),
    ]
    facts = {
        "python": platform.python_version(),
        "postgresql": str(connection.cursor().connection.info.server_version),
        "orders": count,
        "repetitions": repeat,
        "list_rows": list_rows,
        "schedules": schedule_count,
    }
    heading = (
        f"{now:%Y-%m-%d %H:%M} UTC, Python {facts['python']}, PostgreSQL {facts['postgresql']};"
        f" {count:,} orders, median (lowest .. highest) of {repeat} repetitions, ratios within each"
    )
    text = report.table(heading, sections)
    print(text)
    _say(f"kept in {report.write(text, sections, facts=facts, now=now).parent}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
