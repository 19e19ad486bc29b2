"""The form of a store's Order Settings, in the words of the screen."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from backoffice.pages.frame.form_tokens import new_token
from commerce.models import CommerceStore
from integration.models import CustomerCreation, NumberSource, StoreSettings
from integration.orders import order_list
from integration.stores import store_settings

ENABLED, DISABLED = "enabled", "disabled"
DEFAULT, CUSTOM = "default", "custom"
ALL, SINCE, LEAVE = "all", "since", "leave"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Orders received while import was off, and when the first of them came in."""

    count: order_list.Count
    since: datetime | None


class OrderSettingsForm(forms.Form):
    """A field that is grayed out is not sent and keeps its value.

    Switching import on again asks what becomes of the orders that were left out meanwhile.
    """

    import_amazon_orders = forms.ChoiceField(
        label="Import Amazon Orders",
        choices=[(ENABLED, "Enabled"), (DISABLED, "Disabled")],
        widget=forms.RadioSelect,
    )
    commerce_store = forms.ModelChoiceField(
        label="Import Amazon Orders Into Commerce Store",
        queryset=CommerceStore.objects.all(),
        empty_label=None,
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )
    customer_creation = forms.ChoiceField(
        label="Customer Creation", choices=CustomerCreation.choices, required=False, widget=forms.RadioSelect
    )
    order_number_source = forms.ChoiceField(
        label="Order Number Source", choices=NumberSource.choices, required=False, widget=forms.RadioSelect
    )
    order_status = forms.ChoiceField(
        label="Order Status",
        choices=[(DEFAULT, "Default Order Status"), (CUSTOM, "Custom Order Status")],
        required=False,
        widget=forms.RadioSelect,
    )
    processing_order_status = forms.CharField(
        label="Processing Order Status",
        max_length=store_settings.LONGEST_STATUS,
        required=False,
        help_text="Your own word for an order in processing, e.g. Amazon processing.",
        widget=forms.TextInput({"class": "form-control"}),
    )
    reserve_pending = forms.ChoiceField(
        label="Pending Orders",
        choices=[("on", "Reserve Quantity"), ("off", "Do Not Reserve")],
        required=False,
        widget=forms.RadioSelect,
    )
    meanwhile = forms.ChoiceField(
        label="Orders received meanwhile",
        choices=[
            (ALL, "Import all of them"),
            (SINCE, "Import those received since a day"),
            (LEAVE, "Leave them view-only, managed in Seller Central"),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    meanwhile_since = forms.DateField(
        label="Received since (UTC)",
        required=False,
        widget=forms.DateInput({"class": "form-control", "type": "date"}),
    )
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        kept: StoreSettings,
        left_out: LeftOut | None = None,
        now: datetime,
    ) -> None:
        super().__init__(data, initial=_initial(kept))
        self.left_out = left_out
        self.now = now

    def clean(self) -> dict[str, Any]:
        """A custom status needs its word; orders that were left out need an answer."""
        asked: dict[str, Any] = super().clean() or self.cleaned_data
        if asked.get("order_status") == CUSTOM and not asked.get("processing_order_status"):
            self.add_error("processing_order_status", "Say what an order in processing is called.")
        if self.left_out is not None and asked.get("import_amazon_orders") == ENABLED:
            self._clean_meanwhile(asked, self.left_out)
        return asked

    def _clean_meanwhile(self, asked: dict[str, Any], left_out: LeftOut) -> None:
        if not asked.get("meanwhile"):
            text = f"Say what to do with the {left_out.count} received while import was disabled."
            self.add_error("meanwhile", text)
        elif asked["meanwhile"] == SINCE and "meanwhile_since" not in self.errors:
            day: date | None = asked.get("meanwhile_since")
            if day is None:
                self.add_error("meanwhile_since", "Say since when.")
            elif _midnight(day) > self.now:
                self.add_error("meanwhile_since", "The day must lie in the past.")

    def changes(self) -> dict[str, Any]:
        """What was sent, in the words of REST."""
        asked = self.cleaned_data
        sent: dict[str, Any] = {"import_amazon_orders": asked["import_amazon_orders"] == ENABLED}
        if asked["commerce_store"] is not None:
            sent["commerce_store"] = asked["commerce_store"].pk
        for name in ("customer_creation", "order_number_source"):
            if asked[name]:
                sent[name] = asked[name]
        if asked["order_status"]:
            is_custom = asked["order_status"] == CUSTOM
            sent["order_status"] = asked["processing_order_status"] if is_custom else DEFAULT
        if asked["reserve_pending"]:
            sent["reserve_pending"] = asked["reserve_pending"] == "on"
        return sent

    def import_since(self) -> datetime | None:
        """From when on orders that were left out are to be imported; None where they stay as they are."""
        asked = self.cleaned_data
        if self.left_out is None or asked["import_amazon_orders"] != ENABLED or asked["meanwhile"] == LEAVE:
            return None
        return self.left_out.since if asked["meanwhile"] == ALL else _midnight(asked["meanwhile_since"])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _initial(kept: StoreSettings) -> dict[str, Any]:
    return {
        "import_amazon_orders": ENABLED if kept.import_amazon_orders else DISABLED,
        "commerce_store": kept.commerce_store_id,
        "customer_creation": kept.customer_creation,
        "order_number_source": kept.number_source,
        "order_status": CUSTOM if kept.custom_status else DEFAULT,
        "processing_order_status": kept.custom_status,
        "reserve_pending": "on" if kept.reserve_pending else "off",
        "token": new_token(),
    }
