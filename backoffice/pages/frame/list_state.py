"""The state of a list lives in its address: what is filtered, how it is sorted, where the page starts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from paging.keyset import Page

# Older addresses began at "after" or "before" a row.
_PLACE = ("cursor", "after", "before", "page")
# Never part of an address: a name must not stand in a history, a log or a referrer.
PRIVATE = frozenset({"buyer", "csrfmiddlewaretoken", "filters"})


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address of the list without it."""

    name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that can be sorted. `direction`: "ascending", "descending", or "" when another one is."""

    name: str
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Addresses of the neighboring pages; empty where there is none."""

    previous: str
    next: str


class ListState:
    """The parameters of a list's address, without empty and private ones."""

    def __init__(self, path: str, parameters: QueryDict) -> None:
        self.path = path
        self._parameters = QueryDict(mutable=True)
        for name, values in parameters.lists():
            kept = [value for value in values if value]
            # A search by buyer stands in no address (ADR 0010).
            if kept and name not in PRIVATE:
                self._parameters.setlist(name, kept)

    @property
    def parameters(self) -> QueryDict:
        """A copy of the parameters."""
        return self._parameters.copy()

    @property
    def url(self) -> str:
        """The address of the list as it is."""
        return self._address(self._parameters)

    @property
    def cursor(self) -> str:
        """Where the page begins; empty for the first one."""
        return str(self._parameters.get("cursor", ""))

    @property
    def first_page(self) -> str:
        """The address of the list's first page, as it is filtered and sorted."""
        return self._address(self._without_place())

    def with_value(self, name: str, value: str) -> str:
        """The address with another value; another sort or page size starts from the first page."""
        changed = self._without_place()
        changed[name] = value
        if not value:
            del changed[name]
        return self._address(changed)

    def without(self, name: str, value: str = "") -> str:
        """The address without a filter, or without one value of it."""
        changed = self._without_place()
        kept = [other for other in changed.pop(name, []) if value and other != value]
        if kept:
            changed.setlist(name, kept)
        return self._address(changed)

    def cleared(self, kept: Iterable[str] = ("ordering",)) -> str:
        """The address without any filter."""
        changed = QueryDict(mutable=True)
        for name in kept:
            if name in self._parameters:
                changed.setlist(name, self._parameters.getlist(name))
        return self._address(changed)

    def heading(self, name: str, column: str, *, ordering: str, is_first_descending: bool = True) -> Heading:
        """A column's heading: a click sorts by it, another one turns it round."""
        directions = {column: "ascending", f"-{column}": "descending"}
        first, other = (f"-{column}", column) if is_first_descending else (column, f"-{column}")
        return Heading(
            name=name,
            url=self.with_value("ordering", other if ordering == first else first),
            direction=directions.get(ordering, ""),
        )

    def pager(self, page: Page[Any]) -> Pager:
        """The neighboring pages."""
        return Pager(
            previous=self.with_value("cursor", page.previous_cursor) if page.previous_cursor else "",
            next=self.with_value("cursor", page.next_cursor) if page.next_cursor else "",
        )

    def pages(self, number: int, *, has_next: bool) -> Pager:
        """The neighboring pages of a short list whose pages are counted."""
        first = ListState(self.path, self._without_place())
        back = "" if number == 2 else str(number - 1)
        return Pager(
            previous=first.with_value("page", back) if number > 1 else "",
            next=first.with_value("page", str(number + 1)) if has_next else "",
        )

    def _without_place(self) -> QueryDict:
        kept = self.parameters
        for name in _PLACE:
            kept.pop(name, None)
        return kept

    def _address(self, parameters: QueryDict) -> str:
        query = parameters.urlencode()
        return f"{self.path}?{query}" if query else self.path
