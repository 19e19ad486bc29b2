"""The audit log and the report on personal data: what they say, to whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from amazon_orders.models import AmazonOrder, PersonalData, Store
from backoffice.pages.operations import audit_words
from integration import stores
from integration.installation import read_only
from integration.models import AuditEntry, Installation, PersonalDataPurge, Role
from integration.people import audit
from integration.people.audit import AuditAction
from integration.privacy import purge, retention
from tests.backoffice.pages.reading import read
from tests.factories import amazon

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def subjects(client: Client, query: str = "") -> list[str]:
    """What the entries on the page are about, the newest first."""
    rows = read(client.get(f"/activity/audit/?{query}").content).all("tr")
    return [row.all("td")[3].words for row in rows[1:]]


def write(*told: tuple[str, str, AuditAction, list[Store]], minutes: int = 0) -> None:
    now = timezone.now() - timedelta(minutes=minutes)
    for subject, by, what, of in told:
        audit.record_event(what=what, by=by, now=now, subject=subject, store_ids=[store.pk for store in of])


def test_everybody_reads_of_their_own_stores(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mugs"), amazon.store("Pans")
    write(
        ("one", "maria", AuditAction.ORDER_CANCELED, [mine]),
        ("two", "maria", AuditAction.EXPORTED, [mine, other]),
        ("three", "kim", AuditAction.ORDER_CANCELED, [other]),
        ("four", "root", AuditAction.PERSON_INVITED, []),
    )
    admin, merchant = sign_in(), sign_in(Role.MERCHANT, mine)
    assert {"one", "two", "three", "four"} <= set(subjects(admin))
    assert sorted(subjects(merchant)) == ["one", "two"]
    assert "Pans" not in page(merchant, "/activity/audit/")
    assert subjects(merchant, "store=Pans") == []
    assert sign_in(Role.OPERATOR, mine).get("/activity/audit/").status_code == 403
    assert "Audit log" not in page(sign_in(Role.OPERATOR, mine), "/activity/")


def test_the_log_is_searched(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mugs"), amazon.store("Pans")
    write(
        ("one", "maria", AuditAction.ORDER_CANCELED, [mine]),
        ("two", "kim", AuditAction.EXPORTED, [other]),
    )
    write(("three", "maria", AuditAction.EXPORTED, [mine]), minutes=60 * 24 * 3)
    admin = sign_in()
    day = timezone.now() - timedelta(days=2)
    for query, found in (
        ("who=maria", ["one", "three"]),
        ("about=two", ["two"]),
        ("kind=files", ["two", "three"]),
        ("kind=files&who=maria", ["three"]),
        ("kind=orders&kind=files&store=mug", ["one", "three"]),
        (f"until={day:%Y-%m-%d}", ["three"]),
        ("who=nobody", []),
    ):
        assert sorted(subjects(admin, query)) == sorted(found), query
    assert "No entry fits these filters" in page(admin, "/activity/audit/?who=nobody")
    assert "Enter a valid date" in page(admin, "/activity/audit/?since=tomorrow")


def test_there_are_fifty_a_page_and_a_bad_cursor_leads_to_the_first(sign_in: SignIn) -> None:
    admin = sign_in()
    for number in range(60):
        write((f"no-{number}", "maria", AuditAction.EXPORTED, []), minutes=number)
    first = read(admin.get("/activity/audit/?who=maria").content)
    assert len(first.all("tr")) == 51
    (after,) = [link.attributes["href"] for link in first.all("a") if link.words == "Next"]
    assert subjects(admin, after.partition("?")[2])[-1] == "no-59"
    assert "no longer exists" in page(admin, "/activity/audit/?cursor=x")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"count": 1234, "personal_data": True}, "how many: 1,234 · with personal data"),
        (
            {"after": "custom", "before": "", "setting": "Order Status"},
            "setting: Order Status · empty → custom",
        ),
        (
            {"expires": "2027-02-03T10:00:00+00:00", "stores": ["A", "B"]},
            "stores: A, B · expires Feb 3, 2027",
        ),
        ({"code": "NoInventory", "token": 5, "units": None}, "reason: NoInventory"),
        ({}, ""),
    ],
)
def test_details_read_in_an_order_of_their_own(told: dict[str, object], said: str) -> None:
    assert audit_words.details(told) == said


def test_every_deed_can_be_filtered_for() -> None:
    assert set(audit_words.actions_of(audit_words.GROUPS)) == set(AuditAction.values)


def test_the_doors_of_stores_and_of_the_installation_write_down(sign_in: SignIn) -> None:
    store = amazon.store("Mugs")
    now = timezone.now()
    stores.deactivate(store_id=store.pk, by="root", now=now)
    stores.activate(store_id=store.pk, by="root", now=now)
    read_only.switch_on(by="root", now=now)
    read_only.switch_on(by="root", now=now)
    read_only.switch_off(by="root", now=now)
    stores.delete(store_id=store.pk, by="root", now=now)
    told = AuditEntry.objects.order_by("pk").values_list("what", "subject")
    assert list(told) == [
        ("STORE_DEACTIVATED", "Mugs"),
        ("STORE_ACTIVATED", "Mugs"),
        ("READ_ONLY_ON", ""),
        ("READ_ONLY_OFF", ""),
        ("STORE_DELETED", "Mugs"),
    ]
    assert "(deleted since)" in page(sign_in(), "/activity/audit/")


def test_an_admin_says_how_long_personal_data_is_kept(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), personal={"buyer_name": "Ada"})
    AmazonOrder.objects.filter(pk=order.pk).update(
        status="SHIPPED", latest_deliver_at=timezone.now() - timedelta(days=8)
    )
    admin = sign_in()
    assert retention.kept_days() == 30
    for days in ("0", "31", "x"):
        assert admin.post("/activity/personal-data/kept/", {"days": days}).status_code == 422
    assert admin.post("/activity/personal-data/kept/", {"days": "7"}).status_code == 303
    assert Installation.objects.get().personal_data_kept_days == 7
    entry = AuditEntry.objects.get(what="SETTING_CHANGED")
    assert (entry.details["before"], entry.details["after"]) == (30, 7)
    assert admin.post("/activity/personal-data/kept/", {"days": "7"}).status_code == 303
    assert AuditEntry.objects.filter(what="SETTING_CHANGED").count() == 1
    assert purge.purge_personal_data(now=timezone.now()).amazon_orders == 1
    assert not PersonalData.objects.exists()


def test_the_report_says_what_was_purged_when_and_whether_it_still_is(sign_in: SignIn) -> None:
    amazon.order(amazon.store(), personal={"buyer_name": "Ada"})
    admin = sign_in()
    assert "Nothing was purged yet" in page(admin, "/activity/personal-data/")
    for hours, orders in ((80, 3), (60, 4), (59, 5)):
        PersonalDataPurge.objects.create(
            started_at=timezone.now() - timedelta(hours=hours),
            ended_at=timezone.now(),
            kept_days=30,
            amazon_orders=orders,
            commerce_orders=0,
            customers=0,
            payloads=0,
        )
    shown = page(admin, "/activity/personal-data/")
    assert "No purge has come through since" in shown
    purge.purge_personal_data(now=timezone.now())
    shown = page(admin, "/activity/personal-data/")
    assert "No purge has come through since" not in shown
    counts = [row.all("td")[2].words for row in read(shown.encode()).all("tr")[1:]]
    assert sum(map(int, counts)) == 12
