"""`python -m tests.bench`: the databases and settings of a run, then the measurements.

Settings are read when Django starts, so everything that needs them is imported by name after that.
"""

import argparse
import importlib
import os
import tempfile

import django

from tests import engines, servers


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="lists of 1,000,000 orders instead of 100,000")
    parser.add_argument("--orders", type=int, default=1_000, help="orders of one repetition")
    parser.add_argument("--repeat", type=int, default=5, help="repetitions; medians are shown")
    parser.add_argument("--schedules", type=int, default=2_000, help="schedules of faults")
    return parser.parse_args()


def main() -> None:
    """Measure on DATABASE_URL's server, in a database of the run's own, or on a throw-away PostgreSQL."""
    options = _options()
    with engines.STARTED:
        os.environ.update(engines.environment_of_tests())
        os.environ["VAR_DIR"] = engines.STARTED.enter_context(
            tempfile.TemporaryDirectory(prefix="amazon-orders-bench-")
        )
        os.environ["REDIS_URL"] = ""
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = engines.STARTED.enter_context(servers.postgres())
        django.setup()
        importlib.import_module("tests.bench.run").run(
            count=options.orders,
            repeat=options.repeat,
            list_rows=1_000_000 if options.full else 100_000,
            schedule_count=options.schedules,
        )


if __name__ == "__main__":
    main()
