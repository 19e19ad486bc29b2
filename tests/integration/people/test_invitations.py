"""An invitation works once, for the one it is for, and not for ever."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from integration.models import AuditEntry, Role, User
from integration.people import invitations
from integration.people.invitations import Invitation, InvitationOver
from integration.people.users import PersonRefused
from tests.factories import amazon, people

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a throw-away database


def invited(name: str = "pat", **said: object) -> Invitation:
    asked = {"email": f"{name}@shop.example", "role": Role.MERCHANT, "stores": [], **said}
    return invitations.invite(name=name, by="root", now=timezone.now(), **asked)  # type: ignore[arg-type]


def test_whoever_has_the_link_sets_the_password_once() -> None:
    made = invited(stores=[amazon.store("Mugs")])
    now = timezone.now()
    assert made.user.is_invited
    user = invitations.accept(token=made.token, password=PASSWORD, now=now)
    assert (user.check_password(PASSWORD), user.is_invited, user.joined_at) == (True, False, now)
    assert [store.name for store in user.stores.all()] == ["Mugs"]
    with pytest.raises(InvitationOver):
        invitations.accept(token=made.token, password=PASSWORD, now=now)
    assert list(AuditEntry.objects.values_list("what", "by", "subject").order_by("pk")) == [
        ("PERSON_INVITED", "root", "pat"),
        ("PERSON_JOINED", "pat", "pat"),
    ]


def test_a_weak_password_leaves_the_link_as_it_was() -> None:
    made = invited()
    with pytest.raises(ValidationError):
        invitations.accept(token=made.token, password="12345", now=timezone.now())
    assert invitations.of_token(made.token, now=timezone.now()) == made.user


def test_a_newer_link_a_withdrawal_and_time_end_a_link() -> None:
    now = timezone.now()
    first = invited()
    second = invitations.invite_again(user_id=first.user.pk, by="root", now=now + timedelta(hours=1))
    with pytest.raises(InvitationOver):
        invitations.of_token(first.token, now=now)
    assert invitations.of_token(second.token, now=now + timedelta(days=7)).username == "pat"
    with pytest.raises(InvitationOver):
        invitations.of_token(second.token, now=now + timedelta(days=7, hours=2))
    assert invitations.withdraw(user_id=first.user.pk, by="root", now=now) == "pat"
    with pytest.raises(InvitationOver):
        invitations.of_token(second.token, now=now)
    assert not User.objects.filter(username="pat").exists()


@pytest.mark.parametrize("token", ["", "x", "WzEsICJhIl0:1:x", "é\x00"])
def test_what_is_no_link_of_ours_opens_nothing(token: str) -> None:
    with pytest.raises(InvitationOver):
        invitations.of_token(token, now=timezone.now())


def test_a_password_that_was_forgotten_before_it_was_set_ends_the_link() -> None:
    made = invited()
    made.user.set_password(PASSWORD)
    made.user.save()
    with pytest.raises(InvitationOver):
        invitations.of_token(made.token, now=timezone.now())
    with pytest.raises(InvitationOver):
        invitations.withdraw(user_id=made.user.pk, by="root", now=timezone.now())


def test_a_forgotten_password_ends_and_a_link_leads_to_a_new_one() -> None:
    person, now = people.user(username="kim", password=PASSWORD), timezone.now()
    client = Client()
    client.post("/accounts/login/", {"login": "kim", "password": PASSWORD})
    made = invitations.start_over(user_id=person.pk, by="root", now=now)
    assert client.get("/").status_code == 302
    assert not made.user.has_usable_password()
    invitations.accept(token=made.token, password=f"{PASSWORD} two", now=now)
    person.refresh_from_db()
    assert person.check_password(f"{PASSWORD} two")
    for user_id, by in ((person.pk, "kim"), (0, "root")):
        with pytest.raises(PersonRefused):
            invitations.start_over(user_id=user_id, by=by, now=now)


def test_a_name_and_an_address_are_given_once() -> None:
    people.user(username="kim", email="kim@shop.example")
    with pytest.raises(PersonRefused, match="this name already"):
        invited("KIM", email="")
    with pytest.raises(PersonRefused, match="this e-mail address already"):
        invited("lee", email="Kim@Shop.example")
