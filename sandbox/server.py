"""The sandbox on a socket.

In a test:

    amazon = Amazon(clock=Clock(frozen_at=...), quota="off")
    amazon.add_seller("A1SELLER", "My store", ("US", "CA"), token="refresh-1")
    amazon.world.put_order("A1SELLER", sample_order(...))
    with SandboxServer(amazon) as server:
        ...  # point the client at server.url and server.lwa_url
"""

import contextlib
import logging
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from sandbox import tokens_api
from sandbox.amazon import Amazon
from sandbox.control import CONTROL_PATH, Control
from sandbox.wire import Request, Response, SpApiError

logger = logging.getLogger(__name__)


class SandboxServer:
    """Serves an Amazon on a free port of the loopback (or the given one) from threads of its own."""

    def __init__(self, amazon: Amazon, port: int = 0, host: str = "127.0.0.1") -> None:
        self.amazon = amazon
        self._http = _HttpServer((host, port), amazon)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return self._http.server_port

    @property
    def url(self) -> str:
        return f"http://{self._http.server_name}:{self.port}"

    @property
    def lwa_url(self) -> str:
        return self.url + tokens_api.PATH

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Refuse new connections and hang up the open ones, also those that are being answered."""
        self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # The default of five refuses connections when many workers start at once.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], amazon: Amazon) -> None:
        self.amazon = amazon
        self.control = Control(amazon)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without the name look-up of HTTPServer, which can take seconds on a badly set-up machine."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Only a broken connection comes here, and a client that hung up is no event."""

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        request = Request(self.command, parts.path, parts.query, headers, body)
        speaks = self.server.control if parts.path.startswith(CONTROL_PATH) else self.server.amazon
        try:
            response = speaks.answer(request)
        except Exception:
            logger.exception("the sandbox has a bug: %s %s", self.command, parts.path)
            response = SpApiError(500, "InternalFailure", "The sandbox has a bug; see its log.").response()
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _send(self, response: Response) -> None:
        if response.delay_seconds:
            time.sleep(response.delay_seconds)
        if response.is_dropped:
            self.close_connection = True
            return
        body = response.body
        if response.is_cut:
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write(_head(response, self.date_time_string()) + body)

    def log_message(self, *args: Any, **kwargs: Any) -> None:
        """Silent: the log of requests is kept by Amazon, without bodies."""


def _head(response: Response, date: str) -> bytes:
    """Head and body leave in one write: two would wait for each other on a slow loopback."""
    headers = {"Date": date, **response.headers}
    if response.status != HTTPStatus.NO_CONTENT:
        headers |= {"Content-Type": response.content_type, "Content-Length": str(len(response.body))}
    status = HTTPStatus(response.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
