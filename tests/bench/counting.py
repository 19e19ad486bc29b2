"""Counts SQL statements, without the transactions' own."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

OWN = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
WRITES = ("INSERT", "UPDATE", "DELETE")
ORDER_TABLES = '"amazon_orders_amazon'


class Statements:
    """The statements of a stretch of code."""

    def __init__(self) -> None:
        self.count = 0
        self.order_writes = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(OWN):
            self.count += 1
            if sql.startswith(WRITES) and ORDER_TABLES in sql[:60]:
                self.order_writes += 1
        return execute(sql, params, many, context)


@contextlib.contextmanager
def statements() -> Iterator[Statements]:
    """Counts what is executed within."""
    counted = Statements()
    with connection.execute_wrapper(counted):
        yield counted
