"""A server that answers what a test tells it to, byte for byte: faults no good server has."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

LWA_PATH = "/auth/o2/token"


@dataclass(frozen=True)
class Scripted:
    """One answer. `declared` is the length the header promises; `is_dropped` hangs up without a word."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None
    is_dropped: bool = False
    delay_seconds: float = 0.0


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


def answer(document: Any, status: int = 200, **headers: str) -> Scripted:
    """A JSON answer; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Scripted(status, json.dumps(document).encode(), named)


def errors(status: int, code: str, message: str = "No.") -> Scripted:
    """An answer in Amazon's own error form."""
    return answer({"errors": [{"code": code, "message": message}]}, status)


HTML_503 = Scripted(503, b"<html><body>503 Service Temporarily Unavailable</body></html>")
NO_ORDERS: dict[str, Any] = {"orders": [], "lastUpdatedBefore": "2026-11-20T11:58:00Z"}


class ScriptedAmazon:
    """`lwa` and `api` are the answers to come; without one, LWA gives a new token and the API no orders."""

    def __init__(self) -> None:
        self.lwa: deque[Scripted] = deque()
        self.api: deque[Scripted] = deque()
        self.lwa_seen: list[Seen] = []
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def next_answer(self, seen: Seen) -> Scripted:
        with self._lock:
            if seen.path == LWA_PATH:
                self.lwa_seen.append(seen)
                token = {"access_token": f"Atza|{len(self.lwa_seen)}", "expires_in": 3600}
                return self.lwa.popleft() if self.lwa else answer(token)
            self.seen.append(seen)
            return self.api.popleft() if self.api else answer(NO_ORDERS)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], amazon: ScriptedAmazon) -> None:
        self.amazon = amazon
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0"))).decode()
        query = {name: ",".join(values) for name, values in parse_qs(parts.query).items()}
        self._send(self.server.amazon.next_answer(Seen(self.command, parts.path, query, headers, body)))

    do_GET = do_POST = do_DELETE = _answer

    def _send(self, script: Scripted) -> None:
        time.sleep(script.delay_seconds)
        if script.is_dropped:
            self.close_connection = True
            return
        self.send_response_only(script.status)
        declared = len(script.body) if script.declared is None else script.declared
        self.send_header("Content-Length", str(declared))
        for name, value in script.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(script.body)
        if declared != len(script.body):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Silent."""
