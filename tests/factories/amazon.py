"""Rows of the mirror, as `receive` would leave them."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from amazon_orders import marketplaces
from amazon_orders.models import (
    Account,
    AmazonOrder,
    AmazonOrderItem,
    AmazonPackage,
    BuyerNameWord,
    PersonalData,
    Store,
)
from integration.models import (
    AccountSync,
    Blocker,
    ImportState,
    MissingOrder,
    OrderImport,
    ProofDay,
    StoreSettings,
    StoreSync,
    TimelineEvent,
)
from sealing import seal, search_hash
from tests.factories import commerce

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def account(*, seller_id: str = "", region: str = "NA") -> Account:
    """A seller whose sync has just come to its end."""
    made = Account.objects.create(
        seller_id=seller_id or f"A{next(_numbers):013d}",
        region=region,
        sealed_refresh_token=b"",
        authorized_at=NOW - timedelta(days=30),
    )
    made.sealed_refresh_token = seal.seal(b"Atzr|tests", associated_data=made.associated_data)
    made.save()
    AccountSync.objects.create(
        account=made,
        synced_until=NOW - timedelta(minutes=3),
        next_poll_at=NOW,
        last_polled_at=NOW - timedelta(minutes=1),
    )
    return made


def store(name: str = "", *, of: Account | None = None, marketplace: str = "US", **fields: Any) -> Store:
    """A store with default settings, connected thirty days ago."""
    made = Store.objects.create(
        account=of or account(region=marketplaces.by_code(marketplace).region),
        name=name or f"Store {next(_numbers)}",
        marketplace_id=marketplaces.by_code(marketplace).marketplace_id,
        **{"connected_at": NOW - timedelta(days=30), **fields},
    )
    StoreSettings.objects.create(store=made, commerce_store=commerce.commerce_store())
    StoreSync.objects.create(store=made, synced_until=NOW - timedelta(minutes=3))
    return made


def order_id() -> str:
    """An Amazon order id that is not taken."""
    return f"113-{next(_numbers):07d}-0000000"


def order(
    of: Store,
    *,
    state: str = ImportState.WAITING,
    skus: Iterable[str] = ("SKU-1",),
    personal: dict[str, Any] | None = None,
    **fields: Any,
) -> AmazonOrder:
    """An order with one line per SKU, nothing due. `state` is ours, `fields` are the order's own."""
    made = AmazonOrder.objects.create(store=of, **{**_order_fields(of), **fields})
    for position, sku in enumerate(skus):
        item(made, sku, position=position)
    if personal is not None:
        personal_data(made, personal)
    imported = (
        {"commerce_order": commerce.order(channel_reference=made.amazon_order_id), "imported_at": NOW}
        if state == ImportState.IMPORTED
        else {}
    )
    skipped = (
        {"skipped_at": NOW, "skip_reason": "Not ours", "skipped_by": "maria"}
        if state == ImportState.SKIPPED
        else {}
    )
    OrderImport.objects.create(
        amazon_order=made, state=state, judged_version=1, judged_at=NOW, **imported, **skipped
    )
    return made


def _order_fields(of: Store) -> dict[str, Any]:
    return {
        "amazon_order_id": order_id(),
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "channel_name": "AMAZON",
        "purchased_at": NOW - timedelta(days=1),
        "last_updated_at": NOW - timedelta(hours=20),
        "total": Decimal("24.98"),
        "currency": marketplaces.by_id(of.marketplace_id).currency,
        "proceeds": {"total": "24.98"},
        "latest_ship_at": NOW + timedelta(days=1),
        "asked_at": NOW,
        "received_at": NOW,
        "changed_at": NOW,
    }


def item(of: AmazonOrder, seller_sku: str, *, position: int = 0, **fields: Any) -> AmazonOrderItem:
    """One line of one piece."""
    return AmazonOrderItem.objects.create(
        order=of,
        **{
            "order_item_id": f"{next(_numbers):014d}",
            "position": position,
            "asin": "B000000001",
            "seller_sku": seller_sku,
            "title": f"Thing {seller_sku}",
            "quantity_ordered": 1,
            "unit_price": Decimal("24.98"),
            "currency": of.currency,
            "proceeds": {"total": "24.98", "parts": [{"type": "ITEM", "amount": "24.98"}]},
            **fields,
        },
    )


def package(of: AmazonOrder, **fields: Any) -> AmazonPackage:
    """A parcel that has left."""
    return AmazonPackage.objects.create(
        order=of,
        **{
            "package_reference_id": str(next(_numbers)),
            "carrier": "UPS",
            "tracking_number": "1Z999",
            "shipped_at": NOW,
            "status": "SHIPPED",
            **fields,
        },
    )


def personal_data(of: AmazonOrder, content: dict[str, Any]) -> PersonalData:
    """The people of an order, sealed and searchable. Invented names only."""
    sealed = seal.seal_json(content, associated_data=f"amazon_orders.personal:{of.amazon_order_id}")
    names = f"{content.get('buyer_name', '')} {content.get('address', {}).get('name', '')}"
    for word_hash in search_hash.hash_words(names):
        BuyerNameWord.objects.create(order=of, word_hash=word_hash)
    return PersonalData.objects.create(order=of, sealed=sealed)


def blocker(of: AmazonOrder, code: str, seller_sku: str = "", **fields: Any) -> Blocker:
    """A reason in force of an order that is blocked (or waiting)."""
    line = of.items.filter(seller_sku=seller_sku).first() if seller_sku else None
    return Blocker.objects.create(
        order_import_id=of.pk,
        code=code,
        seller_sku=seller_sku,
        **{"line_reference": line.order_item_id if line else None, "opened_at": NOW, **fields},
    )


def proof_day(of: Store, **fields: Any) -> ProofDay:
    """Yesterday, proved: whatever is not missing is stored and imported, unless the fields say otherwise."""
    given = {"amazon": 8, "missing": 0, "to_come": 0, **fields}
    stored = given["amazon"] - given["missing"] - given["to_come"]
    return ProofDay.objects.create(
        store=of,
        **{
            "day": (NOW - timedelta(days=1)).date(),
            "stored": stored,
            "imported": stored,
            "listed_at": NOW - timedelta(hours=9),
            "source": "REPORT",
            **given,
        },
    )


def missing_order(of: Store, **fields: Any) -> MissingOrder:
    """An order that Amazon lists and that is not here."""
    return MissingOrder.objects.create(
        store=of,
        **{
            "amazon_order_id": order_id(),
            "day": (NOW - timedelta(days=1)).date(),
            "last_updated_at": NOW - timedelta(hours=30),
            "why": "LEFT_OUT",
            "found_at": NOW - timedelta(hours=9),
            **fields,
        },
    )


def event(of: AmazonOrder, code: str, **details: Any) -> TimelineEvent:
    """An event of the timeline."""
    return TimelineEvent.objects.create(order_import_id=of.pk, at=NOW, code=code, details=details)
