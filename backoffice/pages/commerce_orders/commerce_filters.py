"""The filter bar of the Commerce orders: as a form, as chips, as what the list is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from amazon_orders.models import Store
from backoffice.pages.frame.list_state import Chip, ListState
from commerce.models import OrderStatus
from integration.commerce_orders.order_list import Wanted

TO_SHIP, ON_HOLD, ALL = "to-ship", "on-hold", "all"
VIEWS = ((TO_SHIP, "To ship"), (ON_HOLD, "On hold"), (ALL, "All orders"))
_TEXT = {"class": "form-control", "autocomplete": "off"}
_CHOICE = {"class": "form-select"}


class CommerceFilterForm(forms.Form):
    """Every field is optional; one that makes no sense does not filter."""

    number = forms.CharField(
        label="Order number",
        required=False,
        max_length=64,
        widget=forms.TextInput({**_TEXT, "placeholder": "Commerce or Amazon"}),
    )
    text = forms.CharField(
        label="SKU or product",
        required=False,
        max_length=200,
        widget=forms.TextInput({**_TEXT, "placeholder": "Any line of the order"}),
    )
    store = forms.TypedChoiceField(
        label="Store", required=False, coerce=int, empty_value=None, widget=forms.Select(_CHOICE)
    )
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=(("", "Any status"), *OrderStatus.choices),
        widget=forms.Select(_CHOICE),
    )
    cancel = forms.BooleanField(label="Buyer asks to cancel", required=False)

    def __init__(self, asked: Mapping[str, Any], *, stores: Sequence[Store]) -> None:
        super().__init__(asked, auto_id="filter_%s")
        self.stores = {store.pk: store.name for store in stores}
        chosen = self.fields["store"]
        assert isinstance(chosen, forms.TypedChoiceField)
        chosen.choices = [("", "Every store"), *self.stores.items()]
        self.is_valid()

    def wanted(self) -> Wanted:
        """What the list is asked for, but for the status."""
        asked = self.cleaned_data
        return Wanted(
            number=asked.get("number", ""),
            text=asked.get("text", ""),
            store_ids=(asked["store"],) if asked.get("store") else (),
            is_cancel_requested=bool(asked.get("cancel")),
        )

    def status_chosen(self) -> str:
        """The one status, empty for any."""
        return str(self.cleaned_data.get("status", ""))

    def chips(self, state: ListState) -> Iterator[Chip]:
        """One chip per filter in force."""
        for name, value in self.cleaned_data.items():
            if value not in (None, "", False):
                label = str(self.fields[name].label)
                yield Chip(name=label, value=self._shown(name, value), url=state.without(name))

    def _shown(self, name: str, value: Any) -> str:
        if name == "store":
            return self.stores[value]
        if name == "status":
            return str(OrderStatus(value).label)
        return "yes" if value is True else str(value)
