"""An empty database between two schedules, whose keys count from 1 again."""

from functools import cache

from django.apps import apps
from django.db import connection

from tests import fast_flush

OURS = ("integration", "amazon_orders", "commerce")


def empty() -> None:
    """Delete all rows and count keys from 1 again: one seed, one course of things."""
    fast_flush.empty()
    with connection.cursor() as cursor:
        cursor.execute(_first_keys())


@cache
def _first_keys() -> str:
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(True)]
    tables = ",".join(f"'{model._meta.db_table}'" for model in models)
    return (
        "SELECT setval(pg_get_serial_sequence(format('%I', table_name), column_name), 1, false)"
        " FROM information_schema.columns"
        f" WHERE table_schema = current_schema() AND table_name IN ({tables}) AND is_identity = 'YES'"
    )
