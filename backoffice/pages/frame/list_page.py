"""The page of a list that an address asks for."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages as toasts
from django.http import HttpRequest

from backoffice.pages.frame.list_state import ListState
from paging.keyset import BadCursor, Page

Row = TypeVar("Row")


def page_or_first(request: HttpRequest, state: ListState, read: Callable[[str], Page[Row]]) -> Page[Row]:
    """The page at the cursor; where that is not one of the list, the first page, and the reader is told."""
    try:
        return read(state.cursor)
    # A cursor stands in an address that people keep: after a change of the list's sort it is another list's.
    except BadCursor:
        toasts.info(request, "That page of the list no longer exists; this is the first one.")
        return read("")
