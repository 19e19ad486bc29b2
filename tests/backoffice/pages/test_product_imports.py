"""The catalog by CSV in the browser: preview, errors by line, progress, and the log of who did it."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commerce.models import Product, ProductImport
from integration.catalog import product_files
from integration.models import AuditEntry, Role
from tests.backoffice.pages.reading import Element, read
from tests.factories import amazon, commerce

SignIn = Callable[..., Client]
FILE = (
    "sku,name,price,currency,source,on_hand\n"
    "MUG,Blue mug,12.50,USD,main,9\n"
    "CUP,Cup,abc,USD,,\n"
    "BAG,Product BAG,,,,\n"
)


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr("integration.tasks.wake_product_imports", lambda: calls.append("wake"))
    return calls


def send(client: Client, content: bytes = FILE.encode(), token: str = "t") -> str:
    sent = {"token": token, "file": SimpleUploadedFile("spring.csv", content)}
    answer = client.post("/catalogue/imports/", sent)
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def lines(page: Element) -> list[list[str]]:
    table = page.one("section", id="lines").one("tbody")
    return [[cell.words for cell in row.all("td")] for row in table.all("tr")]


def test_the_preview_says_what_each_line_would_change(sign_in: SignIn) -> None:
    commerce.product("MUG", name="Mug", stock={"main": 4})
    commerce.product("BAG")
    client = sign_in(Role.MERCHANT, amazon.store())
    page = read(client.get(send(client)).content)
    assert lines(page) == [
        ["2", "MUG", "Changed", "Name Mug → Blue mug Price $24.98 → $12.50 On hand at main 4 → 9"],
        ["3", "–", "Left out", "price 'abc' is not a number"],
        ["4", "BAG", "The same", "Nothing"],
    ]
    assert [figure.words for figure in page.all("span", **{"class": "figure-value"})] == ["0", "2"]
    assert "Import 2 products" in page.words
    assert Product.objects.get(sku="MUG").name == "Mug"


def test_started_it_is_served_shown_and_logged(sign_in: SignIn, woken: list[str]) -> None:
    client = sign_in()
    path = send(client)
    assert client.post(f"{path}start/").headers["Location"] == path
    assert client.post(f"{path}start/").headers["Location"] == path
    assert woken == ["wake"]
    waiting = read(client.get(path).content)
    assert "In progress" in waiting.words
    assert waiting.one("div", id="progress").attributes["hx-get"] == f"{path}progress/"
    assert product_files.serve(now=amazon.NOW) == 2
    page = read(client.get(f"{path}progress/").content)
    assert "Done" in page.words
    assert "hx-get" not in page.one("div", id="progress").attributes
    assert [line[2] for line in lines(page)] == ["Created", "Left out", "Created"]
    assert [line[0] for line in lines(read(client.get(f"{path}?show=bad").content))] == ["3"]
    assert "spring.csv" in read(client.get("/catalogue/imports/").content).words
    entry = AuditEntry.objects.get(what="IMPORTED_FILE")
    assert (entry.subject, entry.details) == ("spring.csv", {"kind": "products", "count": 2, "failed": 1})


def test_discarded_nothing_of_it_is_taken_over(sign_in: SignIn) -> None:
    client = sign_in()
    path = send(client)
    assert client.post(f"{path}discard/").headers["Location"] == "/catalogue/imports/"
    assert client.get(path).status_code == 404
    assert not Product.objects.exists()
    started = send(client, token="u")
    client.post(f"{started}start/")
    client.post(f"{started}discard/")
    assert ProductImport.objects.exists()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\xd0\xcf\x11\xe0sku", "The file is no CSV (xls): save it as CSV UTF-8"),
        (b"sku,colour\nMUG,red\n", "The column 'colour' is not known"),
        (b"", "The submitted file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, error: str, sign_in: SignIn) -> None:
    sent = {"token": "t", "file": SimpleUploadedFile("spring.csv", content)}
    answer = sign_in().post("/catalogue/imports/", sent)
    assert answer.status_code == 422
    assert error in read(answer.content).one("ul", **{"class": "field-errors"}).words


def test_the_empty_file_has_the_columns(sign_in: SignIn) -> None:
    answer = sign_in().get("/catalogue/imports/sheet.csv")
    assert answer.content.decode().strip() == (
        "sku,name,price,currency,enabled,manage_stock,source,on_hand,out_of_stock_threshold"
    )


def test_a_long_file_has_pages(sign_in: SignIn) -> None:
    client = sign_in()
    path = send(client, ("sku\n" + "".join(f"S-{number:03d}\n" for number in range(120))).encode())
    first = read(client.get(path).content)
    following = next(link.attributes["href"] for link in first.all("a") if link.words == "Next")
    assert lines(read(client.get(following).content))[0][:2] == ["52", "S-050"]


def test_an_operator_imports_nothing(sign_in: SignIn) -> None:
    operator = sign_in(Role.OPERATOR, amazon.store())
    assert operator.get("/catalogue/imports/").status_code == 403
    assert "Import by CSV" not in operator.get("/products/").content.decode()
