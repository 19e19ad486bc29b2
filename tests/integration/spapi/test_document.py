"""A report's document over HTTP: only from Amazon, only there, only so much."""

import gzip
import tracemalloc
import zlib
from dataclasses import replace

import pytest
from pytest_django import Settings

from integration.spapi import document
from integration.spapi.answers import DocumentAddress
from integration.spapi.document import LIMITS, DocumentRefused
from integration.spapi.errors import RetryLater
from tests.integration.spapi.scripted import HTML_503, Scripted, ScriptedAmazon

TEXT = "amazon-order-id\tship-city\r\n111-1\tSeattle\r\n"


def there(amazon: ScriptedAmazon, *, is_gzip: bool = True) -> DocumentAddress:
    return DocumentAddress(f"{amazon.url}/documents/1?X-Amz-Signature=secret", is_gzip)


def put(amazon: ScriptedAmazon, body: bytes, content_type: str = "text/plain") -> None:
    amazon.api.append(Scripted(body=body, headers={"Content-Type": content_type}))


def test_a_document_is_unpacked_line_by_line_and_no_token_goes_along(amazon: ScriptedAmazon) -> None:
    put(amazon, gzip.compress(TEXT.encode()))
    assert list(document.lines(there(amazon))) == ["amazon-order-id\tship-city", "111-1\tSeattle"]
    [seen] = amazon.seen
    assert not {"x-amz-access-token", "authorization", "cookie"} & seen.headers.keys()
    assert amazon.lwa_seen == []


def test_a_document_may_come_unpacked_and_without_a_last_line_break(amazon: ScriptedAmazon) -> None:
    put(amazon, b"a\tb\n1\t2")
    assert list(document.lines(there(amazon, is_gzip=False))) == ["a\tb", "1\t2"]


def test_several_archives_in_one_are_one_text(amazon: ScriptedAmazon) -> None:
    put(amazon, gzip.compress(b"a\nb") + gzip.compress(b"c\n"))
    assert list(document.lines(there(amazon))) == ["a", "bc"]


@pytest.mark.parametrize(
    ("content_type", "encoding", "city"),
    [
        ("text/plain; charset=Cp1252", "cp1252", "Köln"),
        ("text/plain; charset=Shift_JIS", "shift_jis", "東京都"),
        ("text/plain; charset=UTF-8", "utf-8", "東京都"),
        ("text/plain; charset=rot13", "utf-8", "Köln"),
        ("text/plain; charset=amazonish", "utf-8", "Köln"),
        ("text/plain", "utf-8", "Köln"),
        ("text/plain", "cp1252", "Köln"),
    ],
)
def test_texts_are_read_in_the_charset_that_is_named_or_fits(
    amazon: ScriptedAmazon, content_type: str, encoding: str, city: str
) -> None:
    put(amazon, gzip.compress(f"1\t{city}\n".encode(encoding)), content_type)
    assert list(document.lines(there(amazon))) == [f"1\t{city}"]


@pytest.mark.parametrize(
    "url",
    [
        "https://reports.example.com/a.txt",
        "http://bucket.s3.amazonaws.com/a.txt",
        "https://bucket.s3.amazonaws.com:8443/a.txt",
        "https://bucket.s3.amazonaws.com@example.com/a.txt",
        "https://user:word@bucket.s3.amazonaws.com/a.txt",
        "https://amazonaws.com.example.com/a.txt",
        "https://notamazonaws.com/a.txt",
        "https://example.com\\@bucket.s3.amazonaws.com/a.txt",
        "https://example.com#.amazonaws.com",
        "https://169.254.169.254/latest/meta-data/",
        "http://localhost/a.txt",
        "file:///etc/passwd",
        "https://[::1/a.txt",
        "",
    ],
)
def test_an_address_that_is_not_amazons_is_not_followed(amazon: ScriptedAmazon, url: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        document.require_amazons(url)
    assert refused.value.text in (
        "A document lies at an address that cannot be read.",
        "A document lies at an address that is not Amazon's: not fetched.",
    )
    with pytest.raises(DocumentRefused):
        list(document.lines(DocumentAddress(url, is_gzip=True)))
    assert amazon.seen == []


def test_amazons_storage_and_the_configured_endpoint_are_followed(settings: Settings) -> None:
    settings.SPAPI_ENDPOINT = "http://127.0.0.1:8931"
    document.require_amazons("https://tortuga-prod-na.s3-external-1.amazonaws.com/x/1.gz?X-Amz-Expires=300")
    document.require_amazons("http://127.0.0.1:8931/_documents/1")
    for other in ("http://127.0.0.1:8932/_documents/1", "https://127.0.0.1:8931/_documents/1"):
        with pytest.raises(DocumentRefused):
            document.require_amazons(other)
    settings.SPAPI_ENDPOINT = ""
    with pytest.raises(DocumentRefused):
        document.require_amazons("http://127.0.0.1:8931/_documents/1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(amazon: ScriptedAmazon, status: int) -> None:
    amazon.api.append(Scripted(status, b"", {"Location": f"{amazon.url}/elsewhere"}))
    with pytest.raises(DocumentRefused, match="not followed"):
        list(document.lines(there(amazon)))
    assert len(amazon.seen) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>no archive</html>",
        gzip.compress(TEXT.encode() * 100, mtime=0)[:-20],
        gzip.compress(TEXT.encode(), mtime=0)[:12] + b"xxxxxxxxxxxxx",
        gzip.compress(TEXT.encode(), mtime=0) + b"rubbish",
    ],
    ids=["no archive", "cut", "spoilt", "longer"],
)
def test_a_broken_archive_waits_and_is_no_end_of_the_list(amazon: ScriptedAmazon, body: bytes) -> None:
    put(amazon, body)
    with pytest.raises(DocumentRefused):
        list(document.lines(there(amazon)))


def test_a_document_that_cannot_be_had_waits(amazon: ScriptedAmazon) -> None:
    amazon.api.extend([HTML_503, Scripted(403), Scripted(is_dropped=True), Scripted(body=b"ab", declared=9)])
    for _ in range(4):
        with pytest.raises(RetryLater) as later:
            list(document.lines(there(amazon, is_gzip=False)))
        assert "secret" not in later.value.text


def test_no_document_is_larger_than_a_report_can_be(amazon: ScriptedAmazon) -> None:
    for limits in (replace(LIMITS, sent=10), replace(LIMITS, unpacked=10), replace(LIMITS, line=10, chunk=5)):
        put(amazon, gzip.compress(b"x" * 100_000))
        with pytest.raises(DocumentRefused):
            list(document.lines(there(amazon), limits=limits))


def test_a_bomb_is_defused_in_little_memory(amazon: ScriptedAmazon) -> None:
    packer = zlib.compressobj(9, wbits=31)
    megabyte = (b"0" * 1023 + b"\n") * 1024
    bomb = b"".join([*(packer.compress(megabyte) for _ in range(200)), packer.flush()])
    put(amazon, bomb)
    tracemalloc.start()
    with pytest.raises(DocumentRefused, match="unpacks to more"):
        for _ in document.lines(there(amazon), limits=replace(LIMITS, unpacked=100 * 1024 * 1024)):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 * 1024 * 1024
