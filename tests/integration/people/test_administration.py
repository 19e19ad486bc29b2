"""People leave at once and everywhere, and somebody always stays who may let others in."""

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integration import access
from integration.models import AuditEntry, Role, User
from integration.people import administration, directory, sessions, totp_secrets, users
from integration.people.directory import Standing
from integration.people.users import PersonRefused
from tests.factories import amazon
from tests.factories import people as person
from tests.factories.keys import NEW_KEY

pytestmark = pytest.mark.django_db


def signed_in(user: User, browser: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0") -> Client:
    client = Client(headers={"user-agent": browser})
    client.post("/accounts/login/", {"login": user.username, "password": person.PASSWORD})
    assert client.get("/orders/").status_code == 200
    return client


def test_who_leaves_is_signed_out_everywhere_and_their_tokens_end() -> None:
    person.user(Role.ADMIN)
    user = person.user()
    client = signed_in(user)
    issued = users.issue_token(user=user, role=Role.MERCHANT, stores=[], now=timezone.now())
    administration.deactivate(user_id=user.pk, by="root", now=timezone.now())
    assert client.get("/orders/").status_code == 302
    assert users.token_of(issued.text, now=timezone.now()) is None
    administration.activate(user_id=user.pk, by="root", now=timezone.now())
    assert client.get("/orders/").status_code == 302
    assert users.token_of(issued.text, now=timezone.now()) is None


def test_the_last_admin_stays_one() -> None:
    root = person.user(Role.ADMIN, username="root")
    person.user(Role.ADMIN, is_active=False)
    person.user(Role.ADMIN, invited_at=timezone.now(), password=None)
    with pytest.raises(PersonRefused, match="Somebody must stay"):
        administration.deactivate(user_id=root.pk, by="other", now=timezone.now())
    with pytest.raises(PersonRefused, match="Somebody must stay"):
        administration.change_access(
            user_id=root.pk, role=Role.MERCHANT, stores=[], by="root", now=timezone.now()
        )
    person.user(Role.ADMIN)
    with pytest.raises(PersonRefused, match="Nobody deactivates themselves"):
        administration.deactivate(user_id=root.pk, by="root", now=timezone.now())
    administration.change_access(
        user_id=root.pk, role=Role.MERCHANT, stores=[], by="root", now=timezone.now()
    )
    root.refresh_from_db()
    assert root.role == Role.MERCHANT


def test_access_counts_for_tokens_as_well() -> None:
    one, two = amazon.store(), amazon.store()
    person.user(Role.ADMIN)
    user = person.user(Role.MERCHANT, [one, two])
    issued = users.issue_token(user=user, role=Role.MERCHANT, stores=[], now=timezone.now())
    administration.change_access(
        user_id=user.pk, role=Role.MERCHANT, stores=[two], by="root", now=timezone.now()
    )
    token = users.token_of(issued.text, now=timezone.now())
    assert token is not None
    assert access.viewer_of_token(token).store_ids == frozenset({two.pk})


def test_devices_are_named_and_signed_out_one_by_one() -> None:
    user = person.user()
    first, second = signed_in(user), signed_in(user, "Mozilla/5.0 (iPhone) AppleWebKit Safari/605")
    key = second.session.session_key
    shown = sessions.of_user(user.pk, now=timezone.now(), current_key=key)
    assert [(each.name, each.is_current) for each in shown] == [
        ("Safari on iPhone", True),
        ("Firefox on Linux", False),
    ]
    assert sessions.sign_out(user_id=person.user().pk, device_id=shown[1].id) == 0
    assert sessions.sign_out(user_id=user.pk, device_id=shown[1].id) == 1
    assert (first.get("/orders/").status_code, second.get("/orders/").status_code) == (302, 200)
    signed_in(user)
    assert sessions.sign_out(user_id=user.pk, except_key=key) == 1
    assert Session.objects.count() >= 1
    assert second.get("/orders/").status_code == 200


def test_a_lock_out_is_seen_and_ended() -> None:
    user = person.user(username="Pat")
    client = Client()
    for _ in range(12):
        client.post("/accounts/login/", {"login": "pat", "password": "wrong"})
    assert directory.person(user_id=user.pk, now=timezone.now()).standing == Standing.LOCKED_OUT  # type: ignore[union-attr]
    assert AuditEntry.objects.filter(what="LOCKED_OUT", subject="Pat").count() == 1
    administration.unlock(user_id=user.pk, by="root", now=timezone.now())
    assert not AccessAttempt.objects.exists()
    signed_in(user)


def test_a_lost_telephone_is_forgotten_and_its_secret_was_sealed(settings: Settings) -> None:
    user = person.user()
    secret = "JBSWY3DPEHPK3PXP"  # noqa: S105 - an example
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": totp_secrets.seal_secret(secret)}
    )
    stored = Authenticator.objects.get().data["secret"]
    assert secret not in stored
    assert totp_secrets.open_secret(stored) == secret
    settings.FIELD_ENCRYPTION_KEYS = f"new:{NEW_KEY},{settings.FIELD_ENCRYPTION_KEYS}"
    anew = totp_secrets.resealed(Authenticator.objects.get().data)
    assert anew is not None
    assert totp_secrets.resealed(anew) is None
    settings.FIELD_ENCRYPTION_KEYS = f"new:{NEW_KEY}"
    assert totp_secrets.open_secret(anew["secret"]) == secret
    assert directory.person(user_id=user.pk, now=timezone.now()).has_second_factor  # type: ignore[union-attr]
    administration.reset_second_factor(user_id=user.pk, by="root", now=timezone.now())
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("stored", ["JBSWY3DPEHPK3PXP"])
def test_a_secret_from_before_is_read_as_it_stands(stored: str) -> None:
    assert totp_secrets.open_secret(stored) == stored
    assert totp_secrets.resealed({"secret": stored, "used_mask": 0}) is not None
