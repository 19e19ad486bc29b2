"""Product files in the browser: looked at before, taken over line by line, and never twice."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from commerce.catalog import file_import, uploads
from commerce.catalog.file_lines import UnreadableFile
from commerce.catalog.uploads import Preview, Progress
from commerce.models import LineOutcome, Product, ProductImport, ProductImportLine
from tests.commerce.shop import NOW, draft, line, place, product, quantities

pytestmark = pytest.mark.django_db

HEADER = "sku,name,price,currency,enabled,manage_stock,source,on_hand,out_of_stock_threshold\n"
FILE = (
    HEADER
    + "MUG,Mug,12.50,USD,yes,yes,north,5,2\n"
    + "MUG,,,,,,south,7,\n"
    + "CUP,Cup,abc,USD,,,,,\n"
    + "BAG,Bag,,,no,,,,\n"
)


def upload(text: str = FILE, token: str = "t") -> ProductImport:
    return uploads.upload(text.encode(), file_name="spring.csv", token=token, by="maria", now=NOW)


def serve() -> int:
    served = 0
    while lines := uploads.serve_batch(now=NOW):
        served += lines
    return served


def outcomes(found: ProductImport) -> list[tuple[int, str, str]]:
    return list(found.lines.order_by("line").values_list("line", "outcome", "reason"))


def test_nothing_is_taken_over_before_it_is_started() -> None:
    found = upload()
    assert uploads.preview(import_id=found.pk) == Preview(new=2, known=0, bad=1)
    assert serve() == 0
    assert not Product.objects.exists()
    assert outcomes(found)[2] == (4, "BAD", "price 'abc' is not a number")


def test_each_line_has_its_outcome_and_says_what_the_command_would_do() -> None:
    file_import.import_file(b"sku,name,enabled\nBAG,Bag,no\n", now=NOW)
    found = upload()
    assert uploads.start(import_id=found.pk, by="maria", now=NOW)
    assert serve() == 3
    assert [outcome for _, outcome, _ in outcomes(found)] == ["CREATED", "CREATED", "BAD", "UNCHANGED"]
    mug = Product.objects.get(sku="MUG")
    assert (str(mug.price), mug.currency, mug.out_of_stock_threshold) == ("12.5000", "USD", 2)
    assert (quantities(mug, "north"), quantities(mug, "south")) == ((5, 0), (7, 0))
    found.refresh_from_db()
    assert (found.started_by, found.finished_at) == ("maria", NOW)
    assert uploads.progress([found.pk]) == {
        found.pk: Progress(4, 4, {"CREATED": 2, "UNCHANGED": 1, "BAD": 1})
    }
    again = file_import.import_file(FILE.encode(), now=NOW)
    assert (again.created, again.updated, again.unchanged, len(again.bad)) == (0, 0, 2, 1)


def test_a_line_that_the_database_finds_bad_says_why() -> None:
    mug = product("MUG", on_hand=5)
    place(draft("A-1", line(mug, 4)))
    found = upload(HEADER + "MUG,,,,,,main,1,\nCUP,,3,,,,,,\n")
    uploads.start(import_id=found.pk, by="maria", now=NOW)
    serve()
    (_, first, why), (_, second, why_too) = outcomes(found)
    assert (first, second, why_too) == ("BAD", "BAD", "price has no currency")
    assert "reserved" in why


def test_a_file_is_served_batch_by_batch_and_goes_on_where_it_was_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_import, "SKUS_PER_BATCH", 2)
    found = upload(HEADER + "".join(f"S-{number},,,,,,,,\n" for number in range(5)))
    uploads.start(import_id=found.pk, by="maria", now=NOW)
    assert uploads.serve_batch(now=NOW) == 2
    write = uploads._write_outcomes

    def die(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(uploads, "_write_outcomes", die)
    with pytest.raises(OperationalError):
        uploads.serve_batch(now=NOW)
    assert Product.objects.count() == 2
    monkeypatch.setattr(uploads, "_write_outcomes", write)
    assert serve() == 3
    assert set(found.lines.values_list("outcome", flat=True)) == {LineOutcome.CREATED}
    assert Product.objects.count() == 5


def test_a_batch_takes_the_same_statements_however_many_lines() -> None:
    def statements(count: int) -> int:
        rows = "".join(f"{count}-{number},N,1,USD,,,north,{number},\n" for number in range(count))
        found = upload(HEADER + rows, token=str(count))
        uploads.start(import_id=found.pk, by="maria", now=NOW)
        with CaptureQueriesContext(connection) as asked:
            assert uploads.serve_batch(now=NOW) == count
        serve()
        return len(asked)

    statements(2)
    assert statements(60) == statements(6)


def test_started_twice_is_started_once_and_discarded_is_gone() -> None:
    found = upload()
    assert uploads.start(import_id=found.pk, by="maria", now=NOW)
    assert not uploads.start(import_id=found.pk, by="kim", now=NOW)
    assert not uploads.discard(import_id=found.pk)
    other = upload(token="u")
    assert uploads.discard(import_id=other.pk)
    assert not uploads.discard(import_id=other.pk)
    assert set(ProductImportLine.objects.values_list("product_import_id", flat=True)) == {found.pk}


def test_the_same_form_sent_twice_is_one_file() -> None:
    assert upload().pk == upload().pk
    assert (ProductImport.objects.count(), ProductImportLine.objects.count()) == (1, 4)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name\nx\n", "the first line must name the columns"),
        (HEADER, "the file has a heading and no lines"),
        (HEADER + "A,,,,,,,,\n" * 4, "the file has more than 3 lines; split it"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(
    text: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_LINES", 3)
    with pytest.raises(UnreadableFile, match=reason):
        upload(text)
    assert not ProductImport.objects.exists()


def test_old_files_are_forgotten() -> None:
    started, waiting = upload(token="a"), upload(token="b")
    uploads.start(import_id=started.pk, by="maria", now=NOW)
    serve()
    assert uploads.forget_old(now=NOW + timedelta(hours=23)) == 0
    assert uploads.forget_old(now=NOW + timedelta(days=2)) == 1
    assert not ProductImport.objects.filter(pk=waiting.pk).exists()
    assert uploads.forget_old(now=NOW + timedelta(days=91)) == 1
    assert not ProductImportLine.objects.exists()
