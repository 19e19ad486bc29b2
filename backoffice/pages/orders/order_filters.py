"""The filter bar of All Orders: what a person may ask, as a form, as chips, as the list's own filter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms

from amazon_orders import marketplaces
from amazon_orders.models import Store
from backoffice.pages.frame import words
from backoffice.pages.frame.list_state import Chip, ListState
from integration.models import BlockerCode, ImportState
from integration.orders.order_list import OrderFilter

# Amazon's words of 2026; another word in an address is taken as it is: Amazon adds some without notice.
AMAZON_STATUSES = (
    "PENDING",
    "PENDING_AVAILABILITY",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
PROGRAMS = (("prime", "Prime"), ("business", "Business"))
FULFILLMENTS = (("", "Any"), ("MERCHANT", "Merchant (FBM)"), ("AMAZON", "Amazon (FBA)"))
_SEVERAL = frozenset({"status", "state", "blocker", "program", "store"})
_BOXES = forms.CheckboxSelectMultiple
_CHOICES: Mapping[str, Sequence[tuple[str, Any]]] = {
    "state": ImportState.choices,
    "blocker": BlockerCode.choices,
    "program": PROGRAMS,
    "fulfillment": FULFILLMENTS,
}


class StatusField(forms.MultipleChoiceField):
    """Several of Amazon's words, also ones that we have never seen."""

    def valid_value(self, value: Any) -> bool:
        """Any word that a status may be."""
        return len(str(value)) <= 64 and "\x00" not in str(value)


class OrderFilterForm(forms.Form):
    """Every field is optional. Both dates are included; they are days of the one store chosen, else UTC."""

    purchased_from = forms.DateField(
        label="Purchased from", required=False, widget=forms.DateInput({"type": "date"})
    )
    purchased_to = forms.DateField(label="to", required=False, widget=forms.DateInput({"type": "date"}))
    number = forms.CharField(label="Order number", required=False, max_length=64)
    sku = forms.CharField(label="Blocked SKU", required=False, max_length=255)
    buyer = forms.CharField(label="Buyer's name", required=False, max_length=200)
    total_min = forms.DecimalField(label="Total from", required=False, max_digits=20, decimal_places=4)
    total_max = forms.DecimalField(label="to", required=False, max_digits=20, decimal_places=4)
    status = StatusField(
        label="Status",
        required=False,
        widget=_BOXES,
        choices=[(status, words.sentence(status)) for status in AMAZON_STATUSES],
    )
    state = forms.MultipleChoiceField(
        label="Import", required=False, widget=_BOXES, choices=ImportState.choices
    )
    blocker = forms.MultipleChoiceField(
        label="Blocked by", required=False, widget=_BOXES, choices=BlockerCode.choices
    )
    fulfillment = forms.ChoiceField(label="Fulfillment", required=False, choices=FULFILLMENTS)
    program = forms.MultipleChoiceField(label="Program", required=False, widget=_BOXES, choices=PROGRAMS)
    store = forms.TypedMultipleChoiceField(label="Store", required=False, coerce=int, widget=_BOXES)

    def __init__(self, data: Mapping[str, Any], *, stores: Sequence[Store], sees_buyers: bool) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.stores = {store.pk: store for store in stores}
        chosen = self.fields["store"]
        assert isinstance(chosen, forms.TypedMultipleChoiceField)
        chosen.choices = [(store.pk, store.name) for store in stores]
        if not sees_buyers:
            del self.fields["buyer"]
        for name, field in self.fields.items():
            if not isinstance(field.widget, _BOXES):
                field.widget.attrs["class"] = "form-select" if name == "fulfillment" else "form-control"

    def filters(self) -> OrderFilter:
        """What the list is asked for; a field that makes no sense does not filter, and says so itself."""
        self.is_valid()
        asked = self.cleaned_data
        zone = self._zone()
        first, last = asked.get("purchased_from"), asked.get("purchased_to")
        return OrderFilter(
            store_ids=tuple(asked.get("store", ())),
            statuses=tuple(asked.get("status", ())),
            states=tuple(asked.get("state", ())),
            blockers=tuple(asked.get("blocker", ())),
            fulfillment=asked.get("fulfillment", ""),
            purchased_after=_midnight(first, zone) if first else None,
            purchased_before=_midnight(last + timedelta(days=1), zone) if last else None,
            total_min=asked.get("total_min"),
            total_max=asked.get("total_max"),
            is_prime=True if "prime" in asked.get("program", ()) else None,
            is_business=True if "business" in asked.get("program", ()) else None,
            number=asked.get("number", ""),
            sku=asked.get("sku", ""),
            buyer=asked.get("buyer", ""),
        )

    def chips(self, state: ListState) -> Iterator[Chip]:
        """One chip per value in force; the buyer's own chip leads back to the address without it."""
        for name in self.fields:
            for value in _values(self.cleaned_data.get(name)):
                label = str(self.fields[name].label)
                if name in ("purchased_to", "total_max"):
                    label = "Purchased to" if name == "purchased_to" else "Total to"
                url = state.url if name == "buyer" else state.without(name, self._raw(name, value))
                yield Chip(name=label, value=self._shown(name, value), url=url)

    def _raw(self, name: str, value: Any) -> str:
        """The value as the address has it; empty where the whole filter goes."""
        return str(value) if name in _SEVERAL else ""

    def _shown(self, name: str, value: Any) -> str:
        if name == "store":
            return self.stores[value].name
        if isinstance(value, date):
            return f"{value:%b %-d, %Y}"
        return str(dict(_CHOICES[name])[value]) if name in _CHOICES else words.sentence(str(value))

    # A day is a day of the shop where one is chosen; of several shops none would be right for all.
    def _zone(self) -> tzinfo:
        chosen = self.cleaned_data.get("store") or []
        if len(chosen) != 1:
            return UTC
        return marketplaces.by_id(self.stores[chosen[0]].marketplace_id).time_zone


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _values(value: Any) -> Sequence[Any]:
    if value in (None, "", []):
        return ()
    return value if isinstance(value, list) else (value,)
