"""A strict Content-Security-Policy on every page, and nothing on any page that it would forbid."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from integration.models import Role
from tests.backoffice.pages.full_pages import fill
from tests.backoffice.pages.reading import Element, read
from tests.factories import people

SignIn = Callable[..., Client]


def everything_below(element: Element) -> Iterator[Element]:
    for part in element.parts:
        if isinstance(part, Element):
            yield part
            yield from everything_below(part)


def forbidden(page: Element) -> list[str]:
    """Inline scripts and styles, handlers in attributes, anything from elsewhere."""
    found = []
    for element in everything_below(page):
        attributes = element.attributes
        if element.tag == "style" or (element.tag == "script" and "src" not in attributes):
            found.append(f"inline {element.tag}")
        found += [f"{element.tag} {name}" for name in attributes if name == "style" or name.startswith("on")]
        brought = attributes.get("src", "") or (attributes.get("href", "") if element.tag == "link" else "")
        if brought and not brought.startswith("/"):
            found.append(f"{element.tag} of {brought}")
    return found


def check(client: Client, path: str, status: int = 200) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == status, path
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "http" not in answer.headers["Content-Security-Policy"]
    return forbidden(read(answer.content)) if "html" in answer.headers["Content-Type"] else []


def test_every_page_has_it_and_obeys_it(sign_in: SignIn, subtests: pytest.Subtests) -> None:
    pages = fill(stores=1, orders=1)
    client = sign_in(Role.ADMIN)
    client.post("/accounts/reauthenticate/", {"password": people.PASSWORD})
    more = {"API docs": "/api/docs/", "password": "/accounts/password/change/"}
    for name, path in {**pages, **more}.items():
        with subtests.test(page=name):
            assert check(client, path) == []


@pytest.mark.django_db
def test_pages_of_nobody_have_it_too(client: Client) -> None:
    assert check(client, "/accounts/login/") == []
    assert check(client, "/no-such-page/", 404) == []
