"""Django's admin is reached through the pages' own sign-in, second factor included."""

import pytest
from django.test import Client
from pytest_django import Settings

from integration.models import User

pytestmark = pytest.mark.django_db


def signed_in(client: Client, *, is_staff: bool) -> Client:
    """A person who came through the sign-in page."""
    User.objects.create_user("kim", password="a-long-password-1", is_staff=is_staff, is_superuser=is_staff)
    client.post("/accounts/login/", {"login": "kim", "password": "a-long-password-1"})
    return client


def test_it_has_no_sign_in_of_its_own(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/admin/")


def test_staff_reach_it_and_others_do_not(client: Client) -> None:
    assert signed_in(client, is_staff=True).get("/admin/").status_code == 200
    other = Client()
    User.objects.filter(username="kim").update(is_staff=False, is_superuser=False)
    other.post("/accounts/login/", {"login": "kim", "password": "a-long-password-1"})
    assert other.get("/admin/").status_code == 302


def test_without_the_second_factor_that_is_demanded_nobody_reaches_it(
    client: Client, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    assert signed_in(client, is_staff=True).get("/admin/").status_code == 302
