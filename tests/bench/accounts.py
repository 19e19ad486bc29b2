"""Many accounts with a store each, as the sellers of `sellers.py` would connect them."""

from datetime import datetime, timedelta

from django.utils import timezone

from amazon_orders.models import Account, Store
from integration.models import AccountSync, QuotaBucket, StoreSettings, StoreSync
from sealing import seal
from tests.bench import sellers, shop
from tests.bench.shop import BenchShop

MARKETPLACE = "ATVPDKIKX0DER"


def connect(opened: BenchShop, count: int) -> list[int]:
    """Accounts with a store each, up to so many; gives the keys of the accounts in their order."""
    now = timezone.now()
    known = Account.objects.filter(seller_id__startswith="A1MANY").count()
    made = [
        Account(seller_id=sellers.name_of(n), region="NA", sealed_refresh_token=b"-", authorized_at=now)
        for n in range(known, count)
    ]
    for number, account in enumerate(made, known):
        account.sealed_refresh_token = seal.seal(
            sellers.token_of(number).encode(), associated_data=account.associated_data
        )
    Account.objects.bulk_create(made)
    _connect_stores(opened, made, now)
    accounts = Account.objects.filter(seller_id__startswith="A1MANY").order_by("seller_id")
    return list(accounts.values_list("pk", flat=True)[:count])


def _connect_stores(opened: BenchShop, accounts: list[Account], now: datetime) -> None:
    settings = StoreSettings.objects.get(store=opened.store)
    stores = Store.objects.bulk_create(
        Store(
            account=account,
            name=f"Many {account.seller_id}",
            marketplace_id=MARKETPLACE,
            connected_at=now - timedelta(days=shop.DAYS_CONNECTED),
        )
        for account in accounts
    )
    StoreSettings.objects.bulk_create(
        StoreSettings(store=store, commerce_store_id=settings.commerce_store_id) for store in stores
    )
    StoreSync.objects.bulk_create(StoreSync(store=store) for store in stores)
    AccountSync.objects.bulk_create(
        AccountSync(account=account, next_poll_at=now + timedelta(days=1)) for account in accounts
    )
    # The sandbox of a benchmark has no quota; ours must not be what is measured.
    QuotaBucket.objects.bulk_create(
        QuotaBucket(
            account=account, operation="searchOrders", tokens=1e6, burst=1e6, rate=0.0056, refilled_at=now
        )
        for account in accounts
    )
