"""`reconcile`: Amazon's own list against ours, day by day; what is missing is fetched."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from amazon_orders.models import AmazonOrder
from integration.models import OrderImport, SyncRun
from tests.fixtures_shop import Shop, events_of, state_of


def reconcile(capsys: pytest.CaptureFixture[str], *, first: str, last: str, store: str = "Harbor US") -> Any:
    """The document of one run."""
    call_command("reconcile", "--store", store, "--from", first, "--to", last, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_what_the_sync_left_out_is_found_fetched_and_imported(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
    kept, lost = shop.sell(created=noon), shop.sell(created=noon + timedelta(hours=1))
    shop.sell(created=noon + timedelta(days=1))
    shop.sync()
    row = AmazonOrder.objects.get(amazon_order_id=lost)
    commerce = row.order_import.commerce_order
    assert commerce is not None
    OrderImport.objects.filter(pk=row.pk).delete()
    row.delete()

    document = reconcile(capsys, first=f"{noon:%Y-%m-%d}", last=f"{noon + timedelta(days=2):%Y-%m-%d}")

    day = f"{noon:%Y-%m-%d}"
    assert document["days"][0] == {"date": day, "amazon": 2, "stored": 1, "missing": 1, "healed": 1}
    assert [counted["amazon"] for counted in document["days"]] == [2, 1, 0]
    assert [counted["missing"] for counted in document["days"]] == [1, 0, 0]
    assert (state_of(kept), state_of(lost)) == ("IMPORTED", "IMPORTED")
    assert "HEALED" in events_of(lost)
    run = SyncRun.objects.get(kind="RECONCILE")
    assert (run.counts, run.pages, run.problem) == ({"listed": 3, "missing": 1, "healed": 1}, 1, "")
    again = reconcile(capsys, first=day, last=day)
    assert again["days"] == [{"date": day, "amazon": 2, "stored": 2, "missing": 0, "healed": 0}]


def test_orders_from_before_the_connection_are_not_counted(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shop.store.connected_at - timedelta(minutes=5)
    shop.sell(created=before)
    document = reconcile(capsys, first=f"{before:%Y-%m-%d}", last=f"{before:%Y-%m-%d}")
    assert [day["amazon"] for day in document["days"]] == [0]


@pytest.mark.parametrize(
    ("store", "first", "last", "why"),
    [
        ("Nobody", "2026-11-01", "2026-11-02", "There is no store named 'Nobody'"),
        ("Harbor US", "2026-11-03", "2026-11-02", "ends .* before it begins"),
        ("Harbor US", "2024-11-03", "2026-11-02", "longer than 366 days"),
        ("Harbor US", "yesterday", "2026-11-02", "is no date"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_in_one_line(
    shop: Shop, store: str, first: str, last: str, why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("reconcile", "--store", store, "--from", first, "--to", last)


def test_a_list_that_amazon_cuts_short_is_said_and_nothing_is_lost(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.sell()
    shop.amazon.faults.queue("html503", operation="searchOrders")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    with pytest.raises(CommandError) as stopped:
        call_command("reconcile", "--store", "Harbor US", "--from", today, "--to", today, "--json")
    assert stopped.value.returncode == 75
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["days"][0]["amazon"] == 0
