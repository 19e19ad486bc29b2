"""Sign-in locks an account after ten wrong passwords, however the name was written."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone

PASSWORD = "a long enough password"
LIMIT = 10

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(django_user_model: type[AbstractUser]) -> AbstractUser:
    return django_user_model.objects.create_user("pat", "pat@shop.example", PASSWORD)


def sign_in(client: Client, login: str, password: str) -> bool:
    client.post("/accounts/login/", {"login": login, "password": password})
    return "_auth_user_id" in client.session


def fail(client: Client, times: int, login: str = "pat") -> None:
    for _ in range(times):
        assert not sign_in(client, login, "wrong")


@pytest.mark.parametrize("login", ["pat", "pat@shop.example"])
def test_name_and_address_both_sign_in(client: Client, person: AbstractUser, login: str) -> None:
    assert sign_in(client, login, PASSWORD)


def test_the_tenth_wrong_password_locks(client: Client, person: AbstractUser) -> None:
    fail(client, LIMIT)
    assert not sign_in(client, "pat", PASSWORD)


def test_the_ninth_does_not(client: Client, person: AbstractUser) -> None:
    fail(client, LIMIT - 1)
    assert sign_in(client, "pat", PASSWORD)


def test_name_and_address_share_one_count(client: Client, person: AbstractUser) -> None:
    fail(client, LIMIT // 2)
    fail(client, LIMIT // 2, login="PAT@shop.example")
    assert not sign_in(client, "pat", PASSWORD)


def test_another_browser_and_the_admin_page_are_locked_too(client: Client, person: AbstractUser) -> None:
    fail(client, LIMIT)
    person.is_staff = True
    person.save()
    other = Client(REMOTE_ADDR="127.0.0.9", HTTP_USER_AGENT="another")
    other.post("/admin/login/", {"username": "pat", "password": PASSWORD})
    assert "_auth_user_id" not in other.session


def test_others_are_not_locked(
    client: Client, person: AbstractUser, django_user_model: type[AbstractUser]
) -> None:
    django_user_model.objects.create_user("kim", "kim@shop.example", PASSWORD)
    fail(client, LIMIT)
    assert sign_in(Client(), "kim", PASSWORD)


def test_the_lock_opens_after_half_an_hour(client: Client, person: AbstractUser) -> None:
    fail(client, LIMIT)
    fail(client, 1)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert sign_in(client, "pat", PASSWORD)


def test_nobody_can_sign_up(client: Client) -> None:
    answer = client.post(
        "/accounts/signup/", {"username": "eve", "email": "eve@x.example", "password1": PASSWORD}
    )
    assert answer.status_code in {200, 302, 403, 404}
    assert "_auth_user_id" not in client.session
