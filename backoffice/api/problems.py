"""Every error is a problem document (RFC 9457), whatever raised it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from commerce.refusals import Refused
from integration.access import NotPermitted
from paging.keyset import BadCursor

logger = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"


class Conflict(exceptions.APIException):
    """It cannot be done to this thing as it stands now."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "It cannot be done now."
    default_code = "conflict"


class CannotBeDone(Conflict):
    """Commerce or Amazon's side stands against it; every reason is told."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refusals = [
            {"code": each.code, "detail": each.text, "line": each.line_id} for each in refused.refusals
        ]


class KeyWasUsed(exceptions.APIException):
    """An Idempotency-Key came with another request before."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


def invalid(field: str, text: str) -> exceptions.ValidationError:
    """A refusal that names one field or parameter."""
    return exceptions.ValidationError({field: [text]})


def problem_details(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: any exception becomes a problem document."""
    if isinstance(exc, NotPermitted):
        exc = exceptions.PermissionDenied(str(exc))
    if isinstance(exc, BadCursor):
        exc = invalid("cursor", str(exc))
    answered = exception_handler(exc, dict(context))
    if answered is None:
        # A bug of ours: it is written down with its trace, and the program that called is told nothing of it.
        logger.error("api.failed", view=type(context["view"]).__name__, exc_info=exc)
        answered = Response(status=status.HTTP_500_INTERNAL_SERVER_ERROR)
    answered.data = _problem(exc, answered.status_code)
    answered.content_type = CONTENT_TYPE
    return answered


def _problem(exc: Exception, code: int) -> dict[str, Any]:
    problem: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(code).phrase, "status": code}
    if isinstance(exc, exceptions.ValidationError):
        return {**problem, **_errors(exc.detail)}
    if isinstance(exc, CannotBeDone):
        return {**problem, "detail": str(exc.detail), "refusals": exc.refusals}
    if isinstance(exc, exceptions.APIException):
        return {**problem, "detail": str(exc.detail)}
    return {**problem, "detail": f"{problem['title']}."}


def _errors(detail: Any) -> dict[str, Any]:
    if not isinstance(detail, Mapping):
        return {"detail": " ".join(str(text) for text in detail)}
    errors = {str(field): _texts(texts) for field, texts in detail.items()}
    first = next(iter(errors))
    return {"detail": f"{first}: {errors[first][0]}", "errors": errors}


def _texts(detail: Any) -> list[str]:
    if isinstance(detail, Mapping):
        return [f"{key}: {text}" for key, texts in detail.items() for text in _texts(texts)]
    if isinstance(detail, list):
        return [text for each in detail for text in _texts(each)] or ["Invalid."]
    return [str(detail)]
