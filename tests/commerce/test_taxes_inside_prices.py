"""What was charged before its tax was known to be inside the prices is read anew, unless some went back."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from commerce.models import Invoice, InvoiceLine, Order, OrderLine
from commerce.refunds.refund import LineRefund
from tests.commerce.refunds.workshop import refund, sold

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BEFORE = [("commerce", "0010_unit_codes")]


def upgrade() -> None:
    MigrationExecutor(connection).migrate(BEFORE)
    everything = MigrationExecutor(connection)
    everything.migrate(everything.loader.graph.leaf_nodes())


def taxes() -> set[tuple[Decimal | None, Decimal]]:
    lines = {(row.tax, row.included_tax) for model in (OrderLine, InvoiceLine) for row in model.objects.all()}
    return lines | {
        (row.tax_total, row.included_tax_total) for model in (Order, Invoice) for row in model.objects.all()
    }


def test_a_tax_that_was_inside_is_named_and_no_more_added() -> None:
    sold(grand_total=Decimal("42.49"))
    upgrade()
    assert taxes() == {(Decimal(0), Decimal("3.09"))}


def test_a_tax_on_top_stays() -> None:
    sold()
    upgrade()
    assert taxes() == {(Decimal("3.09"), Decimal(0))}


def test_books_with_a_refund_stay_as_they_are() -> None:
    order_id = sold(grand_total=Decimal("42.49"))
    refund(order_id, LineRefund(line_id=OrderLine.objects.get().pk, units=1))
    upgrade()
    assert taxes() == {(Decimal("3.09"), Decimal(0))}
