"""Lists: `{"next", "previous", "results"}` by cursor."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from paging import keyset
from paging.keyset import Ordering, Page

CURSOR = "cursor"
PAGE_SIZE = 50
Row = TypeVar("Row", bound=Model)


def parameters(request: Request) -> dict[str, str]:
    """The query's parameters that say something; of a repeated one the last."""
    plain = {name: str(value) for name, value in request.query_params.items()}
    return {name: text for name, text in plain.items() if text.strip()}


def cursor(request: Request) -> str:
    """Where the page begins that is asked for; empty for the first one."""
    return parameters(request).get(CURSOR, "")


def cut(rows: QuerySet[Row], *, request: Request, ordering: Ordering) -> Page[Row]:
    """The page that the request asks for. Raises keyset.BadCursor, which is answered with 400."""
    return keyset.page(rows, ordering=ordering, cursor=cursor(request), size=PAGE_SIZE)


def answer(request: Request, page: Page[Any], results: Any) -> dict[str, Any]:
    """A page of a list, with the addresses of the next and the previous one."""
    return {
        "next": _address(request, page.next_cursor),
        "previous": _address(request, page.previous_cursor),
        "results": results,
    }


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
