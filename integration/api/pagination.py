"""Lists: `{"next", "previous", "results"}` by cursor."""

import base64
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from integration.api import problems
from integration.order_list import keyset
from integration.order_list.keyset import BadCursor, Ordering

CURSOR = "cursor"
PAGE_SIZE = 50
NOT_OURS = "The cursor is not one of this list."
Row = TypeVar("Row", bound=Model)


class ByCursor(CursorPagination):
    """What a view without lists of its own kind would get: by key, never by offset."""

    page_size = PAGE_SIZE
    ordering = "pk"


def parameters(request: Request) -> dict[str, str]:
    """The query's parameters that say something; of a repeated one the last."""
    plain = {name: str(value) for name, value in request.query_params.items()}
    return {name: text for name, text in plain.items() if text.strip()}


def cut(
    rows: QuerySet[Row], *, request: Request, ordering: Ordering
) -> tuple[list[Row], dict[str, str | None]]:
    """The page that the request asks for, and the links to its neighbours. Raises ValidationError."""
    cursor = request.query_params.get(CURSOR, "")
    try:
        position = keyset.decode(cursor, ordering) if cursor else None
    except BadCursor as bad:
        raise problems.invalid(CURSOR, str(bad)) from bad
    page = keyset.cut(rows, ordering=ordering, position=position, size=PAGE_SIZE)
    after = keyset.encode(page.next, ordering) if page.next else None
    before = keyset.encode(page.previous, ordering) if page.previous else None
    return page.rows, links(request, after, before)


def pack(fields: Mapping[str, Any]) -> str:
    """An opaque cursor of these fields."""
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def unpack(request: Request) -> dict[str, Any]:
    """The fields of the request's cursor; none without one. Raises ValidationError."""
    cursor = request.query_params.get(CURSOR, "")
    if not cursor:
        return {}
    try:
        fields = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, RecursionError) as broken:
        raise problems.invalid(CURSOR, NOT_OURS) from broken
    if not isinstance(fields, dict):
        raise problems.invalid(CURSOR, NOT_OURS)
    return fields


def links(request: Request, after: str | None, before: str | None) -> dict[str, str | None]:
    """The addresses of the next and the previous page."""
    return {"next": _address(request, after), "previous": _address(request, before)}


def _address(request: Request, cursor: str | None) -> str | None:
    return replace_query_param(request.build_absolute_uri(), CURSOR, cursor) if cursor else None


def envelope(name: str, row: serializers.BaseSerializer[Any]) -> serializers.Serializer[Any]:
    """The OpenAPI shape of a list of `row`, under this name."""
    fields: dict[str, Any] = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row,
    }
    made: serializers.Serializer[Any] = type(name, (serializers.Serializer,), fields)()
    return made


def whole(results: Any) -> dict[str, Any]:
    """A list that is short by its nature, in the shape of all lists."""
    return {"next": None, "previous": None, "results": results}
