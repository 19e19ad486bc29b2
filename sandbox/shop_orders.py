"""Lifelike orders of the demo shop, whole: as they are once their payment is authorized."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sandbox.catalog import SCARCE_ON_HAND, Ware
from sandbox.clock import iso
from sandbox.datasets import Json
from sandbox.marketplaces import Marketplace
from sandbox.people import Buyer, buyer
from sandbox.pricing import ItemMoney, OrderMoney

_ID_PREFIXES = {
    "US": ("111", "112", "113", "114"),
    "CA": ("701",),
    "MX": ("702",),
    "UK": ("202", "203", "204", "205"),
    "DE": ("302", "303", "304", "305"),
    "JP": ("249", "250", "503"),
}
_SMALL_CHANGE = {"USD": 1, "CAD": 1, "MXN": 18, "GBP": 1, "EUR": 1, "JPY": 100}
_GIFT_MESSAGES = (
    "Happy birthday! 🎂",
    "Alles Gute!",
    "Enjoy your new home",
    "おめでとうございます",
    "¡Felicidades!",
)
_QUANTITIES = (1, 1, 1, 1, 1, 1, 2, 2, 3, 4)
_ITEM_COUNTS = (1, 1, 1, 1, 1, 2, 2, 3, 4)


@dataclass(frozen=True)
class Draft:
    """What is decided before the document is written."""

    number: int
    seed: int
    where: Marketplace
    created_at: datetime
    fulfilled_by: str
    wares: list[Ware]
    is_multi_channel: bool = False

    @property
    def is_merchant(self) -> bool:
        return self.fulfilled_by == "MERCHANT"


def shop_order(draft: Draft, random: Random) -> Json:
    is_business = not draft.is_multi_channel and random.random() < 0.08
    is_prime = random.random() < (0.15 if draft.is_merchant else 0.7)
    money = _money(draft, random)
    document: Json = {
        "orderId": order_id(draft, random),
        "createdTime": iso(draft.created_at),
        "lastUpdatedTime": iso(draft.created_at),
        "programs": [
            name for name, holds in (("PRIME", is_prime), ("AMAZON_BUSINESS", is_business)) if holds
        ],
        "salesChannel": _sales_channel(draft),
        **_people(draft, buyer(draft.where.country, is_business, random), random),
        "fulfillment": _fulfillment(draft, is_prime, random),
        "orderItems": [
            _item(draft, index, ware, money, is_business, random) for index, ware in enumerate(draft.wares)
        ],
    }
    document["proceeds"] = money.order_proceeds()
    if draft.is_multi_channel:
        # The money of a multi-channel order was taken by the shop it was placed in.
        del document["proceeds"]
    return document


def order_id(draft: Draft, random: Random) -> str:
    prefix = "S01" if draft.is_multi_channel else random.choice(_ID_PREFIXES[draft.where.code])
    # A step prime to ten millions: no two orders of a shop share the middle part.
    middle = (draft.number * 1_299_709 + draft.seed * 7_919) % 10**7
    return f"{prefix}-{middle:07d}-{random.randrange(10**7):07d}"


def item_count(random: Random) -> int:
    return random.choice(_ITEM_COUNTS)


def _money(draft: Draft, random: Random) -> OrderMoney:
    unit = Decimal(_SMALL_CHANGE[draft.where.currency])
    has_shipping = draft.is_merchant and random.random() < 0.5
    has_discount = random.random() < 0.18
    items = []
    for ware in draft.wares:
        least = SCARCE_ON_HAND + 2 if ware.flaw == "scarce" else 1
        item = ItemMoney(ware.price(draft.where), max(least, random.choice(_QUANTITIES)))
        item.shipping = unit * 5 if has_shipping else Decimal()
        item.gift_wrap = unit * 4 if random.random() < 0.07 else Decimal()
        if has_discount:
            item.item_discount = item.unit_price * item.quantity / 10
            item.shipping_discount = item.shipping if random.random() < 0.5 else Decimal()
        items.append(item)
    # Cash on delivery: `codCollectionMethod` is for Japan only (SP-API model orders v0).
    if draft.where.code == "JP" and draft.is_merchant and random.random() < 0.15:
        items[0].cod_fee = Decimal(330)
    money = OrderMoney(draft.where, items, is_discount_positive=random.random() < 0.25)
    if draft.where.code == "US" and random.random() < 0.04:
        money.tip, money.tip_status = Decimal("3.00"), random.choice(("PENDING", "FINALIZED"))
    return money


def _sales_channel(draft: Draft) -> Json:
    if draft.is_multi_channel:
        return {"channelName": "NON_AMAZON", "marketplaceId": draft.where.id}
    return {"channelName": "AMAZON", "marketplaceId": draft.where.id, "marketplaceName": draft.where.name}


def _people(draft: Draft, person: Buyer, random: Random) -> Json:
    """Amazon withholds names, streets and phones of orders it fulfills itself, and their e-mail."""
    if not draft.is_merchant:
        known = ("city", "stateOrRegion", "postalCode", "countryCode")
        address = {name: person.address[name] for name in known if name in person.address}
        return {"recipient": {"deliveryAddress": address}}
    alias = f"{random.getrandbits(60):x}@marketplace.amazon.{draft.where.domain}"
    people: Json = {
        "buyer": {"buyerName": person.name, "buyerEmail": alias},
        "recipient": {"deliveryAddress": dict(person.address)},
    }
    # By its number and not drawn, so that a shop's other orders stay what they were.
    if draft.number % 4 == 0:
        people["recipient"]["deliveryPreference"] = _preference(draft.number)
    if person.company:
        people["buyer"]["buyerCompanyName"] = person.company
        people["buyer"]["buyerPurchaseOrderNumber"] = f"PO-{random.randint(1000, 9999)}"
        if draft.where.code in ("UK", "DE"):
            registration = {"entityType": "BUYER", "legalName": person.company, "taxRegistrationType": "VAT"}
            people["tax"] = {"taxRegistrations": [registration]}
    return people


def _preference(number: int) -> Json:
    """What buyers ask of whoever delivers (model orders 2026-01-01, DeliveryPreference)."""
    if number % 8:
        return {"dropOffLocation": "FRONT_DOOR", "addressInstruction": "Blue door, ring twice."}
    nine, five = {"hour": 9, "minute": 0}, {"hour": 17, "minute": 30}
    hours = [
        {"dayOfWeek": day, "timeWindows": [{"startTime": nine, "endTime": five}]} for day in ("MON", "FRI")
    ]
    return {"deliveryTime": {"businessHours": hours}, "deliveryCapabilities": ["PALLET_DISABLED"]}


def _fulfillment(draft: Draft, is_prime: bool, random: Random) -> Json:
    def window(first: int, last: int) -> Json:
        midnight = draft.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
        end = midnight + timedelta(days=last, hours=23, minutes=59, seconds=59)
        return {"earliestDateTime": iso(midnight + timedelta(days=first)), "latestDateTime": iso(end)}

    quick = ("NEXT_DAY", "SECOND_DAY", "EXPEDITED")
    level = random.choice(quick) if is_prime else random.choice(("STANDARD", "STANDARD", "EXPEDITED"))
    handling = 0 if is_prime else 2
    return {
        "fulfillmentStatus": "UNSHIPPED",
        "fulfilledBy": draft.fulfilled_by,
        "fulfillmentServiceLevel": level,
        "shipByWindow": window(0, handling),
        "deliverByWindow": window(handling + 1, handling + 4),
    }


def _item(draft: Draft, index: int, ware: Ware, money: OrderMoney, is_business: bool, random: Random) -> Json:
    line = money.items[index]
    price: Json = {"unitPrice": money.money(line.unit_price)}
    if is_business:
        price["priceDesignation"] = "BUSINESS_PRICE"
    fulfillment: Json = {"quantityFulfilled": 0, "quantityUnfulfilled": line.quantity}
    if line.gift_wrap:
        gift = {"giftMessage": random.choice(_GIFT_MESSAGES), "giftWrapLevel": "Classic"}
        fulfillment["packing"] = {"giftOption": gift}
    item: Json = {
        "orderItemId": f"{draft.number % 10**8:08d}{random.randrange(10**5):05d}{index + 1}",
        "quantityOrdered": line.quantity,
        "product": {
            "asin": ware.asin,
            "title": ware.title(draft.where),
            "sellerSku": ware.sku,
            "condition": {"conditionType": "NEW", "conditionSubtype": "NEW", "conditionNote": ""},
            "price": price,
        },
        "proceeds": money.item_proceeds(line),
        "fulfillment": fulfillment,
    }
    return item | _extras(draft, line, money, random)


def _extras(draft: Draft, line: ItemMoney, money: OrderMoney, random: Random) -> Json:
    extras: Json = {}
    if draft.is_multi_channel:
        return extras
    if line.item_discount:
        extras["promotion"] = {"breakdowns": [{"promotionId": f"SAVE10-{random.randint(100, 999)}"}]}
    if draft.where.code in ("US", "CA"):
        collection = {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}
        extras["tax"] = {"taxCollections": [collection]}
    if draft.where.code == "JP":
        points = int(line.unit_price * line.quantity / 100)
        granted = {"pointsNumber": points, "pointsMonetaryValue": money.money(Decimal(points))}
        extras["expense"] = {"pointsCost": {"pointsGranted": granted}}
    return extras
