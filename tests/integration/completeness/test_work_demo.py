"""The demo shop proved: six stores of three regions, lifelike orders, and not one is missing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from amazon_orders.models import Account, AmazonOrder
from integration import stores
from integration.completeness import report_jobs
from integration.models import ImportState, ListSource, MissingOrder, ProofDay, ReportJob
from integration.sync import account_sync
from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.server import SandboxServer
from sandbox.shop import DEMO_SELLERS
from sandbox.shop import Shop as DemoShop
from tests.factories import commerce as catalog
from tests.integration.completeness.nights import look_until_the_end


@pytest.mark.slow
def test_every_order_of_the_demo_shop_is_proved_by_the_report(
    transactional_db: None, settings: Settings
) -> None:
    amazon = Amazon(clock=Clock(), quota="off")
    amazon.world.reports.charset = "cp1252"
    DemoShop(amazon, orders=150, is_living=False)
    catalog.commerce_store()
    now = timezone.now()
    with SandboxServer(amazon) as server:
        settings.SPAPI_ENDPOINT, settings.SPAPI_LWA_URL = server.url, server.lwa_url
        for seller in DEMO_SELLERS:
            token = f"{seller.refresh_token}-{server.port}"
            amazon.tokens.accept(token, seller.seller_id)
            for code in seller.marketplaces:
                stores.connect(
                    name=f"{seller.store_name} {code}",
                    seller_id=seller.seller_id,
                    marketplace_code=code,
                    refresh_token=token,
                    connected_at=now - timedelta(days=40),
                    commerce_store_name=None,
                    by="tests",
                    now=now,
                )
        for account in Account.objects.all():
            account_sync.sync_account(account_id=account.pk, now=timezone.now())
            report_jobs.want_proof(account_id=account.pk, by="", now=timezone.now())
        ReportJob.objects.update(data_from=now - timedelta(days=30))
        for job in ReportJob.objects.all():
            look_until_the_end(job)

    assert not MissingOrder.objects.exists()
    assert set(ProofDay.objects.values_list("source", flat=True)) == {ListSource.REPORT}
    listed = dict.fromkeys(ProofDay.objects.values_list("store__name", flat=True), 0)
    for row in ProofDay.objects.select_related("store"):
        assert (row.missing, row.amazon) == (0, row.stored + row.to_come)
        listed[row.store.name] += row.amazon
    assert len(listed) == 6
    job = ReportJob.objects.order_by("data_until")[0]
    assert sum(listed.values()) == sum(
        job.data_from <= order.created_at <= job.data_until for order in amazon.world.orders()
    )
    assert min(listed.values()) > 5
    view_only = sum(ProofDay.objects.values_list("view_only", flat=True))
    still_read = AmazonOrder.objects.filter(order_import__state=ImportState.VIEW_ONLY).count()
    assert view_only == still_read
