"""Ship: parcels leave here, and Amazon is owed the word about each, in one transaction.

Orders that stand for no Amazon order are only shipped. Amazon's order turns Shipped once it was told; the
Commerce order is complete when Amazon says so (ADR 0020).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from amazon_orders import marketplaces
from amazon_orders.models import AmazonPackage
from commerce.models import Order, Shipment
from commerce.orders import order_state
from commerce.refusals import Refusal
from commerce.shipping import ship
from commerce.shipping.ship import CannotShip, OrderToShip, ParcelToShip, Shipped
from integration.decision.facts import AMAZON
from integration.decision.policy import CANCELED
from integration.models import (
    Cancellation,
    ConfirmationState,
    ConfirmationWay,
    FeedRequestState,
    Lane,
    ShipmentConfirmation,
)
from integration.outbox import (
    amazon_side,
    carriers,
    confirmations,
    package_references,
    parcel_notices,
    ways,
)
from integration.outbox.amazon_side import Counterpart
from integration.timeline import EventCode

__all__ = [
    "CannotShip",
    "correct_shipment",
    "send_confirmation_again",
    "settle_shipments",
    "ship_orders",
    "why_not_shipped",
]


def why_not_shipped(*, orders: Sequence[OrderToShip]) -> tuple[Refusal, ...]:
    """Why these cannot be shipped as they stand now: empty where they can. Five statements, no lock."""
    found = Order.objects.filter(pk__in=[each.order_id for each in orders])
    counterparts = amazon_side.of_orders(found)
    return (*_against(orders, counterparts), *ship.why_not(_as_amazon_wants(orders, counterparts)))


@transaction.atomic
def ship_orders(*, orders: Sequence[OrderToShip], by: str, now: datetime) -> Shipped:
    """Record that these parcels leave; `completes` is set here. A fixed number of statements.

    A carrier may be named by Amazon's code or by its name. Raises CannotShip with all reasons of all orders.
    """
    # The lock before the checks: a cancel, here or by Amazon's answer, takes the same one, and whoever
    # is second is refused.
    locked = order_state.lock([each.order_id for each in orders])
    counterparts = amazon_side.of_orders(locked)
    wanted = _as_amazon_wants(orders, counterparts)
    if refusals := (*_against(orders, counterparts), *ship.why_not(wanted)):
        raise CannotShip(refusals)
    shipped = ship.ship(orders=wanted, now=now, by=by)
    parcels = {each.order_id: each.parcels for each in ship.merged(wanted)}
    _owe(shipped, parcels, counterparts, by=by, now=now)
    return shipped


def _as_amazon_wants(
    orders: Iterable[OrderToShip], counterparts: Mapping[int, Counterpart]
) -> list[OrderToShip]:
    return [
        replace(
            each,
            parcels=[
                _with_code(parcel, _country(counterparts.get(each.order_id))) for parcel in each.parcels
            ],
            completes=each.order_id not in counterparts,
        )
        for each in orders
    ]


def _way_beside(
    counterpart: Counterpart,
    parcel: ParcelToShip,
    contents: Mapping[str, int],
    shown: Iterable[AmazonPackage],
) -> ConfirmationWay:
    """The way of a parcel, where Amazon may show that very one already: its label was bought there, or
    somebody has told of it in Seller Central."""
    is_known = any(
        ways.is_same_label(
            parcel, contents, number=each.tracking_number, items=each.items, status=each.status
        )
        for each in shown
    )
    return ConfirmationWay.READ_BACK if is_known else _way(counterpart, parcel)


def _country(counterpart: Counterpart | None) -> str:
    return counterpart.country if counterpart else ""


def _with_code(parcel: ParcelToShip, country: str) -> ParcelToShip:
    carrier = carriers.find_carrier(code=parcel.carrier_code, name=parcel.carrier, country=country)
    if carrier is None:
        return parcel
    return replace(parcel, carrier_code=carrier.code, carrier=carrier.name)


def _against(orders: Sequence[OrderToShip], counterparts: Mapping[int, Counterpart]) -> list[Refusal]:
    """What Amazon's side has against it."""
    numbers = [each.number for each in counterparts.values()]
    open_cancellations = Cancellation.objects.filter(
        amazon_order_id__in=numbers, state__in=[FeedRequestState.OWED, FeedRequestState.SENT]
    )
    canceling = set(open_cancellations.values_list("amazon_order_id", flat=True))
    # All reasons of all orders at once: whoever ships a hundred orders need not try a hundred times.
    refusals: list[Refusal] = []
    for each in orders:
        counterpart = counterparts.get(each.order_id)
        if counterpart is None:
            continue
        number = counterpart.number
        if counterpart.status in CANCELED:
            text = f"{number} is canceled at Amazon."
            refusals.append(Refusal(each.order_id, "CANCELED_AT_AMAZON", text))
        if counterpart.fulfilled_by == AMAZON:
            refusals.append(Refusal(each.order_id, "FULFILLED_BY_AMAZON", f"{number} is shipped by Amazon."))
        if number in canceling:
            text = f"{number}: Amazon has been asked to cancel it; wait for its answer."
            refusals.append(Refusal(each.order_id, "CANCEL_ASKED", text))
        refusals += [
            refusal
            for parcel in each.parcels
            for refusal in ways.unsayable(
                order_id=each.order_id,
                number=number,
                parcel=parcel,
                way=_way(counterpart, parcel),
                country=counterpart.country,
            )
        ]
    return list(dict.fromkeys(refusals))


def _way(counterpart: Counterpart, parcel: ParcelToShip) -> ConfirmationWay:
    return ways.way_of(
        programs=counterpart.programs,
        tracking_number=parcel.tracking_number,
        has_channel_label=parcel.has_channel_label,
    )


def _owe(
    shipped: Shipped,
    parcels: Mapping[int, Sequence[ParcelToShip]],
    counterparts: Mapping[int, Counterpart],
    *,
    by: str,
    now: datetime,
) -> None:
    """Write what Amazon is owed; six statements."""
    owed = {pk: each for pk, each in counterparts.items() if pk in shipped.shipments}
    if not owed:
        return
    # Both what Amazon shows and what we have chosen and not told yet: a reference that is used twice
    # would edit the other package.
    shown = amazon_side.packages(owed.values())
    taken = {number: {each.package_reference_id for each in of} for number, of in shown.items()}
    contents = confirmations.items_of([pk for order_id in owed for pk in shipped.shipments[order_id]])
    for number, reference in ShipmentConfirmation.objects.filter(amazon_order_id__in=taken).values_list(
        "amazon_order_id", "package_reference"
    ):
        taken[number].add(reference)
    rows = [
        confirmations.new(
            shipment_id=shipment_id,
            counterpart=each,
            way=_way_beside(each, parcel, contents.get(shipment_id, {}), shown[each.number]),
            reference=package_references.choose(shipment_id, taken=taken[each.number]),
            now=now,
        )
        for order_id, each in owed.items()
        for shipment_id, parcel in zip(shipped.shipments[order_id], parcels[order_id], strict=True)
    ]
    ShipmentConfirmation.objects.bulk_create(rows)
    _hand_on(rows, by=by, now=now)
    told = {each.number: {"parcels": len(shipped.shipments[pk])} for pk, each in owed.items()}
    amazon_side.tell(told, EventCode.SHIPPED_HERE, now=now, by=by)


@transaction.atomic
def correct_shipment(
    *,
    shipment_id: int,
    carrier_code: str,
    carrier: str,
    tracking_number: str,
    by: str,
    now: datetime,
    service: str | None = None,
    shipped_at: datetime | None = None,
    unit_codes: Mapping[int, Sequence[str]] | None = None,
) -> Shipment:
    """Correct what we said of a parcel; Amazon is owed the new word, under the same reference.

    The call on the way with the old word is not waited for: it is sent again after it. Raises CannotShip and
    ship.UnknownShipment.
    """
    confirmation = ShipmentConfirmation.objects.filter(pk=shipment_id).first()
    country = marketplaces.by_id(confirmation.marketplace_id).country_code if confirmation else ""
    found = carriers.find_carrier(code=carrier_code, name=carrier, country=country)
    shipment = ship.correct_tracking(
        shipment_id=shipment_id,
        carrier_code=found.code if found else "",
        carrier=found.name if found else "",
        tracking_number=tracking_number.strip(),
        service=service,
        shipped_at=shipped_at,
        unit_codes=unit_codes,
        now=now,
        by=by,
    )
    # After the order, which `correct_tracking` has locked. A call with the older word may be under way:
    # it takes no lock, and its answer finds another version.
    confirmation = ShipmentConfirmation.objects.select_for_update().filter(pk=shipment_id).first()
    if confirmation is None:
        return shipment
    parcel = ParcelToShip(
        lines=(), carrier_code=carrier_code, carrier=carrier, tracking_number=tracking_number
    )
    way = confirmations.way_of_correction(confirmation, tracking_number=tracking_number)
    refusals = tuple(
        ways.unsayable(
            order_id=shipment.order_id,
            number=confirmation.amazon_order_id,
            parcel=parcel,
            way=way,
            country=country,
        )
    )
    if refusals:
        raise CannotShip(refusals)
    # An equal word is owed again only where Amazon has refused it or shows otherwise: a person who
    # saves unchanged wants it tried again.
    is_unsettled = confirmation.state in (ConfirmationState.REFUSED, ConfirmationState.DIFFERS)
    if shipment.version != confirmation.version or is_unsettled:
        _owe_again([confirmation], now=now, version=shipment.version, way=way, by=by)
        amazon_side.tell({confirmation.amazon_order_id: {}}, EventCode.SHIPMENT_CORRECTED, now=now, by=by)
    return shipment


@transaction.atomic
def send_confirmation_again(*, shipment_ids: Collection[int], now: datetime) -> int:
    """Send refused or differing ones once more as they are; gives how many."""
    rows = ShipmentConfirmation.objects.filter(
        pk__in=shipment_ids, state__in=[ConfirmationState.REFUSED, ConfirmationState.DIFFERS]
    )
    return _owe_again(list(rows.order_by("pk").select_for_update()), now=now)


def settle_shipments(*, shipment_ids: Collection[int], by: str, now: datetime) -> int:
    """A person has settled it with Amazon elsewhere: its message closes; gives how many."""
    rows = ShipmentConfirmation.objects.filter(
        pk__in=shipment_ids,
        state__in=[ConfirmationState.REFUSED, ConfirmationState.DIFFERS],
        settled_at=None,
    )
    return rows.update(settled_at=now, settled_by=by)


def _owe_again(
    rows: Sequence[ShipmentConfirmation],
    *,
    now: datetime,
    version: int | None = None,
    way: ConfirmationWay | None = None,
    by: str = "",
) -> int:
    """The locked rows are owed as they stand, or in a newer version, by the way they go."""
    for row in rows:
        confirmations.owe_again(row, version=version or row.version, way=way or row.way, now=now)
    ShipmentConfirmation.objects.bulk_update(rows, confirmations.OWED_FIELDS)
    _hand_on(rows, by=by, now=now)
    parcel_notices.drop([row for row in rows if row.way != ConfirmationWay.FEED])
    return len(rows)


def _hand_on(rows: Sequence[ShipmentConfirmation], *, by: str, now: datetime) -> None:
    """What no call of `confirm` tells: some go into a feed, some are only looked for."""
    parcel_notices.owe([row for row in rows if row.way == ConfirmationWay.FEED], by=by, now=now)
    unsaid = [row for row in rows if row.way == ConfirmationWay.READ_BACK]
    if unsaid:
        confirmations.ask_all(unsaid, lane=Lane.PROBE, due_at=now + confirmations.SOONEST, now=now)
