"""What an idle poll costs: one pass of an account of which Amazon has nothing new."""

import ssl
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.test import override_settings
from django.utils import timezone

from integration.models import SyncRun
from integration.sync import account_sync
from sandbox import tokens_api
from tests.bench import amazon, shop
from tests.bench.counting import statements
from tests.bench.report import Line, Section, at_most, median
from tests.bench.shop import BenchShop

WARM_UP = 3


def measure(opened: BenchShop, *, repeat: int, say: Callable[[str], None]) -> Section:
    """`repeat` x 4 polls of an account that is up to date."""
    say("idle poll")
    shop.clear_orders()
    SyncRun.objects.all().delete()
    milliseconds: list[float] = []
    counts: list[float] = []
    with (
        amazon.running(
            count=0,
            first_order_at=opened.first_order_at,
            seller=shop.SELLER,
            token=shop.REFRESH_TOKEN,
            skus=shop.SKUS,
        ) as address,
        override_settings(SPAPI_ENDPOINT=address, SPAPI_LWA_URL=address + tokens_api.PATH),
    ):
        for _ in range(WARM_UP):
            _poll(opened)
        with _counted_tls_contexts() as made:
            for _ in range(repeat * 4):
                with statements() as counted:
                    started = time.perf_counter()
                    _poll(opened)
                    milliseconds.append((time.perf_counter() - started) * 1_000)
                counts.append(counted.count)
    return Section(
        "An idle poll of one account",
        [
            median("SQL statements", counts, "", at_most(10)),
            Line("TLS contexts made", made.call_count / len(counts), "", at_most(0)),
            Line("run rows kept", SyncRun.objects.count(), "", at_most(0)),
            median("time, the local Amazon's included", milliseconds, "ms"),
        ],
    )


def _poll(opened: BenchShop) -> None:
    outcome = account_sync.sync_account(account_id=opened.store.account_id, now=timezone.now())
    if outcome.problems or outcome.counts["changed"]:
        raise AssertionError(f"not an idle poll: {outcome}")


def _counted_tls_contexts() -> Any:
    """Every context takes its certificates by one of these two calls, whoever makes it."""
    return mock.patch.object(ssl, "create_default_context", wraps=ssl.create_default_context)
