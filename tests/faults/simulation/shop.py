"""The merchant and the Amazon of a simulation: what buyers, Amazon and people do, by the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from amazon_orders.models import AmazonOrder, Store
from commerce import catalog, stock_counts
from commerce.models import Product, StockItem
from integration import interventions, matches, store_settings, stores
from integration.sandbox import lifecycle
from integration.sandbox.amazon import Amazon
from integration.sandbox.clock import iso
from integration.sandbox.samples import Line, sample_order
from integration.sandbox.versions import OrderVersion
from tests.factories import commerce as catalogue
from tests.faults.simulation.clock import START, VirtualClock

Json = dict[str, Any]
SELLERS = ("A1SELLER", "A2SELLER")
# SKU -> units on hand. PACK-1 stands for two of SKU-1; SKU-4 is not in the catalogue at first.
STOCK = {"SKU-1": 30, "SKU-2": 5, "SKU-3": 8}
PACK, UNITS_IN_PACK = "PACK-1", 2
MISSING = "SKU-4"
BASKETS: tuple[tuple[str, ...], ...] = (
    ("SKU-1",), ("SKU-1",), ("SKU-1", "SKU-2"), ("SKU-2",), ("SKU-2",), (PACK,), (PACK, "SKU-2"),
    ("SKU-3",), ("SKU-1", "SKU-3"), (MISSING,), ("SKU-2", MISSING),
)  # fmt: skip
# Every window of a simulation must stay shorter than what counts as a backlog.
MOST_ORDERS = 36
# Later arrivals than this are not promised to be found.
LATEST = 12 * 60


class Shop:
    """Two sellers: the first sells in the US, in CA (not imported) and, once it is connected, in MX."""

    def __init__(self, clock: VirtualClock, rng: Random) -> None:
        self.clock = clock
        self.rng = rng
        self.amazon = Amazon(clock=clock)
        self.stores: dict[str, Store] = {}
        self.restocked: dict[str, int] = dict(STOCK)
        self.fulfilled_by: dict[str, str] = {}
        self._baskets: dict[str, tuple[Line, ...]] = {}

    def open(self) -> None:
        """Connect the first stores and fill the catalogue."""
        for seller, places in zip(SELLERS, (("US", "CA", "MX"), ("US",)), strict=True):
            self.amazon.add_seller(seller, seller, places, f"refresh-{seller}")
        catalogue.commerce_store()
        for sku, on_hand in STOCK.items():
            catalogue.product(sku, stock={"main": on_hand}, is_enabled=sku != "SKU-3")
        self.connect("Harbor US", SELLERS[0], "US")
        self.connect("Harbor CA", SELLERS[0], "CA")
        self.connect("Pier US", SELLERS[1], "US")
        now = self.clock.now()
        for name in ("Harbor US", "Pier US"):
            matches.match(
                store=self.stores[name], seller_sku=PACK, sku="SKU-1", units=UNITS_IN_PACK, by="", now=now
            )
        self.settings("Harbor CA", import_amazon_orders=False)

    def connect(self, name: str, seller: str, place: str) -> None:
        """A store, connected since before the first order."""
        self.stores[name] = stores.connect(
            name=name,
            seller_id=seller,
            marketplace_code=place,
            refresh_token=f"refresh-{seller}",
            connected_at=START - timedelta(days=1),
            commerce_store_name=None,
            by="simulation",
            now=self.clock.now(),
            verify=False,
        )

    def settings(self, name: str, **changes: Any) -> None:
        store_settings.change(
            store_id=self.stores[name].pk, changes=changes, by="simulation", now=self.clock.now()
        )

    def sell(self) -> None:
        """A new order; now and then Amazon lists it minutes after the time it says."""
        if len(self._baskets) >= MOST_ORDERS:
            return
        seller, place = self.rng.choice(((0, "US"), (0, "US"), (0, "US"), (0, "CA"), (0, "MX"), (1, "US")))
        fulfilled_by = self.rng.choice(("MERCHANT", "MERCHANT", "MERCHANT", "MERCHANT", "AMAZON"))
        order_id = f"111-{len(self._baskets):07d}-0000001"
        lines = tuple((sku, self.rng.choice((1, 1, 2, 3)), "10.00") for sku in self.rng.choice(BASKETS))
        late = self.rng.choice((0, 0, 0, self.rng.randrange(1, LATEST)))
        listed_at = self.clock.now()
        self._baskets[order_id] = lines
        self.fulfilled_by[order_id] = fulfilled_by
        document = sample_order(
            order_id,
            created=listed_at - timedelta(hours=1),
            updated=listed_at - timedelta(seconds=late),
            place=place,
            status=self.rng.choice(("PENDING", "PENDING", "UNSHIPPED", "UNSHIPPED", "SHIPPED")),
            fulfilled_by=fulfilled_by,
            lines=lines,
        )
        self._make_odd(document)
        self.amazon.world.put_order(SELLERS[seller], document)

    def _make_odd(self, document: Json) -> None:
        odd = self.rng.randrange(12)
        if odd == 0:
            document["salesChannel"]["channelName"] = "NON_AMAZON"
        elif odd == 1 and "recipient" in document:
            del document["recipient"]["deliveryAddress"]["city"]

    def some_order(self, *statuses: str) -> OrderVersion | None:
        """An order of Amazon's with one of these statuses."""
        found = [one for one in self.amazon.world.orders() if one.status in statuses]
        return self.rng.choice(found) if found else None

    def pay(self) -> None:
        """The payment of a pending order is settled."""
        version = self.some_order("PENDING")
        if version is None:
            return
        before = version.document()
        place = {"ATVPDKIKX0DER": "US", "A2EUQ1WTGCTBG2": "CA", "A1AM78C64UM0Y8": "MX"}
        document = sample_order(
            version.order_id,
            created=version.created_at,
            updated=self.clock.now(),
            place=place[version.marketplace_id or ""],
            fulfilled_by=self.fulfilled_by[version.order_id],
            lines=self._baskets[version.order_id],
        )
        document["salesChannel"] = before["salesChannel"]
        self.amazon.world.put_order(version.seller_id, document)

    def edit(self, edit: Callable[[Json], None], *statuses: str) -> None:
        """Amazon changes an order; now and then without changing its time, shortly after the last change."""
        version = self.some_order(*statuses)
        if version is None:
            return
        is_recent = self.clock.now() - version.updated_at < timedelta(minutes=10)
        keep_time = is_recent and self.rng.random() < 0.3
        self.amazon.world.edit_order(version.order_id, edit, keep_time=keep_time)

    def ship(self) -> None:
        """All that is left goes out."""
        self.edit(
            lambda document: lifecycle.set_status(document, "SHIPPED", self.clock.now()),
            "UNSHIPPED",
            "PARTIALLY_SHIPPED",
        )

    def ship_a_unit(self) -> None:
        """One unit of one line goes out first."""

        def edit(document: Json) -> None:
            left = {line: units for line, units in lifecycle.unfulfilled(document).items() if units}
            now = self.clock.now()
            reference = str(len(document.get("packages", [])) + 1)
            parcel = lifecycle.parcel(
                reference, "UPS", "Ground", f"1Z{reference}", now, {next(iter(left)): 1}, now
            )
            lifecycle.record_package(document, parcel)

        if self.some_order("UNSHIPPED", "PARTIALLY_SHIPPED") is not None:
            self.edit(edit, "UNSHIPPED", "PARTIALLY_SHIPPED")

    def cancel(self) -> None:
        """The buyer cancels; what has shipped already stays so."""
        self.edit(
            lambda document: lifecycle.cancel(document, "BUYER", "Ordered by mistake"),
            "PENDING",
            "UNSHIPPED",
            "PARTIALLY_SHIPPED",
        )

    def cancel_a_unit(self) -> None:
        """One of several units of a line is canceled."""

        def edit(document: Json) -> None:
            for item in document["orderItems"]:
                if item["fulfillment"]["quantityUnfulfilled"] > 1:
                    item["fulfillment"]["quantityUnfulfilled"] -= 1
                    execution = {"cancelledBy": "MERCHANT", "cancelReason": "NoInventory"}
                    item.setdefault("cancellation", {})["cancellationExecution"] = execution
                    return

        self.edit(edit, "UNSHIPPED", "PARTIALLY_SHIPPED")

    def touch(self) -> None:
        """Something changes that is of no consequence here."""
        level = self.rng.choice(("EXPEDITED", "PRIORITY", "NEXT_DAY"))

        def edit(document: Json) -> None:
            document["fulfillment"]["fulfillmentServiceLevel"] = level

        self.edit(edit, "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED")

    def say_an_unknown_word(self) -> None:
        """A status that nobody has heard of."""
        self.edit(
            lambda document: lifecycle.set_status(document, "ON_ITS_WAY", self.clock.now()), "UNSHIPPED"
        )

    def list_late(self) -> None:
        """An order that Amazon lists minutes from now, with the time of now."""
        if len(self._baskets) >= MOST_ORDERS:
            return
        order_id = f"112-{len(self._baskets):07d}-0000001"
        now = self.clock.now()
        lines = (("SKU-1", 1, "10.00"),)
        self._baskets[order_id], self.fulfilled_by[order_id] = lines, "MERCHANT"
        document = sample_order(order_id, created=now, updated=now, lines=lines) | {
            "lastUpdatedTime": iso(now)
        }

        def appear(at: datetime) -> None:
            self.amazon.world.put_order(SELLERS[0], document)

        self.amazon.world.schedule(now + timedelta(seconds=self.rng.randrange(60, LATEST)), appear)

    def restock(self) -> None:
        """More of something arrives and is counted."""
        sku, more = self.rng.choice(tuple(self.restocked)), self.rng.randrange(1, 5)
        on_hand = StockItem.objects.get(product__sku=sku).on_hand
        stock_counts.set_on_hand(sku=sku, source_code="main", on_hand=on_hand + more, now=self.clock.now())
        self.restocked[sku] += more

    def switch_product(self) -> None:
        """A product is taken off sale, or put on sale."""
        product = self.rng.choice(list(Product.objects.order_by("pk")))
        catalog.change(sku=product.sku, is_enabled=not product.is_enabled, now=self.clock.now())

    def make_product(self) -> None:
        """The product that was missing is made."""
        if MISSING not in self.restocked:
            self.restocked[MISSING] = 6
            catalog_now = self.clock.now()
            catalogue.product(MISSING, stock={"main": 6}, availability_changed_at=catalog_now)

    def switch_reserving(self) -> None:
        """Whether pending orders hold stock."""
        name = self.rng.choice(("Harbor US", "Pier US"))
        before = store_settings.read(store_id=self.stores[name].pk)
        self.settings(name, reserve_pending=not before.reserve_pending)

    def connect_mexico(self) -> None:
        """A store joins late and has to catch up."""
        if "Harbor MX" not in self.stores:
            self.connect("Harbor MX", SELLERS[0], "MX")
            matches.match(
                store=self.stores["Harbor MX"],
                seller_sku=PACK,
                sku="SKU-1",
                units=UNITS_IN_PACK,
                by="",
                now=self.clock.now(),
            )

    def ask_again(self) -> None:
        """A person wants an order fresh."""
        known = list(AmazonOrder.objects.order_by("amazon_order_id").values_list("pk", flat=True))
        if known:
            interventions.refresh(order_ids=[self.rng.choice(known)], by="maria", now=self.clock.now())
