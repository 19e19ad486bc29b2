"""The proof: what a counted list says per store and day, what is missing, and that it came in after all.

A whole list is recorded in one transaction: a worker that dies halfway leaves nothing half said.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from amazon_orders.models import AmazonOrder, Store
from commerce.models import Order
from integration import timeline
from integration.completeness import miss_causes
from integration.completeness.listed_orders import ListedOrder
from integration.completeness.miss_causes import Absence, Facts, Stretch
from integration.completeness.report_counts import BATCH, KEY, Counted, Tally, batches
from integration.models import (
    ImportState,
    Lane,
    ListSource,
    MissingOrder,
    OrderImport,
    ProofDay,
    Quarantine,
    RequestReason,
    StoreSync,
    SyncRun,
    TimelineEvent,
    WhyMissed,
)
from integration.models.imports import CHANNEL
from integration.sync import order_requests
from integration.sync.order_requests import WantedOrder
from integration.timeline import EventCode
from integration.transactions import repeat_when_beaten

STATES: Mapping[str, str] = {state: state.lower() for state in ImportState.values}
# Longer ago than any order of a proof changed.
RUNS_LOOKED_AT = timedelta(days=45)


def record_proof(
    tally: Tally, *, source: ListSource, listed_at: datetime, now: datetime, is_whole: bool
) -> None:
    """Write down what was counted, inside the caller's transaction, and have what is missing asked for.

    A newer proof of a day stays. `is_whole`: the list named every order, so one that was missing and is not
    on it any more is no longer Amazon's.
    """
    record_missing(tally, now=now)
    if is_whole:
        _give_up_unlisted(tally, now=now)
    _record_days(tally, source=source, listed_at=listed_at)


def record_missing(tally: Tally, *, now: datetime) -> None:
    """Only what is missing: for a list that was cut short."""
    for batch in batches(tally.missing):
        _record_missing(batch, now=now)


def _record_missing(batch: Sequence[tuple[Store, ListedOrder]], *, now: datetime) -> None:
    """Eight statements, and three to have them asked for."""
    reasons = reasons_of(batch, now=now)
    ids = [order.amazon_order_id for _, order in batch]
    rows = [
        MissingOrder(
            store=store,
            amazon_order_id=order.amazon_order_id,
            day=order.day,
            last_updated_at=order.last_updated_at,
            why=reasons[order.amazon_order_id],
            found_at=now,
        )
        for store, order in sorted(batch, key=lambda each: (each[0].pk, each[1].amazon_order_id))
    ]
    # Once per order: what is found missing by two lists keeps the moment, and the reason, of the first.
    MissingOrder.objects.bulk_create(rows, ignore_conflicts=True)
    of_batch = MissingOrder.objects.filter(
        store__in={store.pk for store, _ in batch}, amazon_order_id__in=ids, healed_at=None
    )
    # Amazon lists it again: what nobody gave up by name is open again.
    of_batch.filter(given_up_by="", given_up_at__isnull=False).update(given_up_at=None)
    # Asked again here: the list took its time, and the sync went on meanwhile.
    still_missing = of_batch.filter(~Exists(_arrived()), given_up_at=None)
    missing_orders = {
        WantedOrder(account_id, amazon_order_id)
        for account_id, amazon_order_id in still_missing.values_list("store__account_id", "amazon_order_id")
    }
    order_requests.request(missing_orders, lane=Lane.RECONCILE, why=RequestReason.MISSING, now=now)


def _give_up_unlisted(tally: Tally, *, now: datetime) -> None:
    """Amazon may take an order back: nobody need look for it any longer."""
    if not tally.days:
        return
    # Only what was found before this list: what it has just named is on it.
    waiting = _open().filter(store__in=tally.stores, day__range=(tally.first, tally.last), found_at__lt=now)
    gone = [pk for pk, order_id in waiting.values_list("pk", "amazon_order_id") if order_id not in tally.seen]
    for batch in batches(sorted(gone)):
        MissingOrder.objects.filter(pk__in=batch).update(given_up_at=now)


def _record_days(tally: Tally, *, source: ListSource, listed_at: datetime) -> None:
    """Three statements."""
    period = {"store__in": tally.stores, "day__range": (tally.first, tally.last)}
    # Locked before they are compared: of two lists of one day the one that was made earlier loses.
    locked = ProofDay.objects.filter(**period).order_by("pk").select_for_update()
    known = locked.values_list("store_id", "day", "listed_at")
    newer = {(store_id, day) for store_id, day, known_at in known if known_at > listed_at}
    healed = Counter(
        MissingOrder.objects.filter(**period, healed_at__isnull=False).values_list("store_id", "day")
    )
    rows = [
        _proof(key, counted, healed[key], source, listed_at)
        for key, counted in sorted(tally.days.items())
        if key not in newer
    ]
    ProofDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["store", "day"],
        update_fields=[
            *("amazon", "stored", *STATES.values(), "to_come", "missing", "healed"),
            *("listed_at", "source"),
        ],
    )


def _proof(key: KEY, counted: Counted, healed: int, source: ListSource, listed_at: datetime) -> ProofDay:
    store_id, day = key
    return ProofDay(
        store_id=store_id,
        day=day,
        amazon=counted.amazon,
        stored=counted.states.total(),
        to_come=counted.to_come,
        missing=counted.missing,
        healed=healed,
        listed_at=listed_at,
        source=source,
        **{column: counted.states[state] for state, column in STATES.items()},
    )


def heal(*, now: datetime) -> int:
    """Mark what was missing and has come in since; gives how many. One statement where nothing is missing."""
    healed = 0
    while keys := list(
        _open().filter(Exists(_arrived())).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        healed += _heal_some(keys, now=now)
    return healed


def _heal_some(keys: Sequence[int], *, now: datetime) -> int:
    return repeat_when_beaten(lambda: _heal_batch(keys, now=now))


@transaction.atomic
def _heal_batch(keys: Sequence[int], *, now: datetime) -> int:
    """Six statements; of two at once the second finds them healed."""
    rows = list(_open().filter(pk__in=keys).order_by("pk").select_for_update())
    imports = {
        order_id: (pk, state)
        for order_id, pk, state in OrderImport.objects.filter(
            amazon_order__amazon_order_id__in=[row.amazon_order_id for row in rows]
        ).values_list("amazon_order__amazon_order_id", "pk", "state")
    }
    # Its store may have been deleted between the look and the lock.
    rows = [row for row in rows if row.amazon_order_id in imports]
    MissingOrder.objects.filter(pk__in=[row.pk for row in rows]).update(healed_at=now)
    timeline.record_events([_healed(row, imports[row.amazon_order_id][0], now=now) for row in rows])
    _move_to_stored([(row, imports[row.amazon_order_id][1]) for row in rows])
    return len(rows)


def _healed(row: MissingOrder, import_id: int, *, now: datetime) -> TimelineEvent:
    return timeline.event(import_id, EventCode.HEALED, now=now, why=row.why, text=WhyMissed(row.why).label)


def _move_to_stored(healed: Sequence[tuple[MissingOrder, str]]) -> None:
    """A healed order is stored now, in the proof of its day too; two statements."""
    per_day: defaultdict[KEY, list[str]] = defaultdict(list)
    for row, state in healed:
        per_day[row.store_id, row.day].append(state)
    days = ProofDay.objects.filter(
        store__in={store_id for store_id, _ in per_day}, day__in={day for _, day in per_day}
    )
    proofs = [
        proof for proof in days.order_by("pk").select_for_update() if (proof.store_id, proof.day) in per_day
    ]
    for proof in proofs:
        # What a newer list already found stored is not moved twice.
        states = per_day[proof.store_id, proof.day]
        proof.healed += len(states)
        for state in states[: proof.missing]:
            proof.missing -= 1
            proof.stored += 1
            column = STATES[state]
            setattr(proof, column, getattr(proof, column) + 1)
    ProofDay.objects.bulk_update(proofs, ["missing", "stored", "healed", *STATES.values()])


def give_up(*, missing_id: int, by: str, now: datetime) -> bool:
    """A person has looked after it: it is asked for no more and named in no message."""
    rows = MissingOrder.objects.filter(pk=missing_id, healed_at=None, given_up_at=None)
    return bool(rows.update(given_up_at=now, given_up_by=by))


def reasons_of(batch: Sequence[tuple[Store, ListedOrder]], *, now: datetime) -> dict[str, WhyMissed]:
    """Why each of these had been missed; five statements."""
    ids = [order.amazon_order_id for _, order in batch]
    accounts = {store.account_id for store, _ in batch}
    were_here = set(
        Order.objects.filter(channel=CHANNEL, channel_reference__in=ids).values_list(
            "channel_reference", flat=True
        )
    )
    # The list took its time: what came in meanwhile has a Commerce order for that, not from before.
    are_here = set(
        AmazonOrder.objects.filter(amazon_order_id__in=ids, store__account__in=accounts).values_list(
            "store__account_id", "amazon_order_id"
        )
    )
    quarantined = set(
        Quarantine.objects.filter(account__in=accounts, amazon_order_id__in=ids).values_list(
            "account_id", "amazon_order_id"
        )
    )
    syncs = {sync.store_id: sync for sync in StoreSync.objects.filter(store__in={s.pk for s, _ in batch})}
    failures = _failures(accounts, now=now)
    return {
        order.amazon_order_id: WhyMissed(
            miss_causes.reason(
                Facts(
                    last_updated_at=order.last_updated_at,
                    was_here=order.amazon_order_id in were_here,
                    is_quarantined=(store.account_id, order.amazon_order_id) in quarantined,
                    absence=_absence(syncs.get(store.pk)),
                    failures=failures[store.account_id],
                    synced_until=syncs[store.pk].synced_until if store.pk in syncs else None,
                    is_here=(store.account_id, order.amazon_order_id) in are_here,
                )
            )
        )
        for store, order in batch
    }


def _absence(sync: StoreSync | None) -> Absence | None:
    if sync is None or sync.away_since is None:
        return None
    return Absence(Stretch(sync.away_since, sync.back_at), sync.was_inactive)


def _failures(accounts: set[int], *, now: datetime) -> defaultdict[int, list[Stretch]]:
    """What each failed pass of the last weeks wanted to read."""
    failures: defaultdict[int, list[Stretch]] = defaultdict(list)
    runs = SyncRun.objects.filter(account__in=accounts, started_at__gte=now - RUNS_LOOKED_AT)
    for account_id, since, started_at, ended_at in runs.exclude(error="").values_list(
        "account_id", "synced_from", "started_at", "ended_at"
    ):
        failures[account_id].append(Stretch(since or started_at, ended_at))
    return failures


def _arrived() -> QuerySet[AmazonOrder]:
    """The order itself, of a row about a missing one."""
    return AmazonOrder.objects.filter(
        amazon_order_id=OuterRef("amazon_order_id"), store__account_id=OuterRef("store__account_id")
    )


def _open() -> QuerySet[MissingOrder]:
    return MissingOrder.objects.filter(healed_at=None, given_up_at=None)
