"""What buyers and Amazon do to orders, by the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from sandbox import lifecycle
from sandbox.clock import iso
from sandbox.samples import Line, sample_order
from sandbox.versions import OrderVersion
from tests.faults.simulation.shop import MISSING, PACK, SELLERS, Json, Shop

BASKETS: tuple[tuple[str, ...], ...] = (
    ("SKU-1",), ("SKU-1",), ("SKU-1", "SKU-2"), ("SKU-2",), ("SKU-2",), (PACK,), (PACK, "SKU-2"),
    ("SKU-3",), ("SKU-1", "SKU-3"), (MISSING,), ("SKU-2", MISSING),
)  # fmt: skip
# Every window of a simulation must stay shorter than what counts as a backlog.
MOST_ORDERS = 36
# Later arrivals than this are not promised to be found.
LATEST = 12 * 60
# How the numbers of orders begin that the merchant ships, and of those that Amazon ships.
OF_MERCHANT, OF_AMAZON = "111", "222"
PLACES = {"ATVPDKIKX0DER": "US", "A2EUQ1WTGCTBG2": "CA", "A1AM78C64UM0Y8": "MX"}


class Market:
    """Amazon's side of a shop. Every method is one event; one that finds no order to fit does nothing."""

    def __init__(self, shop: Shop, rng: Random) -> None:
        self._shop, self.amazon, self.clock, self.rng = shop, shop.amazon, shop.clock, rng
        self._baskets: dict[str, tuple[Line, ...]] = {}

    def sell(self) -> None:
        """A new order; now and then Amazon lists it minutes after the time it says."""
        if len(self._baskets) >= MOST_ORDERS:
            return
        seller, place = self.rng.choice(((0, "US"), (0, "US"), (0, "US"), (0, "CA"), (0, "MX"), (1, "US")))
        fulfilled_by = self.rng.choice(("MERCHANT", "MERCHANT", "MERCHANT", "MERCHANT", "AMAZON"))
        begins = OF_AMAZON if fulfilled_by == "AMAZON" else OF_MERCHANT
        order_id = f"{begins}-{len(self._baskets):07d}-0000001"
        lines = tuple((sku, self.rng.choice((1, 1, 2, 3)), "10.00") for sku in self.rng.choice(BASKETS))
        late = self.rng.choice((0, 0, 0, self.rng.randrange(1, LATEST)))
        listed_at = self.clock.now()
        self._baskets[order_id] = lines
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

    def _some_order(self, *statuses: str) -> OrderVersion | None:
        """An order of Amazon's with one of these statuses."""
        found = [one for one in self.amazon.world.orders() if one.status in statuses]
        return self.rng.choice(found) if found else None

    def pay(self) -> None:
        """The payment of a pending order is settled."""
        version = self._some_order("PENDING")
        if version is None:
            return
        before = version.document()
        document = sample_order(
            version.order_id,
            created=version.created_at,
            updated=self.clock.now(),
            place=PLACES[version.marketplace_id or ""],
            fulfilled_by=version.fulfilled_by or "MERCHANT",
            lines=self._baskets[version.order_id],
        )
        document["salesChannel"] = before["salesChannel"]
        self.amazon.world.put_order(version.seller_id, document)

    def _edit(self, edit: Callable[[Json], None], *statuses: str) -> None:
        """Amazon changes an order; now and then without changing its time, shortly after the last change."""
        version = self._some_order(*statuses)
        if version is None:
            return
        is_recent = self.clock.now() - version.updated_at < timedelta(minutes=10)
        keep_time = is_recent and self.rng.random() < 0.3
        self.amazon.world.edit_order(version.order_id, edit, keep_time=keep_time)

    def ship(self) -> None:
        """All that is left goes out."""
        self._edit(
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

        if self._some_order("UNSHIPPED", "PARTIALLY_SHIPPED") is not None:
            self._edit(edit, "UNSHIPPED", "PARTIALLY_SHIPPED")

    def cancel(self) -> None:
        """The buyer cancels; what has shipped already stays so."""
        self._edit(
            lambda document: lifecycle.cancel(document, "BUYER", "Ordered by mistake"),
            "PENDING",
            "UNSHIPPED",
            "PARTIALLY_SHIPPED",
        )

    def cancel_silently(self) -> None:
        """A pending order is canceled without its update time moving: no search shows it again."""
        version = self._some_order("PENDING")
        if version is not None:
            self._shop.canceled_silently.add(version.order_id)
            self.amazon.world.edit_order(
                version.order_id,
                lambda document: lifecycle.cancel(document, "AMAZON", "NoReason"),
                keep_time=True,
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

        self._edit(edit, "UNSHIPPED", "PARTIALLY_SHIPPED")

    def touch(self) -> None:
        """Something changes that is of no consequence here."""
        level = self.rng.choice(("EXPEDITED", "PRIORITY", "NEXT_DAY"))

        def edit(document: Json) -> None:
            document["fulfillment"]["fulfillmentServiceLevel"] = level

        self._edit(edit, "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED")

    def say_an_unknown_word(self) -> None:
        """A status that nobody has heard of."""
        self._edit(
            lambda document: lifecycle.set_status(document, "ON_ITS_WAY", self.clock.now()), "UNSHIPPED"
        )

    def list_late(self) -> None:
        """An order that Amazon lists minutes from now, with the time of now."""
        self._list_in(self.rng.randrange(60, LATEST))

    def list_too_late(self) -> None:
        """An order that Amazon lists when every window has passed it: only its own list names it."""
        order_id = self._list_in(self.rng.randrange(1800, 7200))
        if order_id:
            self._shop.hidden.add(order_id)

    def _list_in(self, seconds: int) -> str:
        if len(self._baskets) >= MOST_ORDERS:
            return ""
        order_id = f"{OF_MERCHANT}-{len(self._baskets):07d}-0000001"
        now = self.clock.now()
        lines = (("SKU-1", 1, "10.00"),)
        self._baskets[order_id] = lines
        document = sample_order(order_id, created=now, updated=now, lines=lines) | {
            "lastUpdatedTime": iso(now)
        }

        def appear(at: datetime) -> None:
            self.amazon.world.put_order(SELLERS[0], document)

        self.amazon.world.schedule(now + timedelta(seconds=seconds), appear)
        return order_id

    def lose_access(self) -> None:
        """A marketplace is closed to the seller."""
        seller, place = self.rng.choice(((0, "US"), (0, "CA"), (0, "MX"), (1, "US")))
        self.amazon.world.set_participation(SELLERS[seller], place, False)

    def regain_access(self) -> None:
        """All marketplaces are open again."""
        for seller, places in zip(SELLERS, (("US", "CA", "MX"), ("US",)), strict=True):
            for place in places:
                self.amazon.world.set_participation(seller, place, True)

    def revoke(self) -> None:
        """A seller withdraws his consent."""
        self.amazon.tokens.revoke(self.rng.choice(SELLERS))
