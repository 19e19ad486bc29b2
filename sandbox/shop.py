"""The living shop: three sellers, six stores, a month of orders, and a new one now and then.

Everything follows from the seed and from the moment the shop opens. Orders arrive and change in the
world's agenda, so that no thread is needed and a clock that is moved on makes the shop catch up.
"""

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.amazon import Amazon
from sandbox.blocked import WAYS, way_of
from sandbox.catalog import Flaw, Ware, wares
from sandbox.datasets import Json
from sandbox.journal import Arrival, Journal
from sandbox.lifecycle import without_payment
from sandbox.marketplaces import marketplace
from sandbox.order_plan import Edit, OrderPlan, Step, fba_plan, merchant_plan, settled_plan, untouched_plan
from sandbox.shipping_api import take
from sandbox.shop_orders import Draft, item_count, shop_order
from sandbox.world import Confirmation

HISTORY = timedelta(days=30)
MEAN_SECONDS_BETWEEN_ORDERS = 20.0
LONG_AGO = timedelta(days=3)
# Amazon cancels by itself what is a week late: nothing older is still to be shipped.
SETTLED = timedelta(days=9)


@dataclass(frozen=True)
class DemoSeller:
    seller_id: str
    store_name: str
    group: str
    marketplaces: tuple[str, ...]
    refresh_token: str


DEMO_SELLERS = (
    DemoSeller("A2SANDBOXNA001", "Harbor & Pine", "na", ("US", "CA", "MX"), "sandbox-na"),
    DemoSeller("A2SANDBOXEU001", "Linden & Loom", "eu", ("UK", "DE"), "sandbox-eu"),
    DemoSeller("A2SANDBOXFE001", "Kaede Living", "fe", ("JP",), "sandbox-fe"),
)
_SHARES = {"US": 36, "CA": 10, "MX": 8, "UK": 16, "DE": 16, "JP": 14}
_SELLER_OF = {code: seller for seller in DEMO_SELLERS for code in seller.marketplaces}


class Shop:
    """Opens the demo sellers' stores in an Amazon."""

    def __init__(
        self,
        amazon: Amazon,
        seed: int = 1,
        orders: int = 200,
        *,
        is_living: bool = True,
        journal: Journal | None = None,
    ) -> None:
        self._world = amazon.world
        self._seed = seed
        self._journal = journal
        now = amazon.clock.now().replace(microsecond=0)
        self._opened_at = now if journal is None else journal.opened_at(seed, orders, now)
        self._wares = {seller.group: wares(seed, seller.group) for seller in DEMO_SELLERS}
        for seller in DEMO_SELLERS:
            amazon.add_seller(seller.seller_id, seller.store_name, seller.marketplaces, seller.refresh_token)
        for number in range(orders):
            self._place_order(number, self._past_moment(number, orders))
        self._number = orders
        if journal is not None:
            self._relive(journal)
        if is_living:
            self._schedule_next(now)
        self._world.settle()

    def _relive(self, journal: Journal) -> None:
        """What happened before the shop was closed happens again, at its own time. While it is closed no
        order arrives: nobody wants a week of them on Monday morning."""
        for event in journal.past():
            if isinstance(event, Arrival):
                self._world.settle(event.at)
                self._place_order(event.number, event.at)
                self._number = event.number + 1
            else:
                self._world.settle(event.received_at)
                self._ship_again(event)
        self._world.on_confirmation = journal.confirmation

    def _ship_again(self, confirmation: Confirmation) -> None:
        # What the control surface made is not kept, nor what was shipped of it.
        if self._world.order(confirmation.order_id, confirmation.seller_id) is not None:
            take(self._world, confirmation)

    def _past_moment(self, number: int, orders: int) -> datetime:
        """Spread over the month, denser toward today."""
        share = 1 - (number + 0.5) / orders
        return self._opened_at - timedelta(seconds=int(HISTORY.total_seconds() * share**1.5))

    def _schedule_next(self, last: datetime) -> None:
        gap = Random(f"{self._seed}:gap:{self._number}").expovariate(1 / MEAN_SECONDS_BETWEEN_ORDERS)
        self._world.schedule(last + timedelta(seconds=max(1, round(gap))), self._arrive)

    def _arrive(self, due: datetime) -> None:
        if self._journal is not None:
            self._journal.arrival(due, self._number)
        self._place_order(self._number, due)
        self._number += 1
        self._schedule_next(due)

    def _place_order(self, number: int, created_at: datetime) -> None:
        random = Random(f"{self._seed}:order:{number}")
        draft = self._draft(number, created_at, random)
        document = shop_order(draft, random)
        way = way_of(number)
        if way is not None:
            WAYS[way][1](document, random)
            plan = untouched_plan() if draft.is_merchant else fba_plan(created_at, False, random)
        elif draft.is_merchant and created_at < self._opened_at - SETTLED:
            plan = settled_plan(created_at, draft.where.code, random)
        elif draft.is_merchant:
            is_long_ago = created_at < self._opened_at - LONG_AGO
            plan = merchant_plan(created_at, is_long_ago, draft.where.code, random)
        else:
            plan = fba_plan(created_at, draft.is_multi_channel, random)
        self._follow(document, draft, plan)

    def _draft(self, number: int, created_at: datetime, random: Random) -> Draft:
        way = way_of(number)
        code = random.choices(tuple(_SHARES), tuple(_SHARES.values()))[0]
        is_multi_channel = way is None and random.random() < 0.03
        fba_share = 0.35 if way is None else 0.4 if way == "product_missing" else 0.0
        is_fba = is_multi_channel or random.random() < fba_share
        chosen = self._choose(_SELLER_OF[code].group, WAYS[way][0] if way else (), random)
        return Draft(
            number=number,
            seed=self._seed,
            where=marketplace(code),
            created_at=created_at,
            fulfilled_by="AMAZON" if is_fba else "MERCHANT",
            wares=chosen,
            is_multi_channel=is_multi_channel,
        )

    def _choose(self, group: str, flaws: tuple[Flaw, ...], random: Random) -> list[Ware]:
        """The wares of an order: the flawed ones its way of being blocked needs, sound ones beside."""
        stock = self._wares[group]
        needed = [random.choice([ware for ware in stock if ware.flaw == flaw]) for flaw in flaws]
        sound = [ware for ware in stock if ware.flaw is None]
        return needed + random.sample(sound, max(item_count(random) - len(needed), 0 if needed else 1))

    def _follow(self, document: Json, draft: Draft, plan: OrderPlan) -> None:
        """Store the order as it is when placed, and enter into the agenda what becomes of it."""
        order_id = document["orderId"]
        placed = document
        if plan.first_status != "UNSHIPPED":
            placed = _copy_without_payment(document, plan.first_status)
        seller_id = _SELLER_OF[draft.where.code].seller_id
        self._world.put_order(seller_id, placed)
        steps = plan.steps
        if plan.paid_at is not None:
            steps = [
                Step(plan.paid_at, _paid(document), unless=("CANCELLED", "SHIPPED", "UNSHIPPED")),
                *steps,
            ]
        for step in steps:
            self._enter(order_id, seller_id, step)

    def _enter(self, order_id: str, seller_id: str, step: Step) -> None:
        def happen(due: datetime) -> None:
            order = self._world.order(order_id, seller_id)
            if order is not None and order.status not in step.unless:
                self._world.edit_order(
                    order_id, lambda document: step.edit(document, due), due, seller_id=seller_id
                )

        self._world.schedule(step.due, happen)


def _copy_without_payment(document: Json, status: str) -> Json:
    placed = copy.deepcopy(document)
    without_payment(placed)
    placed["fulfillment"]["fulfillmentStatus"] = status
    return placed


def _paid(document: Json) -> Edit:
    """What was withheld comes out: people, money, gifts."""
    whole = {name: value for name, value in document.items() if name != "lastUpdatedTime"}
    return lambda kept, at: kept.update(copy.deepcopy(whole))
