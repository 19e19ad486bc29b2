"""Requests with one key at the same moment: one does the work, the others give its answer."""

import time

import pytest

from integration.models import ApiToken, IdempotencyKey, Role
from integration.people import idempotency_keys, users
from integration.people.idempotency_keys import Made
from tests.concurrency.threads import Threads
from tests.factories import amazon
from tests.factories import people as person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_of_many_does_the_work() -> None:
    user = person.user(Role.ADMIN)
    users.issue_token(user=user, role=Role.ADMIN, stores=(), now=amazon.NOW)
    token_id = ApiToken.objects.get().pk
    done: list[int] = []
    answers: list[Made] = []

    def work() -> Made:
        time.sleep(0.2)
        done.append(1)
        return {"shipment": 7}

    def ask() -> None:
        made = idempotency_keys.once(
            token_id=token_id, key="k", request_hash="same", now=amazon.NOW, work=work
        )
        answers.append(made)

    threads = Threads()
    for _ in range(4):
        threads.add(ask)
    threads.run()
    assert (done, answers) == ([1], [{"shipment": 7}] * 4)
    assert IdempotencyKey.objects.get().made == {"shipment": 7}
