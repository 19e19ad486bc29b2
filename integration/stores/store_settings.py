"""The Order Settings of a store: read, changed, and written the way commands and REST write them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from commerce.models import CommerceStore, OrderStatus
from commerce.orders import custom_statuses
from integration import timeline
from integration.models import CustomerCreation, NumberSource, OrderImport, StoreSettings
from integration.order_import import due
from integration.people import audit
from integration.people.audit import AuditAction, AuditEvent
from integration.timeline import EventCode

logger = structlog.get_logger(__name__)

DEFAULT_STATUS = "default"
LONGEST_STATUS = 64
# An order in processing cannot be called by the name of an end.
RESERVED_STATUSES = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELED, OrderStatus.CLOSED})
# What a judgment looks at; the others matter only when an order is placed.
_NAMES = {
    "import_amazon_orders": ("Import Amazon Orders", "Enabled", "Disabled"),
    "reserve_pending": ("Pending Orders", "Reserve Quantity", "Do Not Reserve"),
}
_JUDGED_BY = frozenset(_NAMES)


class BadSetting(ValueError):
    """A setting cannot have this value; `field` is its name in REST, the text says why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """The settings in force, in the words of REST and of the command."""

    import_amazon_orders: bool
    commerce_store: str
    customer_creation: str
    order_number_source: str
    order_status: str
    reserve_pending: bool


def read_store_settings(*, store_id: int) -> ImportSettings:
    """The settings of a store. Raises StoreSettings.DoesNotExist."""
    return _words(StoreSettings.objects.select_related("commerce_store").get(pk=store_id))


def change(*, store_id: int, changes: Mapping[str, Any], by: str, now: datetime) -> ImportSettings:
    """Change settings by their names in REST; orders whose judgment depends on them become due.

    What comes in while import is off stays view-only when it is switched on again. Raises BadSetting, and
    then changes nothing; StoreSettings.DoesNotExist.
    """
    columns = _columns(changes)
    with transaction.atomic():
        # Locked before it is compared: of two changes at once the second is compared with what the
        # first has made.
        settings = StoreSettings.objects.select_for_update().get(pk=store_id)
        changed = {name: value for name, value in columns.items() if getattr(settings, name) != value}
        before = _words(settings)
        for name, value in changed.items():
            setattr(settings, name, value)
        if changed:
            settings.save(update_fields=list(changed))
            audit.record_events(_audit_events(before, _words(settings), store_id=store_id, by=by), now=now)
        # Only for these: to judge all open orders of a store again costs, and another name of a status
        # changes none of them.
        if _JUDGED_BY & changed.keys():
            text = _in_words({name: changed[name] for name in sorted(_JUDGED_BY & changed.keys())})
            due.mark_due(
                OrderImport.objects.filter(state__in=due.OPEN_STATES, amazon_order__store_id=store_id),
                told=lambda order_id: timeline.event(
                    order_id, EventCode.SETTINGS_CHANGED, now=now, actor=by, text=text
                ),
            )
    logger.info("settings.changed", store_id=store_id, fields=sorted(changed), by=by)
    return read_store_settings(store_id=store_id)


def _audit_events(
    before: ImportSettings, after: ImportSettings, *, store_id: int, by: str
) -> list[AuditEvent]:
    """An entry of the audit log per setting."""
    was = asdict(before)
    return [
        AuditEvent(
            what=AuditAction.SETTING_CHANGED,
            by=by,
            store_ids=(store_id,),
            subject="Order Settings",
            details={"setting": name, "before": was[name], "after": value},
        )
        for name, value in asdict(after).items()
        if was[name] != value
    ]


def _in_words(switches: Mapping[str, Any]) -> str:
    """As the settings page names them: "Import Amazon Orders: Disabled."."""
    named = ((_NAMES[name], is_on) for name, is_on in switches.items())
    return "; ".join(f"{label}: {on if is_on else off}" for (label, on, off), is_on in named) + "."


def _words(settings: StoreSettings) -> ImportSettings:
    return ImportSettings(
        import_amazon_orders=settings.import_amazon_orders,
        commerce_store=settings.commerce_store.name,
        customer_creation=settings.customer_creation.lower(),
        order_number_source=settings.number_source.lower(),
        order_status=settings.custom_status or DEFAULT_STATUS,
        reserve_pending=settings.reserve_pending,
    )


def _columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns and their values that these changes, in the words of REST, stand for."""
    columns: dict[str, Any] = {}
    for field, value in changes.items():
        if field not in _READERS:
            raise BadSetting(field, f"There is no setting {field!r}.")
        column, read_value = _READERS[field]
        columns[column] = read_value(field, value)
    return columns


def _switch(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadSetting(field, "Say true or false.")
    return value


def _commerce_store(field: str, value: Any) -> int:
    is_id = isinstance(value, int) and not isinstance(value, bool)
    found = CommerceStore.objects.filter(**({"pk": value} if is_id else {"name": str(value)})).first()
    if found is None:
        raise BadSetting(field, f"There is no Commerce store {value!r}.")
    return found.pk


def _customer_creation(field: str, value: Any) -> str:
    return _choice(field, value, CustomerCreation.values)


def _number_source(field: str, value: Any) -> str:
    return _choice(field, value, NumberSource.values)


def _choice(field: str, value: Any, choices: list[str]) -> str:
    word = str(value).upper()
    if word not in choices:
        raise BadSetting(field, f"Say one of: {', '.join(choice.lower() for choice in choices)}.")
    return word


def _status(field: str, value: Any) -> str:
    text = "" if value is None else str(value).replace("\x00", "").strip()
    if text.lower() == DEFAULT_STATUS:
        text = ""
    if len(text) > LONGEST_STATUS:
        raise BadSetting(field, f"At most {LONGEST_STATUS} characters.")
    if text.upper().replace(" ", "_") in RESERVED_STATUSES:
        raise BadSetting(field, f"{text} is the name of an end; an order in processing needs another.")
    if custom_statuses.ensure([text]).get(text, OrderStatus.PROCESSING) != OrderStatus.PROCESSING:
        raise BadSetting(field, f"{text} is a status of another state; an order in processing needs another.")
    return text


_READERS = {
    "import_amazon_orders": ("import_amazon_orders", _switch),
    "commerce_store": ("commerce_store_id", _commerce_store),
    "customer_creation": ("customer_creation", _customer_creation),
    "order_number_source": ("number_source", _number_source),
    "order_status": ("custom_status", _status),
    "reserve_pending": ("reserve_pending", _switch),
}
