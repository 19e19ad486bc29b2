"""What goes over the wire: requests, responses, Amazon's error bodies."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    """Still percent-encoded, as ids may hold slashes."""
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""

    def query(self) -> dict[str, str]:
        """Later repetitions of a name are appended: SP-API reads `a=1&a=2` as it does `a=1,2`."""
        merged: dict[str, str] = {}
        for name, value in parse_qsl(self.query_string, keep_blank_values=True):
            merged[name] = f"{merged[name]},{value}" if name in merged else value
        return merged

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise SpApiError(400, "InvalidInput", "Request body is not valid JSON") from None


@dataclass
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    """Promise the whole body, send half of it, hang up."""
    is_dropped: bool = False
    """Hang up without a word."""
    delay_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))


class SpApiError(Exception):
    """An answer in Amazon's error form."""

    def __init__(self, status: int, code: str, message: str, details: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code, "message": message} | ({} if details is None else {"details": details})

    def response(self) -> Response:
        return json_response({"errors": [self.error]}, self.status)


def invalid_input(details: str) -> SpApiError:
    return SpApiError(400, "InvalidInput", "Invalid Input", details)


def unauthorized(details: str) -> SpApiError:
    return SpApiError(403, "Unauthorized", "Access to requested resource is denied.", details)


def dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(value: Any, status: int = 200) -> Response:
    return Response(status, dumps(value))
