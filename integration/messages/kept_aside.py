"""System messages about what Amazon said and is not stored: kept aside, each with its reason."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from amazon_orders.models import Account, AmazonOrder, Store
from integration.messages.codes import Code
from integration.models import Quarantine, QuarantineKind

NAMED_ORDERS = 5
UNREADABLE = (
    "Amazon sent {orders} of {stores} that cannot be read. They are kept and asked for again by themselves; "
    "until then look after them in Seller Central."
)
ERROR = (
    "An error here keeps orders of {stores} from being stored: {orders}. They are kept and tried again by "
    "themselves; until then look after them in Seller Central, and have the error looked at: the log names "
    "it."
)
TWO_ACCOUNTS = (
    "Amazon lists the order {order} in two accounts: {owner} and {other}. It stands here as {owner} has it; "
    "what {other} has of it is kept aside and not imported. See in Seller Central whose order it is, so that "
    "it is sent once. This message ends when {other} no longer lists it, or when it is {other}'s alone here."
)


@dataclass(frozen=True, slots=True)
class AsideMessage:
    """One message, about stores of these accounts."""

    code: Code
    text: str
    accounts: frozenset[int]
    since: datetime


@dataclass(frozen=True, slots=True)
class _Aside:
    account_id: int
    kind: str
    amazon_order_id: str
    seen_at: datetime


def find_messages(stores: Sequence[Store]) -> Iterator[AsideMessage]:
    """What is kept aside of these stores' accounts. One statement; three where an order has two accounts."""
    names: defaultdict[int, list[str]] = defaultdict(list)
    for store in stores:
        names[store.account_id].append(store.name)
    own = AmazonOrder.objects.filter(amazon_order_id=OuterRef("amazon_order_id"), store__in=stores)
    is_seen = Q(account__in=list(names)) | (Q(kind=QuarantineKind.OTHER_ACCOUNT) & Exists(own))
    rows = Quarantine.objects.filter(is_seen, resolved_at=None).order_by("account_id", "pk")
    found = [_Aside(*row) for row in rows.values_list("account_id", "kind", "amazon_order_id", "seen_at")]
    yield from _of_accounts(found, names, QuarantineKind.UNREADABLE)
    yield from _of_accounts(found, names, QuarantineKind.ERROR)
    yield from _in_two_accounts([each for each in found if each.kind == QuarantineKind.OTHER_ACCOUNT], names)


def _of_accounts(
    found: Sequence[_Aside], names: dict[int, list[str]], kind: QuarantineKind
) -> Iterator[AsideMessage]:
    by_account: defaultdict[int, list[_Aside]] = defaultdict(list)
    for each in found:
        if each.kind == kind:
            by_account[each.account_id].append(each)
    for account_id, asides in by_account.items():
        stores = ", ".join(names[account_id])
        if kind == QuarantineKind.ERROR:
            code, text = Code.ERROR_HERE, ERROR.format(stores=stores, orders=_named(asides))
        else:
            code, text = Code.ORDER_QUARANTINED, UNREADABLE.format(orders=_counted(asides), stores=stores)
        since = min(each.seen_at for each in asides)
        yield AsideMessage(code, text, frozenset({account_id}), since)


def _counted(asides: Sequence[_Aside]) -> str:
    """How many orders; one may have come in several forms, and what has no number counts for itself."""
    named = {each.amazon_order_id for each in asides} - {""}
    count = len(named) + sum(not each.amazon_order_id for each in asides)
    return "1 order" if count == 1 else f"{count} orders"


def _named(asides: Sequence[_Aside]) -> str:
    numbers = list(dict.fromkeys(each.amazon_order_id or "one without a number" for each in asides))
    more = f" and {len(numbers) - NAMED_ORDERS} more" if len(numbers) > NAMED_ORDERS else ""
    return ", ".join(numbers[:NAMED_ORDERS]) + more


def _in_two_accounts(found: Sequence[_Aside], names: dict[int, list[str]]) -> Iterator[AsideMessage]:
    """One message per order and account that lists it too; none once it is gone from here."""
    if not found:
        return
    numbers = {each.amazon_order_id for each in found}
    owners = dict(
        AmazonOrder.objects.filter(amazon_order_id__in=numbers).values_list(
            "amazon_order_id", "store__account_id"
        )
    )
    sellers = _sellers({*owners.values(), *(each.account_id for each in found)}, names)
    since: dict[tuple[str, int], datetime] = {}
    for each in found:
        key = each.amazon_order_id, each.account_id
        since[key] = min(since.get(key, each.seen_at), each.seen_at)
    for (amazon_order_id, account_id), seen_at in since.items():
        owner_id = owners.get(amazon_order_id, account_id)
        if owner_id != account_id:
            text = TWO_ACCOUNTS.format(
                order=amazon_order_id, owner=sellers[owner_id], other=sellers[account_id]
            )
            accounts = frozenset({owner_id, account_id})
            yield AsideMessage(Code.ORDER_IN_TWO_ACCOUNTS, text, accounts, seen_at)


def _sellers(account_ids: set[int], names: dict[int, list[str]]) -> dict[int, str]:
    """What accounts are called: by their seller, and by the stores of theirs that the reader sees."""
    accounts = Account.objects.filter(pk__in=account_ids)
    return {
        account.pk: f"{account.seller_id} ({', '.join(names.get(account.pk) or [account.region])})"
        for account in accounts
    }
