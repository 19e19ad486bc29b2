"""Documents of reports and feeds: fetched from where Amazon says they lie, line by line, or put there.

The address comes in an answer and is not ours to trust: it is followed only to Amazon's storage (or to the
endpoint that was configured), never on to another address, without any token, and no further than a size that
no honest report has.
"""

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
from django.conf import settings

from integration.spapi import package
from integration.spapi.answers import RETRY_AFTER, DocumentAddress
from integration.spapi.errors import RetryLater
from sheets import streams

# Amazon's documents lie in S3, in buckets whose names and regions it changes without notice.
STORAGE = ".amazonaws.com"
# Below the 12 minutes for which a feed is claimed and the 15 after which a list's worker is thought
# dead: a document that trickles in must not outlast its claim.
FETCH_AT_MOST = timedelta(minutes=8)


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes. A report of 100,000 orders is some 40 MB, and an eighth of that as it is sent."""

    sent: int = 256 * 1024 * 1024
    unpacked: int = 1024 * 1024 * 1024
    line: int = 1024 * 1024
    chunk: int = 256 * 1024


LIMITS = Limits()
# What came of a feed's messages: some hundred bytes each.
RESULT_LIMITS = Limits(sent=16 * 1024 * 1024, unpacked=32 * 1024 * 1024, line=8 * 1024 * 1024)


class DocumentRefused(RetryLater):
    """What lies there, or where it lies, is not what Amazon's documents are."""

    def __init__(self, text: str) -> None:
        super().__init__(text, RETRY_AFTER)


def lines(address: DocumentAddress, *, limits: Limits = LIMITS) -> Iterator[str]:
    """The document's lines, without their ends. Raises RetryLater, also after some lines were given."""
    url = require_amazons(address.url)
    deadline = time.monotonic() + FETCH_AT_MOST.total_seconds()
    client = httpx.Client(verify=package.shared_tls(), timeout=package.TIMEOUT_SECONDS)
    try:
        with (
            client,
            # Bytes as they lie there: an encoding undone by httpx would be unpacked without our limit.
            client.stream("GET", url, headers={"accept-encoding": "identity"}) as answer,
        ):
            _require_success(answer)
            sent = _sent(answer, limits, deadline)
            unpacked = _unpacked(sent, address, limits)
            yield from streams.lines(unpacked, declared=answer.charset_encoding, longest=limits.line)
    except streams.LineWithoutEnd:
        raise DocumentRefused("A document has a line without end.") from None
    except httpx.HTTPError as broken:
        # Never the address: whoever has it has the document.
        text = f"A document cannot be fetched ({type(broken).__name__})."
        raise RetryLater(text, RETRY_AFTER) from None


def put(url: str, body: bytes, *, content_type: str) -> None:
    """Put a document there, as a whole. Raises RetryLater."""
    address = require_amazons(url)
    client = httpx.Client(verify=package.shared_tls(), timeout=package.TIMEOUT_SECONDS)
    try:
        with client:
            answer = client.put(address, content=body, headers={"content-type": content_type})
    except httpx.HTTPError as broken:
        text = f"A document cannot be handed over ({type(broken).__name__})."
        raise RetryLater(text, RETRY_AFTER) from None
    _require_success(answer)


def require_amazons(url: str) -> httpx.URL:
    """The address, if it is Amazon's storage or the configured endpoint. Raises DocumentRefused.

    It is read by the very parser that is to follow it: two parsers may see two hosts in one text.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise DocumentRefused("A document lies at an address that cannot be read.") from None
    # A user name can make one host look like another.
    if parsed.userinfo or not (_is_storage(parsed) or _is_endpoint(parsed)):
        raise DocumentRefused("A document lies at an address that is not Amazon's: not fetched.")
    return parsed


def _is_storage(url: httpx.URL) -> bool:
    # With the leading dot: "evilamazonaws.com" is no storage of Amazon's. Any bucket may hold the
    # document, so the limits of size and time hold all the same.
    return url.scheme == "https" and url.host.endswith(STORAGE) and url.port in (None, 443)


def _is_endpoint(url: httpx.URL) -> bool:
    if not settings.SPAPI_ENDPOINT:
        return False
    ours = httpx.URL(settings.SPAPI_ENDPOINT)
    return (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port)


def _require_success(answer: httpx.Response) -> None:
    if answer.status_code == 200:
        return
    if answer.is_redirect:
        # A redirect could lead into our own network, past the check of the address (server-side request
        # forgery).
        raise DocumentRefused("A document sends on to another address: not followed.")
    text = f"A document cannot be fetched (HTTP {answer.status_code})."
    raise RetryLater(text, RETRY_AFTER, status=answer.status_code)


def _sent(answer: httpx.Response, limits: Limits, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in answer.iter_raw(limits.chunk):
        size += len(chunk)
        if size > limits.sent:
            raise DocumentRefused("A document is larger than any of Amazon's: not read.")
        # httpx's timeout is per read: a byte every 29 seconds would hold a worker for ever.
        if time.monotonic() > deadline:
            raise DocumentRefused("A document comes too slowly.")
        yield chunk


def _unpacked(sent: Iterator[bytes], address: DocumentAddress, limits: Limits) -> Iterator[bytes]:
    """Decompress a chunk at a time, and only up to the limit: a decompression bomb gets no further."""
    size = 0
    for piece in _gunzipped(sent, limits.chunk) if address.is_gzip else sent:
        size += len(piece)
        if size > limits.unpacked:
            raise DocumentRefused("A document unpacks to more than any of Amazon's: not read.")
        yield piece


def _gunzipped(sent: Iterator[bytes], chunk_size: int) -> Iterator[bytes]:
    machine = None
    try:
        for chunk in sent:
            left = chunk
            while left:
                machine = machine or zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
                piece = machine.decompress(left, chunk_size)
                if piece:
                    yield piece
                left = machine.unconsumed_tail
                if machine.eof:
                    # Several archives may stand one after the other.
                    left, machine = machine.unused_data, None
    except zlib.error:
        raise DocumentRefused("A document cannot be unpacked.") from None
    if machine is not None:
        raise DocumentRefused("A document ends in the middle.")
