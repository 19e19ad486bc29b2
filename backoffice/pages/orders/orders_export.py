"""The list of All Orders as a CSV file, streamed as it is read."""

import csv
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.utils import timezone

from backoffice.pages.frame.permissions import action
from backoffice.pages.orders import saved_views
from backoffice.pages.orders.order_filters import OrderFilterForm
from integration.access import Permission, Viewer
from integration.models import AuditAction
from integration.orders import export as order_export
from integration.orders import order_list
from integration.orders.order_list import OrderFilter
from integration.people import audit


class _Line:
    """A file for the CSV writer that gives back what it is handed."""

    def write(self, text: str) -> str:
        return text


@action(Permission.VIEW_ORDERS)
def export(request: HttpRequest, viewer: Viewer) -> StreamingHttpResponse:
    """Everything that fits the list's filter, in its order; a form, for it is written down who took it."""
    asked = QueryDict(saved_views.clean(request.POST.get("query", "")), mutable=True)
    asked["buyer"] = request.POST.get("buyer", "")
    form = OrderFilterForm(
        asked, stores=list(viewer.stores()), sees_buyers=viewer.may(Permission.SEE_PERSONAL_DATA)
    )
    ordering = asked.get("ordering", order_list.DEFAULT_ORDERING)
    filters, with_people = form.filters(), "with_people" in request.POST
    lines = order_export.lines(
        viewer=viewer,
        filters=filters,
        ordering=ordering if ordering in order_list.ORDERINGS else order_list.DEFAULT_ORDERING,
        with_people=with_people,
    )
    # Before the first byte: who breaks the download off has taken what came until then.
    _write_down(viewer, filters, with_people=with_people)
    answer = StreamingHttpResponse(_written(lines), content_type="text/csv; charset=utf-8")
    name = f"amazon-orders-{timezone.now():%Y-%m-%d-%H%M}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _write_down(viewer: Viewer, filters: OrderFilter, *, with_people: bool) -> None:
    """Who took the list, of which stores, by which filters; never what was searched for."""
    stores = set(viewer.stores().values_list("pk", flat=True))
    audit.record_event(
        what=AuditAction.EXPORTED,
        by=viewer.name,
        now=timezone.now(),
        store_ids=stores & set(filters.store_ids) if filters.store_ids else stores,
        subject="All Orders",
        details={"filters": order_list.stored.names(filters), "personal_data": with_people},
    )


def _written(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    # Spreadsheets take a file for UTF-8 when it begins like this.
    yield "\ufeff"
    sheet = csv.writer(_Line(), lineterminator="\r\n")
    for line in lines:
        # It gives what the file's `write` gives.
        yield str(sheet.writerow(line))
