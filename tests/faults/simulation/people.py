"""What people do in the back office, through the same operations as the pages."""

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from amazon_orders.models import Account, AmazonOrder, Store
from commerce.catalog import products
from commerce.models import Product, StockItem
from commerce.stock import counts
from integration import stores, tasks
from integration.installation import read_only
from integration.models import Lane, OrderImport, RequestReason, StoreSettings
from integration.orders import actions
from integration.orders.bulk import batches
from integration.stores import StoreRefused, store_settings
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from tests.factories import commerce as catalog
from tests.faults.simulation.shop import MISSING, PERSON, PLACES_OF_STORES, Shop

# What a person is told where another request was quicker.
REFUSALS = (StoreRefused, Store.DoesNotExist, StoreSettings.DoesNotExist, actions.BadRequest)
WAYS_TO_WANT = (
    (Lane.NOTIFICATION, RequestReason.NOTIFIED),
    (Lane.RECONCILE, RequestReason.MISSING),
)
ADDRESS = {"line1": "1 Harbor Street", "city": "Seattle", "postal_code": "98101", "country": "US"}


class People:
    """Every method is one thing somebody does; what makes no sense at the moment is not done."""

    def __init__(self, shop: Shop, rng: Random) -> None:
        self._shop, self._rng, self._clock = shop, rng, shop.clock

    def restock(self) -> None:
        """More of something arrives and is counted."""
        restocked = self._shop.restocked
        sku, more = self._rng.choice(tuple(restocked)), self._rng.randrange(1, 5)
        on_hand = StockItem.objects.get(product__sku=sku).on_hand
        counts.set_on_hand(sku=sku, source_code="main", on_hand=on_hand + more, now=self._now())
        restocked[sku] += more
        tasks.wake()

    def switch_product(self) -> None:
        """A product is taken off sale, or put on sale."""
        product = self._rng.choice(list(Product.objects.order_by("pk")))
        products.change(sku=product.sku, is_enabled=not product.is_enabled, now=self._now())

    def make_product(self) -> None:
        """The product that was missing is made."""
        if MISSING not in self._shop.restocked:
            self._shop.restocked[MISSING] = 6
            catalog.product(MISSING, stock={"main": 6}, availability_changed_at=self._now())

    def switch_reserving(self) -> None:
        """Whether pending orders hold stock."""
        name = self._rng.choice(("Harbor US", "Pier US"))
        store = self._shop.store(name)
        if store is not None:
            before = store_settings.read_store_settings(store_id=store.pk)
            self._shop.settings(name, reserve_pending=not before.reserve_pending)
            tasks.wake()

    def switch_import(self) -> None:
        """Import Amazon Orders is switched off, or on."""
        name = self._rng.choice(tuple(PLACES_OF_STORES))
        store = self._shop.store(name)
        if store is not None:
            before = store_settings.read_store_settings(store_id=store.pk)
            self._shop.settings(name, import_amazon_orders=not before.import_amazon_orders)

    def import_chosen(self) -> None:
        """Some view-only orders after all."""
        outcome = actions.request_import(order_ids=self._some("VIEW_ONLY"), by=PERSON, now=self._now())
        self._request(outcome.done)

    def import_all(self) -> None:
        """Import on, in every store, and all that came in while it was off."""
        for name in PLACES_OF_STORES:
            store = self._shop.store(name)
            if store is not None:
                self._shop.settings(name, import_amazon_orders=True)
                keys = batches.received_while_off(store_id=store.pk).values_list("pk", flat=True)
                self._request(tuple(keys))
                with suppress(actions.BadRequest):
                    long_ago = self._now() - timedelta(days=90)
                    batches.start_since(store=store, since=long_ago, token=name, by=PERSON, now=self._now())

    def skip(self) -> None:
        """Some orders are left out, for ever or for hours."""
        until = self._rng.choice((None, self._now() + timedelta(hours=self._rng.choice((1, 5, 20)))))
        outcome = actions.skip(
            order_ids=self._some("WAITING", "BLOCKED"),
            reason="Sold by phone",
            until=until,
            by=PERSON,
            now=self._now(),
        )
        # One with an end is over before all is quiet.
        numbers = self._numbers(outcome.done)
        self._shop.skipped = self._shop.skipped | numbers if until is None else self._shop.skipped - numbers

    def unskip(self) -> None:
        """Some are not left out after all."""
        outcome = actions.unskip(order_ids=self._some("SKIPPED"), by=PERSON, now=self._now())
        self._shop.skipped -= self._numbers(outcome.done)

    def correct_address(self) -> None:
        """The city that was missing is written down."""
        for key in self._some("BLOCKED", "WAITING")[:1]:
            outcome = actions.correct_address(order_id=key, address=ADDRESS, by=PERSON, now=self._now())
            self._shop.corrected |= self._numbers(outcome.done)

    def ask_again(self) -> None:
        """An order is wanted fresh."""
        known = list(AmazonOrder.objects.order_by("amazon_order_id").values_list("pk", flat=True))
        if known:
            actions.refresh(order_ids=[self._rng.choice(known)], by=PERSON, now=self._now())
            tasks.wake_refresh()

    def ask_by_number(self) -> None:
        """Some of Amazon's orders are wanted by their numbers, whether they are here or not, twice or not."""
        orders = sorted(self._shop.amazon.world.orders(), key=lambda one: one.order_id)
        accounts = dict(Account.objects.values_list("seller_id", "pk"))
        some = self._rng.sample(orders, k=min(len(orders), self._rng.randrange(1, 5)))
        wishes = [
            WantedOrder(accounts[one.seller_id], one.order_id) for one in some if one.seller_id in accounts
        ]
        lane, why = self._rng.choice(WAYS_TO_WANT)
        for _ in range(self._rng.choice((1, 1, 2))):
            order_requests.request(wishes, lane=lane, why=why, now=self._now())
        tasks.wake_refresh()

    def retry(self) -> None:
        """Some orders are judged again."""
        actions.retry(order_ids=self._some("WAITING", "BLOCKED"), by=PERSON, now=self._now())
        tasks.wake()

    def deactivate(self) -> None:
        """A store is not synced for a while."""
        store = self._shop.store(self._rng.choice(tuple(PLACES_OF_STORES)))
        if store is not None:
            stores.deactivate(store_id=store.pk, by=PERSON, now=self._now())

    def activate(self) -> None:
        """Stores that are not being deleted are synced again."""
        for store in Store.objects.filter(is_active=False).exclude(name__in=self._shop.being_deleted):
            stores.activate(store_id=store.pk, by=PERSON, now=self._now())

    def delete(self) -> None:
        """A store and its Amazon orders go; what is half deleted is deleted first."""
        name = min(self._shop.being_deleted, default=self._rng.choice(tuple(PLACES_OF_STORES)))
        store = self._shop.store(name)
        if store is not None:
            self._shop.being_deleted.add(name)
            self._shop.forget(name)
            stores.delete(store_id=store.pk, by=PERSON, now=self._now())
        self._shop.being_deleted.discard(name)

    def connect(self) -> None:
        """A store joins late, or comes back after it was deleted, and has to catch up."""
        for name in PLACES_OF_STORES:
            if self._shop.store(name) is None:
                self._shop.connect(name)
                self._shop.match_packs()
                return

    def reauthorize(self) -> None:
        """Sellers who have withdrawn their consent give it again."""
        amazon = self._shop.amazon
        for seller, token in self._shop.tokens.items():
            store = Store.objects.filter(account__seller_id=seller).order_by("pk").first()
            if store is not None and amazon.tokens.seller_of_refresh_token(token) is None:
                self._shop.tokens[seller] = anew = f"{token}+"
                amazon.tokens.accept(anew, seller)
                stores.reauthorize(store=store, refresh_token=anew, by=PERSON, now=self._now(), verify=False)

    def say_nothing(self) -> None:
        """Read-only mode is switched on."""
        read_only.switch_on(by=PERSON, now=self._now())

    def speak_again(self) -> None:
        """Read-only mode is switched off."""
        if read_only.is_on():
            read_only.switch_off(by=PERSON, now=self._now())

    def put_in_order(self) -> None:
        """All that was begun is ended, all that is off is on again; Mexico may stay away."""
        self.speak_again()
        while self._shop.being_deleted:
            self.delete()
        for name in PLACES_OF_STORES:
            if self._shop.store(name) is None and self._shop.key(name) in self._shop.import_was:
                self._shop.connect(name)
        self.reauthorize()
        self._shop.match_packs()
        self.activate()

    def _some(self, *states: str) -> list[int]:
        """Keys of up to three orders in one of these states."""
        found = OrderImport.objects.filter(state__in=states).order_by("amazon_order__amazon_order_id")
        keys = list(found.values_list("pk", flat=True))
        return self._rng.sample(keys, k=min(len(keys), self._rng.randrange(1, 4)))

    def _request(self, keys: tuple[int, ...]) -> None:
        numbers = self._numbers(keys)
        self._shop.requested |= numbers
        self._shop.ever_requested |= numbers

    @staticmethod
    def _numbers(keys: tuple[int, ...]) -> set[str]:
        return set(AmazonOrder.objects.filter(pk__in=keys).values_list("amazon_order_id", flat=True))

    def _now(self) -> datetime:
        return self._clock.now()
