"""The page Completeness, its file and its buttons."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration.models import MissingOrder, OrderRequest, ProofDay, ReportJob, Role
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def recent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The factories' days are the day before today; the alarm clock only notes that it rang."""
    monkeypatch.setattr(timezone, "now", lambda: amazon.NOW)
    rings: list[str] = []
    monkeypatch.setattr("integration.tasks.wake_lists", lambda: rings.append("wake_lists"))
    return rings


def text_of(client: Client, path: str = "/completeness/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_days_are_told_with_what_is_missing_and_why(sign_in: SignIn) -> None:
    store = amazon.store("Harbor US")
    amazon.proof_day(store, amazon=9, missing=1, healed=2, to_come=3)
    lost = amazon.missing_order(store)
    page = text_of(sign_in())
    assert "Harbor US" in page
    assert lost.amazon_order_id in page
    assert "Amazon&#x27;s search left it out, or listed it late." in page
    assert "It is being asked for." in page
    assert f"https://sellercentral.amazon.com/orders-v3/order/{lost.amazon_order_id}" in page
    assert "Thu, Nov 19" in page


@pytest.mark.parametrize(
    ("answer", "said"),
    [("UNKNOWN", "does not know it"), ("DENIED", "does not give it to us"), ("KNOWN", "in quarantine")],
)
def test_what_amazon_said_to_a_missing_order_is_told(sign_in: SignIn, answer: str, said: str) -> None:
    store = amazon.store()
    lost = amazon.missing_order(store)
    OrderRequest.objects.create(
        account=store.account,
        amazon_order_id=lost.amazon_order_id,
        lane=6,
        why="MISSING",
        wanted_at=amazon.NOW,
        due_at=amazon.NOW,
        answered_at=amazon.NOW,
        answer=answer,
    )
    assert said in text_of(sign_in())


def test_nothing_is_proved_yet(sign_in: SignIn) -> None:
    client = sign_in()
    assert "No store yet" in text_of(client)
    amazon.store()
    assert "No proof yet" in text_of(client)


def test_a_store_and_a_period_are_chosen_by_the_address(sign_in: SignIn) -> None:
    one, two = amazon.store("Alpha"), amazon.store("Beta")
    amazon.proof_day(one)
    amazon.proof_day(two, day=(amazon.NOW - timedelta(days=20)).date())
    client = sign_in()
    assert f'data-store="{two.pk}"' not in text_of(client)
    assert f'data-store="{two.pk}"' in text_of(client, "/completeness/?days=30")
    assert f'data-store="{one.pk}"' not in text_of(client, f"/completeness/?days=30&store={two.pk}")
    assert text_of(client, "/completeness/?days=x")
    assert client.get("/completeness/?store=999999").status_code == 404
    assert client.get("/completeness/?store=x").status_code == 404


def test_another_merchants_store_is_neither_seen_nor_touched(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mine"), amazon.store("Other")
    amazon.proof_day(other, missing=1)
    lost = amazon.missing_order(other)
    operator = sign_in(Role.OPERATOR, mine)
    page = text_of(operator)
    assert "Other" not in page
    assert lost.amazon_order_id not in page
    assert "Other" not in operator.get("/completeness/export.csv").content.decode()
    assert operator.get(f"/completeness/?store={other.pk}").status_code == 404
    assert operator.post(f"/completeness/{lost.pk}/give-up/").status_code == 404
    assert operator.post("/completeness/prove/", {"store": other.pk}).status_code == 404
    operator.post("/completeness/prove/")
    assert [job.account_id for job in ReportJob.objects.all()] == [mine.account_id]


def test_prove_now_wants_one_list_and_no_second(sign_in: SignIn, recent: list[str]) -> None:
    store = amazon.store()
    operator = sign_in(Role.OPERATOR, store)
    answer = operator.post("/completeness/prove/", {"store": store.pk, "days": "30"}, follow=True)
    assert answer.redirect_chain == [(f"/completeness/?store={store.pk}&days=30", 303)]
    assert "Amazon is asked for its list" in answer.content.decode()
    job = ReportJob.objects.get()
    assert (job.kind, job.wanted_by[:8]) == ("NIGHTLY", "operator")
    assert recent == ["wake_lists"]
    again = operator.post("/completeness/prove/", follow=True).content.decode()
    assert "under way already" in again
    assert "is under way: to be asked for" in again
    assert ReportJob.objects.count() == 1


def test_a_merchant_looks_and_does_not_act(sign_in: SignIn) -> None:
    store = amazon.store()
    lost = amazon.missing_order(store)
    merchant = sign_in(Role.MERCHANT, store)
    page = text_of(merchant)
    assert "Prove now" not in page.replace("few minutes after Prove now", "")
    assert "Stop looking" not in page
    assert merchant.post("/completeness/prove/").status_code == 403
    assert merchant.post(f"/completeness/{lost.pk}/give-up/").status_code == 403


def test_a_missing_order_that_a_person_has_seen_to_is_looked_for_no_longer(sign_in: SignIn) -> None:
    store = amazon.store()
    lost = amazon.missing_order(store)
    client = sign_in()
    page = client.post(f"/completeness/{lost.pk}/give-up/", follow=True).content.decode()
    assert f"{lost.amazon_order_id} is no longer looked for." in page
    lost.refresh_from_db()
    assert (lost.given_up_at, lost.given_up_by[:5]) == (amazon.NOW, "admin")
    assert f'data-missing="{lost.amazon_order_id}"' not in page
    MissingOrder.objects.update(given_up_by="first")
    client.post(f"/completeness/{lost.pk}/give-up/")
    assert MissingOrder.objects.get().given_up_by == "first"


def test_what_reports_lack_is_told_on_the_page(sign_in: SignIn) -> None:
    store = amazon.store("Harbor US")
    now = amazon.NOW
    job = ReportJob.objects.create(
        account=store.account,
        kind="NIGHTLY",
        state="DONE",
        data_from=now - timedelta(days=3),
        data_until=now,
        wanted_at=now,
        next_look_at=now,
        ended_at=now,
        is_refused=True,
    )
    client = sign_in()
    assert "Inventory and Order Tracking" in text_of(client)
    ReportJob.objects.filter(pk=job.pk).update(is_refused=False, state="FAILED", error="Amazon is down.")
    assert "came to nothing: Amazon is down." in text_of(client)


def test_the_file_holds_every_day_and_no_formula(sign_in: SignIn) -> None:
    store = amazon.store('=HYPERLINK("http://example.com")')
    amazon.proof_day(store, missing=1, amazon=9)
    answer = sign_in().get("/completeness/export.csv?days=90")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="completeness.csv"'
    [row] = csv.DictReader(io.StringIO(answer.content.decode()))
    assert row["store"] == '\'=HYPERLINK("http://example.com")'
    assert (row["date"], row["amazon"], row["stored"], row["missing"]) == ("2026-11-19", "9", "8", "1")
    assert row["source"] == "REPORT"


def test_very_many_days_are_cut_and_it_is_said(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.pages.operations.completeness.AT_MOST", 2)
    store = amazon.store()
    for days in (1, 2, 3):
        amazon.proof_day(store, day=(amazon.NOW - timedelta(days=days)).date())
    page = text_of(sign_in())
    assert page.count("data-day=") == 2
    assert "The newest 2 rows are shown" in page
    assert ProofDay.objects.count() == 3
