"""Every request that came to a sandbox and what was answered, to be held against Amazon's models."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

from sandbox import tokens_api
from sandbox.amazon import Amazon
from sandbox.reports_api import DOCUMENT_PATH
from sandbox.wire import Request, Response
from tests.sandbox import amazon_models


@dataclass(frozen=True)
class Exchange:
    """`fault`: what was made wrong on purpose; such an answer is nothing that Amazon's model knows."""

    request: Request
    response: Response
    fault: str | None


Recorded = list[Exchange]


def record(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """All that every sandbox is asked and answers from now on."""
    found: Recorded = []
    answer: Callable[[Amazon, Request], Response] = Amazon.answer

    def answer_and_write_down(amazon: Amazon, request: Request) -> Response:
        response = answer(amazon, request)
        fault = amazon.log[-1].fault if amazon.log else None
        found.append(Exchange(request, response, fault))
        return response

    monkeypatch.setattr(Amazon, "answer", answer_and_write_down)
    return found


def differences(found: Iterable[Exchange]) -> list[str]:
    """Everything that does not fit Amazon's models, each once."""
    return list(dict.fromkeys(fault for each in found for fault in _faults(each)))


def operations_in(found: Iterable[Exchange]) -> set[str]:
    """The operations that were asked for and answered as Amazon does."""
    named = (amazon_models.operation_of(each.request) for each in found if each.fault is None)
    return {each.name for each in named if each is not None}


def _faults(exchange: Exchange) -> Iterator[str]:
    request = exchange.request
    # Signing in is OAuth's (RFC 6749) and documents lie in storage: Amazon has no model of either.
    if request.path == tokens_api.PATH or DOCUMENT_PATH.fullmatch(request.path):
        return
    operation = amazon_models.operation_of(request)
    if operation is None:
        yield f"no operation of Amazon's: {request.method} {request.path}"
        return
    yield from operation.faults_of_request(request)
    if exchange.fault is None:
        yield from operation.faults_of_answer(exchange.response)
