from django.test import Client

from tests.backoffice.pages.reading import read
from tests.factories import people


def test_nobody_signs_up_alone(client: Client, db: None) -> None:
    answer = client.get("/accounts/signup/")
    assert "Sign-up is closed" in answer.content.decode()


def test_a_wrong_password_says_so(client: Client, db: None) -> None:
    user = people.user()
    answer = client.post("/accounts/login/", {"login": user.username, "password": "wrong"})
    assert answer.status_code == 200
    assert read(answer.content).all("div", **{"class": "note note-bad"})


def test_signing_in_leads_where_one_wanted_to_go(client: Client, db: None) -> None:
    user = people.user()
    sent = {"login": user.username, "password": people.PASSWORD, "next": "/orders/"}
    assert client.post("/accounts/login/", sent).headers["Location"] == "/orders/"


def test_every_page_of_the_account_has_our_frame(client: Client, db: None) -> None:
    user = people.user()
    client.post("/accounts/login/", {"login": user.username, "password": people.PASSWORD})
    for path in (
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/logout/",
    ):
        page = client.get(path, follow=True)
        assert page.status_code == 200
        assert "tabler" in page.content.decode()


def test_a_page_that_is_not_there_says_so_in_our_design(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
