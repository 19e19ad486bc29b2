"""The merchant of a simulation: two sellers, their stores, a catalog, and what people have decided."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from amazon_orders import marketplaces
from amazon_orders.models import Store
from integration import stores
from integration.catalog import matches
from integration.models import StoreSettings
from integration.stores import store_settings
from sandbox.amazon import Amazon
from sandbox.subscriptions import ORDER_CHANGE
from tests.factories import commerce as catalog
from tests.faults.simulation import mail
from tests.faults.simulation.clock import START, VirtualClock

Json = dict[str, Any]
StoreKey = tuple[str, str]
"""Seller id and marketplace id: what stays of a store that is deleted and connected again."""
SELLERS = ("A1SELLER", "A2SELLER")
# SKU -> units on hand. PACK-1 stands for two of SKU-1; SKU-4 is not in the catalog at first.
STOCK = {"SKU-1": 30, "SKU-2": 5, "SKU-3": 8}
PACK, UNITS_IN_PACK = "PACK-1", 2
MISSING = "SKU-4"
PERSON = "maria"
# Name -> seller, marketplace. Mexico joins late or never.
PLACES_OF_STORES = {
    "Harbor US": (SELLERS[0], "US"),
    "Harbor CA": (SELLERS[0], "CA"),
    "Harbor MX": (SELLERS[0], "MX"),
    "Pier US": (SELLERS[1], "US"),
}


class Shop:
    """The first seller sells in the US, in CA (not imported at first) and, once it is connected, in MX."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.amazon = Amazon(clock=clock)
        self.restocked: dict[str, int] = dict(STOCK)
        self.tokens = {seller: f"refresh-{seller}" for seller in SELLERS}
        self.canceled_silently: set[str] = set()
        self.hidden: set[str] = set()
        """Listed later than any window looks back, or left out of the only page they stood on."""
        self.shown_older: set[str] = set()
        """Shown once more as they were before their last change."""
        self.shortfalls: dict[tuple[int, str], int] = {}
        """Units beyond the stock on record, by the event that says it and by SKU."""
        self.parcels = 0
        # What people did, as far as an order's fate depends on it.
        self.import_was: dict[StoreKey, set[bool]] = {}
        self.requested: set[str] = set()
        self.ever_requested: set[str] = set()
        self.skipped: set[str] = set()
        self.corrected: set[str] = set()
        self.being_deleted: set[str] = set()
        self.ever_deleted: set[StoreKey] = set()

    def open(self, *, is_notified: bool) -> None:
        """Connect the first stores and fill the catalog; `is_notified`: Amazon tells of changes."""
        subscriptions = self.amazon.world.subscriptions
        destination = subscriptions.add_destination("changes", mail.ARN)
        for seller, places in zip(SELLERS, (("US", "CA", "MX"), ("US",)), strict=True):
            self.amazon.add_seller(seller, seller, places, self.tokens[seller])
            if is_notified:
                subscriptions.subscribe(seller, ORDER_CHANGE, destination.destination_id, "1.0", None)
        catalog.commerce_store()
        for sku, on_hand in STOCK.items():
            catalog.product(sku, stock={"main": on_hand}, is_enabled=sku != "SKU-3")
        for name in ("Harbor US", "Harbor CA", "Pier US"):
            self.connect(name)
        self.match_packs()
        self.settings("Harbor CA", import_amazon_orders=False)
        # Before there was an order.
        self.import_was[self.key("Harbor CA")] = {False}

    def store(self, name: str) -> Store | None:
        """It, if it is connected."""
        return Store.objects.filter(name=name).first()

    @staticmethod
    def key(name: str) -> StoreKey:
        """What it is at Amazon."""
        seller, place = PLACES_OF_STORES[name]
        return seller, marketplaces.by_code(place).marketplace_id

    def connect(self, name: str) -> None:
        """A store, connected since before the first order. Raises StoreRefused."""
        seller, place = PLACES_OF_STORES[name]
        self.import_was.setdefault(self.key(name), set()).add(True)
        stores.connect(
            name=name,
            seller_id=seller,
            marketplace_code=place,
            refresh_token=self.tokens[seller],
            connected_at=START - timedelta(days=1),
            commerce_store_name=None,
            by=PERSON,
            now=self.clock.now(),
            verify=False,
        )

    def settings(self, name: str, **changes: Any) -> None:
        """Change Order Settings by their names in REST. Raises StoreSettings.DoesNotExist."""
        store_id = StoreSettings.objects.values_list("pk", flat=True).get(store__name=name)
        if "import_amazon_orders" in changes:
            self.import_was[self.key(name)].add(changes["import_amazon_orders"])
        store_settings.change(store_id=store_id, changes=changes, by=PERSON, now=self.clock.now())

    def match_packs(self) -> None:
        """What a pack is, in every account: matches go with an account's last store."""
        for seller in SELLERS:
            store = Store.objects.filter(account__seller_id=seller).order_by("pk").first()
            if store is not None:
                matches.match(
                    store=store,
                    seller_sku=PACK,
                    sku="SKU-1",
                    units=UNITS_IN_PACK,
                    by=PERSON,
                    now=self.clock.now(),
                )

    def forget(self, name: str) -> None:
        """A store is deleted, and with it what people decided about its orders."""
        key = self.key(name)
        self.ever_deleted.add(key)
        gone = set(self._orders_of(key))
        for decided in (self.requested, self.skipped, self.corrected):
            decided -= gone

    def _orders_of(self, key: StoreKey) -> Iterator[str]:
        for one in self.amazon.world.orders():
            if (one.seller_id, one.marketplace_id) == key:
                yield one.order_id
