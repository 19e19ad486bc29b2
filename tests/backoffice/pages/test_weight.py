"""What a page weighs over HTTP with all that it brings along, compressed as in production: under 300 KB."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test.testcases import LiveServerThread
from pytest_django import Settings

from integration.models import Role
from integration.stores import daily_sales
from tests.backoffice.pages.full_pages import fill
from tests.backoffice.pages.reading import Element, read
from tests.factories import people

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

LIMIT = 300_000


class _JustTheApplication(WSGIHandler):
    """In place of Django's own handler of static files, which would answer before WhiteNoise does."""

    def __init__(self, _: WSGIHandler) -> None:
        super().__init__()


@pytest.fixture
def origin(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The product as production serves it: static files collected, hashed, compressed, by WhiteNoise."""
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_USE_FINDERS = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    server = LiveServerThread("127.0.0.1", _JustTheApplication)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    try:
        if server.error:
            raise server.error
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.terminate()


def bytes_of(client: httpx.Client, url: str) -> tuple[int, bytes, str]:
    """What came over the wire, what it holds, and how it was encoded."""
    # The password is asked for again before a token is made.
    with client.stream("GET", url, follow_redirects=True) as answer:
        assert answer.status_code == 200, url
        raw = b"".join(answer.iter_raw())
        encoding = answer.headers.get("content-encoding", "")
    return len(raw), raw, encoding


def brought_along(page: Element) -> list[str]:
    return [
        *(link.attributes["href"] for link in page.all("link") if link.attributes.get("rel") != "icon"),
        *(script.attributes["src"] for script in page.all("script")),
        *(image.attributes["src"] for image in page.all("img")),
    ]


def test_no_page_weighs_more_than_it_may(origin: str) -> None:
    pages = fill(stores=2, orders=40)
    daily_sales.rebuild()
    user = people.user(Role.ADMIN)
    weights: dict[str, int] = {}
    known: dict[str, int] = {}
    with httpx.Client(base_url=origin, headers={"Accept-Encoding": "gzip"}, timeout=30) as client:
        token = read(client.get("/accounts/login/").content).one("input", name="csrfmiddlewaretoken")
        sent = {
            "login": user.username,
            "password": people.PASSWORD,
            "csrfmiddlewaretoken": token.attributes["value"],
        }
        assert client.post("/accounts/login/", data=sent).status_code == 302
        for name, path in pages.items():
            weights[name], content, _ = bytes_of(client, path)
            for url in set(brought_along(read(content))):
                if url not in known:
                    known[url], _, encoding = bytes_of(client, url)
                    assert encoding == "gzip" or url.endswith((".svg", ".png")), url
                weights[name] += known[url]
    assert any("chart" in url for url in known)
    assert {name: weight for name, weight in weights.items() if weight > LIMIT} == {}
