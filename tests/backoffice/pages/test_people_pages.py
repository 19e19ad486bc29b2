"""People: invited, given access, shown; one's own account; nothing that an admin may not do to themselves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integration.models import ApiToken, AuditEntry, Role, User
from tests.backoffice.pages.reading import read
from tests.factories import amazon, people

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a throw-away database


def shown(client: Client, path: str, **sent: Any) -> str:
    answer = client.post(path, sent) if sent else client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def confirm_password(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": people.PASSWORD}).status_code == 302


def test_without_a_mail_server_the_link_is_shown_once_and_works_once(sign_in: SignIn) -> None:
    store = amazon.store("Mugs")
    admin = sign_in()
    page = admin.post(
        "/people/invite/",
        {"name": "pat", "email": "pat@shop.example", "role": "merchant", "stores": [store.pk]},
    )
    link = read(page.content).one("code", id="invitation-link").text
    assert link.startswith("http://testserver/invitation/?token=")
    assert not mail.outbox
    assert "Invited" in shown(admin, "/people/")
    guest = Client()
    assert "Welcome, pat" in shown(guest, link)
    token = link.partition("token=")[2]
    for sent, words in (
        ({"password": PASSWORD, "again": "other"}, "not the same"),
        ({"password": "12345", "again": "12345"}, "too short"),
    ):
        answer = guest.post("/invitation/", {"token": token, **sent})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    answer = guest.post("/invitation/", {"token": token, "password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts/login/")
    assert guest.get(link).status_code == 410
    guest.post("/accounts/login/", {"login": "pat", "password": PASSWORD})
    assert "Mugs" in shown(guest, "/")


def test_an_invitation_goes_by_mail_where_there_is_a_mail_server(
    sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_HOST = "mail.shop.example"
    admin = sign_in()
    asked = {"name": "pat", "email": "pat@shop.example", "role": "operator"}
    assert admin.post("/people/invite/", asked).headers["Location"] == "/people/"
    (message,) = mail.outbox
    assert message.to == ["pat@shop.example"]
    found = re.search(r"http://testserver(/invitation/\S+)", str(message.body))
    assert found is not None
    assert Client().get(found[1]).status_code == 200

    def fail(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("backoffice.pages.people.invitation_mail.send_mail", fail)
    page = shown(admin, f"/people/{User.objects.get(username='pat').pk}/invite-again/", sent="1")
    assert "did not take the message" in page
    assert Client().get(found[1]).status_code == 410


def test_what_is_wrong_with_an_invitation_stands_beside_the_field(sign_in: SignIn) -> None:
    people.user(username="kim")
    answer = sign_in().post("/people/invite/", {"name": "kim", "role": "merchant"})
    assert answer.status_code == 422
    assert "Somebody here has this name already" in answer.content.decode()
    assert sign_in().post("/people/invite/", {"name": "a b!", "role": "king"}).status_code == 422


def test_access_is_changed_and_the_last_admin_keeps_theirs(sign_in: SignIn) -> None:
    store = amazon.store("Mugs")
    admin = sign_in()
    root, pat = User.objects.get(), people.user(username="pat")
    assert "no store" in shown(admin, "/people/")
    answer = admin.post(f"/people/{pat.pk}/access/", {"role": "merchant", "stores": [store.pk]})
    assert answer.status_code == 303
    page = read(admin.get(f"/people/{pat.pk}/").content)
    assert page.one("input", name="stores").attributes["value"] == str(store.pk)
    assert "checked" in page.one("input", name="stores").attributes
    refused = admin.post(f"/people/{root.pk}/access/", {"role": "merchant"})
    assert refused.status_code == 422
    assert "Somebody must stay who manages people" in refused.content.decode()
    admin.post(f"/people/{pat.pk}/deactivate/")
    pat.refresh_from_db()
    assert not pat.is_active
    assert "Activate</button>" in shown(admin, f"/people/{pat.pk}/")
    admin.post(f"/people/{pat.pk}/activate/")
    assert "Deactivate</button>" in shown(admin, f"/people/{pat.pk}/")
    assert admin.get("/people/999999/").status_code == 404


def test_people_are_found_by_name_and_role(sign_in: SignIn) -> None:
    people.user(username="pat", email="pat@shop.example")
    people.user(Role.OPERATOR, username="otto")
    admin = sign_in()
    assert "otto" not in shown(admin, "/people/?search=SHOP.example")
    assert "pat" not in read(admin.get("/people/?role=operator").content).one("tbody").text
    assert "Nobody fits" in shown(admin, "/people/?search=zzz")


def test_a_token_is_shown_once_and_reaches_no_further_than_its_maker(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mugs"), amazon.store("Other")
    merchant = sign_in(Role.MERCHANT, mine)
    confirm_password(merchant)
    form = read(merchant.get("/account/tokens/make/").content)
    assert [box.attributes["value"] for box in form.all("input", name="role")] == ["merchant"]
    assert [box.attributes["value"] for box in form.all("input", name="stores")] == [str(mine.pk)]
    for wrong in ({"role": "admin"}, {"role": "merchant", "stores": [other.pk]}):
        assert merchant.post("/account/tokens/make/", {"name": "a", **wrong}).status_code == 422
    page = merchant.post(
        "/account/tokens/make/", {"name": "ERP", "role": "merchant", "expires_in": "30"}
    ).content
    text = read(page).one("code", id="token-text").text
    api = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    assert [row["name"] for row in Client().get("/api/v1/stores/", **api).json()["results"]] == ["Mugs"]  # type: ignore[arg-type]
    mine_page = shown(merchant, "/account/")
    assert "ERP" in mine_page
    assert text not in mine_page
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert sign_in(Role.MERCHANT).post(f"/account/tokens/{token.pk}/revoke/").status_code == 303
    assert ApiToken.objects.exists()
    merchant.post(f"/account/tokens/{token.pk}/revoke/")
    assert Client().get("/api/v1/stores/", **api).status_code == 401  # type: ignore[arg-type]
    assert text not in str(list(AuditEntry.objects.values()))


def test_an_open_browser_makes_no_token_without_the_password(sign_in: SignIn) -> None:
    client = sign_in()
    answer = client.get("/account/tokens/make/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")


def test_an_account_shows_its_devices_and_signs_out_the_others(sign_in: SignIn) -> None:
    client = sign_in()
    user = User.objects.get()
    other = Client()
    other.post("/accounts/login/", {"login": user.username, "password": people.PASSWORD})
    page = shown(client, "/account/")
    assert page.count("Unknown browser") >= 2
    assert "This device" in page
    assert client.get("/accounts/sessions/").headers["Location"] == "/account/"
    client.post("/account/devices/sign-out-others/")
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 302)
    deed = AuditEntry.objects.get(what="SIGNED_OUT_ELSEWHERE")
    assert (deed.by, deed.details) == (user.username, {"count": 1})


def test_a_changed_password_signs_the_others_out_and_is_on_record(sign_in: SignIn) -> None:
    client = sign_in()
    user = User.objects.get()
    other = Client()
    other.post("/accounts/login/", {"login": user.username, "password": people.PASSWORD})
    client.post(
        "/accounts/password/change/",
        {"oldpassword": people.PASSWORD, "password1": PASSWORD, "password2": PASSWORD},
    )
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert "This device" in shown(client, "/account/")
    assert AuditEntry.objects.filter(what="PASSWORD_CHANGED", subject=user.username).exists()


def test_a_second_factor_that_is_demanded_is_not_taken_off(
    sign_in: SignIn, settings: Settings, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    client = sign_in()
    confirm_password(client)
    secret = read(client.get("/accounts/2fa/totp/activate/").content).one("input", id="authenticator_secret")
    code = _code(secret.attributes["value"])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert "10 recovery codes" in shown(client, "/account/")
    assert AuditEntry.objects.filter(what="SECOND_FACTOR_ADDED").exists()
    settings.MFA_REQUIRED = True
    client.post("/accounts/2fa/totp/deactivate/")
    assert User.objects.get().authenticator_set.filter(type="totp").exists()  # type: ignore[attr-defined]


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30)))
