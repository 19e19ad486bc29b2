"""What people ship and cancel here, through the same operations as the pages."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from random import Random

from django.db.models import F

from amazon_orders.models import AmazonOrder
from commerce.models import Order, OrderLine, Shipment
from commerce.orders.order_state import to_ship
from commerce.shipping.ship import LineToShip, OrderToShip, ParcelToShip
from integration import tasks
from integration.models import ConfirmationState, ShipmentConfirmation
from integration.outbox import cancel, ship
from tests.faults.simulation.market import OF_MERCHANT
from tests.faults.simulation.shop import PERSON, Shop

REASON = "NoInventory"


class Desk:
    """Every method is one thing somebody does; nothing is done where another was quicker."""

    def __init__(self, shop: Shop, rng: Random) -> None:
        self._shop, self._rng, self._clock = shop, rng, shop.clock

    def ship_here(self) -> None:
        """All that is left of an order goes out."""
        for order in self._some_order():
            self._send(order, {line.pk: to_ship(line) for line in self._open_lines(order)})

    def ship_an_item_here(self) -> None:
        """One item of an order goes out first."""
        for order in self._some_order():
            for line in self._open_lines(order)[:1]:
                self._send(order, {line.pk: line.units_per_item})

    def correct_parcel(self) -> None:
        """The tracking number of a parcel was mistyped."""
        parcels = list(Shipment.objects.filter(is_ours=True).order_by("pk").values_list("pk", flat=True))
        if not parcels:
            return
        with suppress(ship.CannotShip):
            ship.correct_shipment(
                shipment_id=self._rng.choice(parcels),
                carrier_code="UPS",
                carrier="",
                tracking_number=self._tracking_number(),
                by=PERSON,
                now=self._now(),
            )
        tasks.wake_confirm()

    def cancel_here(self) -> None:
        """An order is not to be shipped."""
        for order in self._some_order():
            with suppress(cancel.CannotCancel):
                cancel.cancel_orders(commerce_order_ids=[order.pk], reason=REASON, by=PERSON, now=self._now())
            tasks.wake_feeds()

    def cancel_at_amazon(self) -> None:
        """The same, of an order that may be no Commerce order yet."""
        open_orders = AmazonOrder.objects.filter(status="UNSHIPPED").order_by("amazon_order_id")
        keys = list(open_orders.values_list("pk", flat=True))
        if keys:
            chosen = [self._rng.choice(keys)]
            with suppress(cancel.CannotCancel):
                cancel.cancel_at_amazon(amazon_order_ids=chosen, reason=REASON, by=PERSON, now=self._now())
            tasks.wake_feeds()

    def send_again(self) -> None:
        """What Amazon refused is sent once more."""
        rows = ShipmentConfirmation.objects.filter(
            state__in=[ConfirmationState.REFUSED, ConfirmationState.DIFFERS]
        )
        ship.send_confirmation_again(shipment_ids=list(rows.values_list("pk", flat=True)), now=self._now())

    def _some_order(self) -> Iterable[Order]:
        """One that is to be shipped by the merchant and whose store is here, if there is any."""
        here = AmazonOrder.objects.values("amazon_order_id")
        found = Order.objects.filter(
            status="PROCESSING", channel_reference__startswith=OF_MERCHANT, channel_reference__in=here
        )
        orders = list(found.order_by("channel_reference"))
        return [self._rng.choice(orders)] if orders else []

    @staticmethod
    def _open_lines(order: Order) -> list[OrderLine]:
        left = F("quantity_shipped") + F("quantity_canceled")
        return list(order.lines.filter(quantity__gt=left).order_by("position"))

    def _send(self, order: Order, units: dict[int, int]) -> None:
        if not units:
            return
        parcel = ParcelToShip(
            lines=[LineToShip(line_id=line_id, quantity=count) for line_id, count in units.items()],
            carrier_code="UPS",
            tracking_number=self._tracking_number(),
        )
        wish = OrderToShip(order_id=order.pk, parcels=[parcel], completes=True)
        with suppress(ship.CannotShip):
            ship.ship_orders(orders=[wish], by=PERSON, now=self._now())
        tasks.wake_confirm()

    def _tracking_number(self) -> str:
        self._shop.parcels += 1
        return f"1ZHERE{self._shop.parcels:04d}"

    def _now(self) -> datetime:
        return self._clock.now()
