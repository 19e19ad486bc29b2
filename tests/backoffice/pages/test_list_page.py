"""Lists page by page: an address that makes no sense leads to the first page, and the reader is told."""

import base64
from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages

from commerce.catalog import uploads
from commerce.models import ProductImport
from integration.models import ImportBatch
from tests.backoffice.pages import workshop
from tests.backoffice.pages.conftest import SignIn
from tests.factories import amazon

TOLD = "That page of the list no longer exists; this is the first one."
# A list, and a cursor of it that no list makes.
LISTS = [
    ("/orders/", '{"o": "-purchased_at", "v": "9999-12-31T23:59:59-14:00", "i": 1, "b": 0}'),
    ("/orders/?ordering=-total", '{"o": "-total", "v": "1e999999999", "i": 1, "b": 0}'),
    ("/orders/?ordering=status", '{"o": "status", "v": "\\ud800", "i": 1, "b": 0}'),
    ("/commerce-orders/", '{"o": "ship_by", "v": "0001-01-01T00:00:00+14:00", "i": 1, "b": 0}'),
    ("/commerce-orders/?view=all", '{"after": "2026-11-20T12:00:00Z", "before": "2026-11-20T12:00:00Z"}'),
    ("/products/", '{"after": "\\u0000"}'),
    ("/catalogue/stock/?sku=MUG-1", '{"o": "-id", "v": 9223372036854775808, "i": 1, "b": 0}'),
    ("/catalogue/imports/{catalog_import}/", '{"o": "line", "v": 1e400, "i": 1, "b": 0}'),
    ("/catalogue/imports/{catalog_import}/progress/", '{"o": "line", "v": true, "i": 1, "b": 0}'),
    ("/imports/{batch}/", '{"o": "id", "v": "5", "i": 1, "b": 0}'),
    ("/imports/{batch}/progress/", '{"o": "id", "v": -5, "i": 1, "b": 0}'),
    ("/activity/", '{"o": "-started_at", "v": null, "i": 1, "b": 0}'),
    ("/activity/errors/", '{"o": "-first_at", "v": [], "i": 1, "b": 0}'),
    ("/activity/audit/", '{"o": "-at", "v": "2026-11-20T12:00:00", "i": 1, "b": 0}'),
    ("/messages/?state=closed", '{"o": "closed_at", "v": {}, "i": 1, "b": 0}'),
    ("/health/", '{"o": "behind_since", "v": 5, "i": 1, "b": 0}'),
]


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _catalog_import() -> ProductImport:
    return uploads.upload(b"sku\nMUG\n", file_name="spring.csv", token="t", by="ann", now=amazon.NOW)


@pytest.mark.parametrize(("path", "nearly"), LISTS)
def test_a_cursor_that_is_not_of_the_list_leads_to_its_first_page(
    path: str, nearly: str, sign_in: SignIn
) -> None:
    client = sign_in()
    store = amazon.store()
    workshop.place(store, (workshop.product(), 1))
    batch = ImportBatch.objects.create(
        store=store, kind="BY_NUMBER", token="t", expected=0, requested_by="ann", requested_at=amazon.NOW
    )
    address = path.format(batch=batch.pk, catalog_import=_catalog_import().pk)
    untold = []
    for each in ("x", "\x00", cursor("[" * 5_000), cursor(nearly)):
        answer = client.get(f"{address}{'&' if '?' in address else '?'}{urlencode({'cursor': each})}")
        if answer.status_code != 200 or TOLD not in [str(word) for word in get_messages(answer.wsgi_request)]:
            untold.append((each, answer.status_code))
    assert untold == []
