"""The list of All Orders as a CSV file, streamed as it is read."""

import csv
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.utils import timezone

from integration import order_export, order_list
from integration.access import Permission, Viewer
from integration.web import saved_views
from integration.web.order_filters import OrderFilterForm
from integration.web.permissions import action


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
    lines = order_export.lines(
        viewer=viewer,
        filters=form.filters(),
        ordering=ordering if ordering in order_list.ORDERINGS else order_list.DEFAULT_ORDERING,
        with_people="with_people" in request.POST,
    )
    answer = StreamingHttpResponse(_written(lines), content_type="text/csv; charset=utf-8")
    name = f"amazon-orders-{timezone.now():%Y-%m-%d-%H%M}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _written(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    # Spreadsheets take a file for UTF-8 when it begins like this.
    yield "\ufeff"
    sheet = csv.writer(_Line(), lineterminator="\r\n")
    for line in lines:
        # It gives what the file's `write` gives.
        yield str(sheet.writerow(line))
