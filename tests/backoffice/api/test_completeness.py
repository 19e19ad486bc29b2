"""completeness/: the proof per store and day."""

from datetime import timedelta

import pytest

from integration.models import Role
from tests.backoffice.api.conftest import ClientOf
from tests.factories import amazon

pytestmark = pytest.mark.django_db
DAY = amazon.NOW.date()


def test_a_day_is_told_whole(as_role: ClientOf) -> None:
    store = amazon.store("Harbor US")
    amazon.proof_day(store, amazon=9, missing=1, healed=2)
    lost = amazon.missing_order(store)
    amazon.missing_order(store, healed_at=amazon.NOW)
    [row] = as_role(Role.MERCHANT, store).get("completeness/").json()["results"]
    assert row == {
        "store": store.pk,
        "store_name": "Harbor US",
        "date": "2026-11-19",
        "amazon": 9,
        "stored": 8,
        "imported": 8,
        "blocked": 0,
        "waiting": 0,
        "view_only": 0,
        "skipped": 0,
        "canceled": 0,
        "to_come": 0,
        "missing": 1,
        "healed": 2,
        "missing_orders": [
            {
                "amazon_order_id": lost.amazon_order_id,
                "why": "LEFT_OUT",
                "found_at": "2026-11-20T03:00:00Z",
                "given_up_at": None,
            }
        ],
        "listed_at": "2026-11-20T03:00:00Z",
        "source": "REPORT",
    }


def test_days_and_stores_are_chosen(as_role: ClientOf) -> None:
    one, two = amazon.store(), amazon.store()
    for store in (one, two):
        for days in range(4):
            amazon.proof_day(store, day=DAY - timedelta(days=days))
    api = as_role(Role.ADMIN)
    found = api.get("completeness/", store=two.pk, **{"from": "2026-11-18", "to": "2026-11-19"}).json()
    assert [(row["store"], row["date"]) for row in found["results"]] == [
        (two.pk, "2026-11-19"),
        (two.pk, "2026-11-18"),
    ]
    assert len(api.get("completeness/", store=f"{one.pk},{two.pk}").json()["results"]) == 8


def test_other_stores_have_no_days(as_role: ClientOf) -> None:
    mine, other = amazon.store(), amazon.store()
    amazon.proof_day(other)
    api = as_role(Role.OPERATOR, mine)
    assert api.get("completeness/").json()["results"] == []
    assert api.get("completeness/", store=other.pk).json()["results"] == []


@pytest.mark.parametrize(("name", "value"), [("from", "yesterday"), ("to", "2026-13-01"), ("store", "x")])
def test_a_bad_parameter_is_refused_by_its_name(as_role: ClientOf, name: str, value: str) -> None:
    answer = as_role(Role.ADMIN).get("completeness/", **{name: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_many_days_come_page_by_page(as_role: ClientOf) -> None:
    store = amazon.store()
    for days in range(60):
        amazon.proof_day(store, day=DAY - timedelta(days=days))
    api = as_role(Role.ADMIN)
    first = api.get("completeness/").json()
    assert (len(first["results"]), first["previous"]) == (50, None)
    rest = api.client.get(first["next"]).json()
    assert [row["date"] for row in rest["results"]][-1] == (DAY - timedelta(days=59)).isoformat()
    assert len(rest["results"]) == 10
    assert api.client.get(rest["previous"]).json()["results"] == first["results"]
    assert api.get("completeness/", cursor="nonsense").status_code == 400
