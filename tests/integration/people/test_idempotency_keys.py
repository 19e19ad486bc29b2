"""What makes two requests the same, and how long a key is remembered."""

from datetime import timedelta

import pytest

from integration.models import ApiToken, IdempotencyKey
from integration.people import idempotency_keys
from integration.privacy import purge
from tests.factories import people
from tests.factories.amazon import NOW


def test_the_order_of_fields_does_not_matter_and_everything_else_does() -> None:
    first = idempotency_keys.hash_of_request("POST", "/a/", {"x": 1, "y": [1, 2]})
    assert first == idempotency_keys.hash_of_request("POST", "/a/", {"y": [1, 2], "x": 1})
    others = (
        idempotency_keys.hash_of_request("POST", "/b/", {"x": 1, "y": [1, 2]}),
        idempotency_keys.hash_of_request("PUT", "/a/", {"x": 1, "y": [1, 2]}),
        idempotency_keys.hash_of_request("POST", "/a/", {"x": 1, "y": [2, 1]}),
        idempotency_keys.hash_of_request("POST", "/a/", {"x": "1", "y": [1, 2]}),
    )
    assert first not in others


@pytest.mark.django_db
def test_keys_are_forgotten_after_thirty_days() -> None:
    token = ApiToken.objects.create(user=people.user(), role="merchant", token_hash="h", created_at=NOW)
    for days in (29, 31):
        IdempotencyKey.objects.create(
            token=token, key_hash=str(days), request_hash="r", created_at=NOW - timedelta(days=days)
        )
    purge.purge_records(now=NOW)
    assert [row.key_hash for row in IdempotencyKey.objects.all()] == ["29"]


@pytest.mark.django_db
def test_work_that_fails_leaves_no_key() -> None:
    token = ApiToken.objects.create(user=people.user(), role="merchant", token_hash="h", created_at=NOW)

    def work() -> idempotency_keys.Made:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        idempotency_keys.once(token_id=token.pk, key="k", request_hash="r", now=NOW, work=work)
    assert not IdempotencyKey.objects.exists()
