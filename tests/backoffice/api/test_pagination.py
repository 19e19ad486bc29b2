"""Cursors of the lists: byte for byte what programs have kept of them, and 400 for whatever else is sent."""

import base64
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from amazon_orders.models import AmazonOrder
from integration.models import AccountSync, BatchOrder, ImportBatch, Role
from tests.backoffice.api.conftest import Api, ClientOf
from tests.factories import amazon, commerce, records

pytestmark = pytest.mark.django_db
NOW, HOUR = amazon.NOW, timedelta(hours=1)
NUMBERS = range(51)
# A list of one page and a row more: its path, and the texts in the cursors that lead on and back.
Listed = tuple[str, str, str]


def text_of(address: str) -> str:
    """What the cursor of an address says."""
    [cursor] = parse_qs(urlsplit(address).query)["cursor"]
    assert "=" not in cursor
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()


def cursor(text: str | bytes) -> str:
    """The cursor that says this."""
    content = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def both(path: str, ordering: str, value: Callable[[Any], str], rows: list[Any]) -> Listed:
    """The cursors of a list whose rows these are, in its order."""

    def said(row: Any, back: int) -> str:
        return f'{{"o": "{ordering}", "v": {value(row)}, "i": {row.pk}, "b": {back}}}'

    return path, said(rows[49], 0), said(rows[50], 1)


def stores() -> Listed:
    made = [amazon.store(f"Store {number:02}") for number in NUMBERS]
    return both("stores/", "name", lambda row: f'"{row.name}"', made)


def runs() -> Listed:
    of = amazon.store().account
    made = [records.run(of, started_at=NOW - number * HOUR, ended_at=NOW) for number in NUMBERS]
    return both("sync-runs/", "-started_at", lambda row: f'"{row.started_at.isoformat()}"', made)


def errors() -> Listed:
    of = amazon.store().account
    made = [records.failure(of, first_at=NOW - number * HOUR) for number in NUMBERS]
    return both("communication-errors/", "-first_at", lambda row: f'"{row.first_at.isoformat()}"', made)


def accounts() -> Listed:
    made = []
    for number in NUMBERS:
        sync, _ = AccountSync.objects.get_or_create(account=amazon.store().account)
        sync.synced_until = NOW + number * HOUR
        sync.save()
        made.append(sync)
    return both("health/quota/", "behind_since", lambda row: f'"{row.synced_until.isoformat()}"', made)


def proved_days() -> Listed:
    store = amazon.store()
    made = [
        amazon.proof_day(store, day=date(2026, 11, 20) - number * timedelta(days=1)) for number in NUMBERS
    ]
    return both("completeness/", "day", lambda row: f'"{row.day.isoformat()}"', made)


def batch_orders() -> Listed:
    batch = ImportBatch.objects.create(
        store=amazon.store(), kind="BY_NUMBER", token="t", expected=51, requested_by="ann", requested_at=NOW
    )
    made = BatchOrder.objects.bulk_create(
        BatchOrder(batch=batch, amazon_order_id=f"111-{number}", look_at=NOW) for number in NUMBERS
    )
    return both(f"import-batches/{batch.pk}/orders/", "id", lambda row: str(row.pk), made)


def products() -> Listed:
    for number in NUMBERS:
        commerce.product(f"SKÜ-{number:02}")
    return "products/", '{"after": "SK\\u00dc-49"}', '{"before": "SK\\u00dc-50"}'


def commerce_orders() -> Listed:
    made = [commerce.order(purchased_at=NOW - number * HOUR) for number in NUMBERS]
    last, first = made[49], made[50]
    return (
        "commerce-orders/",
        f'{{"after": "{last.purchased_at.isoformat()}", "id": {last.pk}}}',
        f'{{"before": "{first.purchased_at.isoformat()}", "id": {first.pk}}}',
    )


LISTS = [stores, runs, errors, accounts, proved_days, batch_orders, products, commerce_orders]


@pytest.mark.parametrize("listed", LISTS)
def test_a_cursor_is_byte_for_byte_what_it_was(listed: Callable[[], Listed], as_role: ClientOf) -> None:
    path, following, preceding = listed()
    api = as_role(Role.ADMIN)
    first = api.get(path).json()
    second = api.client.get(first["next"]).json()
    assert (text_of(first["next"]), text_of(second["previous"])) == (following, preceding)
    assert (first["previous"], second["next"], len(second["results"])) == (None, None, 1)
    assert api.client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    ("ordering", "value"),
    [
        ("purchased_at", '"2026-11-20T12:00:00+00:00"'),
        ("-latest_ship_at", '"2026-11-21T06:59:59+00:00"'),
        ("status", '"UNSHIPPED"'),
        ("-total", '"19.9900"'),
        ("amazon_order_id", '"{0.amazon_order_id}"'),
    ],
)
def test_a_cursor_of_amazon_orders_is_byte_for_byte_what_it_was(
    ordering: str, value: str, as_role: ClientOf
) -> None:
    shop = amazon.store()
    made = [
        amazon.order(
            shop,
            purchased_at=NOW,
            status="UNSHIPPED",
            total="19.99",
            latest_ship_at=NOW + timedelta(hours=18, minutes=59, seconds=59),
        )
        for _ in NUMBERS
    ]
    last = AmazonOrder.objects.get(pk=made[1 if ordering.startswith("-") else 49].pk)
    address = as_role(Role.ADMIN).get("amazon-orders/", ordering=ordering).json()["next"]
    said = value.format(last) if "{0" in value else value
    assert text_of(address) == f'{{"o": "{ordering}", "v": {said}, "i": {last.pk}, "b": 0}}'


def test_rows_without_a_value_have_a_cursor_of_their_own(as_role: ClientOf) -> None:
    shop = amazon.store()
    made = [amazon.order(shop, total=None) for _ in NUMBERS]
    address = as_role(Role.ADMIN).get("amazon-orders/", ordering="total").json()["next"]
    assert text_of(address) == f'{{"o": "total", "v": null, "i": {made[49].pk}, "b": 0}}'


NO_TEXTS = ("null", "5", "true", "[]", "{}", '"a\\u0000b"', '"\\ud800"', '"' + "x" * 256 + '"')
NO_TIMES = (
    *NO_TEXTS,
    '"soon"',
    '"2026-11-20T12:00:00"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-14:00"',
)
NO_DAYS = (*NO_TEXTS, '"2026-11-31"', '"10000-01-01"')
NO_AMOUNTS = (
    *(text for text in NO_TEXTS if text != "null"),
    *(
        '"NaN"',
        '"Infinity"',
        '"1e16"',
        '"1e999999999"',
        '"1e-999999999"',
        '"1e-30"',
        '"0e999999999"',
        "1e400",
    ),
    "0.1",
)
NO_NUMBERS = ("null", '"x"', "1.5", "1e400", "NaN", "true", "0", "-1", str(2**63), str(10**400), "[1]", '"5"')
NAMED = [
    ("stores/", "name", "Main", NO_TEXTS),
    ("amazon-orders/", "-purchased_at", "2026-11-20T12:00:00+00:00", NO_TIMES),
    ("amazon-orders/?ordering=status", "status", "SHIPPED", NO_TEXTS),
    ("amazon-orders/?ordering=amazon_order_id", "amazon_order_id", "113-1", NO_TEXTS),
    ("amazon-orders/?ordering=-total", "-total", "5.00", NO_AMOUNTS),
    ("sync-runs/", "-started_at", "2026-11-20T12:00:00+00:00", NO_TIMES),
    ("communication-errors/", "-first_at", "2026-11-20T12:00:00+00:00", NO_TIMES),
    ("health/quota/", "behind_since", "2026-11-20T12:00:00+00:00", NO_TIMES),
    ("completeness/", "day", "2026-11-20", NO_DAYS),
]
NO_CURSORS = (
    *("x", "!!!", "a", "%00", "\u00fc", "\x00", "=", "e30", "W10", "bnVsbA", "A" * 20_001),
    *(cursor(text) for text in ("5", '"text"', "[[", "[" * 5_000, "{" * 700, '{"o": 1', "9" * 5_000, "NaN")),
    *(cursor(content) for content in (b"\xff\xfe", b"\xef\xbb\xbf{}", b"\x00\x00\x00{")),
)


def taken(api: Api, path: str, cursors: Iterable[str]) -> list[tuple[str, int]]:
    """The cursors that were not refused by name, in one line, and what was answered."""
    sign = "&" if "?" in path else "?"
    found = []
    for each in cursors:
        answer = api.client.get(f"/api/v1/{path}{sign}{urlencode({'cursor': each})}")
        errors = answer.json().get("errors", {})
        if answer.status_code != 400 or list(errors) != ["cursor"] or len(errors["cursor"]) != 1:
            found.append((each, answer.status_code))
    return found


@pytest.mark.parametrize(("path", "ordering", "value", "bad"), NAMED)
def test_a_cursor_that_is_not_of_the_list_is_refused_in_one_line(
    path: str, ordering: str, value: str, bad: tuple[str, ...], as_role: ClientOf
) -> None:
    texts = [f'{{"o": "{ordering}", "v": {each}, "i": 1, "b": 0}}' for each in bad]
    texts += [f'{{"o": "{ordering}", "v": "{value}", "i": {each}, "b": 0}}' for each in NO_NUMBERS]
    texts += [
        f'{{"o": "{ordering}x", "v": "{value}", "i": 1, "b": 0}}',
        f'{{"o": [], "v": "{value}", "i": 1, "b": 0}}',
        f'{{"o": "{ordering}", "v": "{value}", "i": 1}}',
        f'{{"o": "{ordering}", "v": "{value}", "b": 0}}',
        f'{{"after": "{value}", "id": 1}}',
    ]
    api = as_role(Role.ADMIN)
    assert taken(api, path, [*NO_CURSORS, *map(cursor, texts)]) == []


def test_a_cursor_that_is_not_of_the_commerce_orders_is_refused_in_one_line(as_role: ClientOf) -> None:
    time = '"2026-11-20T12:00:00+00:00"'
    texts = [f'{{"{side}": {each}, "id": 1}}' for each in NO_TIMES for side in ("after", "before")]
    texts += [f'{{"after": {time}, "id": {each}}}' for each in NO_NUMBERS]
    texts += [
        f'{{"after": {time}, "before": {time}, "id": 1}}',
        f'{{"after": {time}}}',
        '{"id": 1}',
        f'{{"o": "-purchased_at", "v": {time}, "i": 1, "b": 0}}',
    ]
    assert taken(as_role(Role.ADMIN), "commerce-orders/", [*NO_CURSORS, *map(cursor, texts)]) == []


def test_a_cursor_that_is_not_of_the_products_is_refused_in_one_line(as_role: ClientOf) -> None:
    texts = [f'{{"{side}": {each}}}' for each in NO_TEXTS for side in ("after", "before")]
    texts += ['{"after": "A", "before": "B"}', '{"after": "A", "id": 1}', '{"o": "sku", "v": "A"}']
    assert taken(as_role(Role.ADMIN), "products/", [*NO_CURSORS, *map(cursor, texts)]) == []


def test_a_cursor_that_is_not_of_a_batch_is_refused_in_one_line(as_role: ClientOf) -> None:
    path, *_ = batch_orders()
    texts = [f'{{"o": "id", "v": {each}, "i": 1, "b": 0}}' for each in NO_NUMBERS]
    assert taken(as_role(Role.ADMIN), path, [*NO_CURSORS, *map(cursor, texts)]) == []


def test_the_longest_sku_has_a_cursor_that_is_taken_back(as_role: ClientOf) -> None:
    for number in range(51):
        commerce.product("\U0001f9f5" * 253 + f"{number:02}")
    api = as_role(Role.ADMIN)
    first = api.get("products/").json()
    assert len(api.client.get(first["next"]).json()["results"]) == 1


@pytest.mark.parametrize("zone", ["+23:00", "-23:59", "+00:00:00.5"])
@pytest.mark.parametrize("path", ["amazon-orders/", "commerce-orders/"])
def test_a_zone_that_no_database_knows_is_read_all_the_same(path: str, zone: str, as_role: ClientOf) -> None:
    moment = f'"2026-11-20T12:00:00{zone}"'
    said = {
        "amazon-orders/": f'{{"o": "-purchased_at", "v": {moment}, "i": 1, "b": 0}}',
        "commerce-orders/": f'{{"before": {moment}, "id": 1}}',
    }
    assert as_role(Role.ADMIN).get(path, cursor=cursor(said[path])).json()["results"] == []


@pytest.mark.parametrize("path", ["stores/", "amazon-orders/", "products/", "commerce-orders/", "sync-runs/"])
def test_a_blank_cursor_is_none(path: str, as_role: ClientOf) -> None:
    assert as_role(Role.ADMIN).get(path, cursor=" ").status_code == 200
