"""What stands on top of every page, asked for in one statement: most pages have none to spare."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, DateTimeField, Exists, F, IntegerField, OuterRef, Value

from integration.access import StoreName, Viewer
from integration.installation import read_only
from integration.installation.read_only import ReadOnlyMode
from integration.models import ImportState, Installation, OrderImport

TEXT = (
    "Your Amazon store(s) has orders that cannot be imported into Commerce. "
    "See Recent Orders in the store dashboard(s): {stores}"
)


@dataclass(frozen=True, slots=True)
class Banner:
    """The mode if it is on, since when the client secret is known here, and the viewer's stores with orders
    that cannot be imported, by name.
    """

    mode: ReadOnlyMode | None
    client_secret_since: datetime | None
    blocked: tuple[StoreName, ...]


def find_banner(viewer: Viewer) -> Banner:
    """One list of stores and of the installation, whose row has no store."""
    blocked = OrderImport.objects.filter(state=ImportState.BLOCKED, amazon_order__store=OuterRef("pk"))
    nothing = Value(None, DateTimeField())
    stores = (
        viewer.stores()
        .filter(Exists(blocked))
        .order_by()
        .values_list("pk", "name", Value("", CharField()), nothing, nothing)
    )
    installation = Installation.objects.annotate(
        store=Value(None, IntegerField()), name=F("installation_id")
    ).values_list("store", "name", "read_only_by", "read_only_since", "client_secret_since")
    mode, secret_since, named = None, None, []
    # One UNION instead of two statements: it is asked on every page (ADR 0017).
    for store_id, name, by, since, known_since in installation.union(stores, all=True).order_by("name"):
        if store_id is None:
            mode = read_only.mode_of(belongs_to=name, since=since, by=by)
            secret_since = known_since
        else:
            named.append(StoreName(id=store_id, name=name))
    return Banner(mode=mode, client_secret_since=secret_since, blocked=tuple(named))
