"""The forms of an Amazon order's page."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms

from integration.orders import actions


class SkipForm(forms.Form):
    """Why an order is left out, and until when."""

    reason = forms.CharField(
        label="Reason",
        max_length=actions.LONGEST_REASON,
        widget=forms.TextInput({"class": "form-control"}),
    )
    until = forms.DateField(
        label="Until (empty: for good)",
        required=False,
        widget=forms.DateInput({"class": "form-control", "type": "date"}),
    )

    def end(self) -> datetime | None:
        """The beginning of the chosen day, in UTC."""
        day = self.cleaned_data["until"]
        return datetime.combine(day, time.min, tzinfo=UTC) if day else None


class AddressForm(forms.Form):
    """The delivery address as a person corrects it."""

    name = forms.CharField(label="Name", required=False)
    line1 = forms.CharField(label="Address line 1", required=False)
    line2 = forms.CharField(label="Address line 2", required=False)
    line3 = forms.CharField(label="Address line 3", required=False)
    city = forms.CharField(label="City", required=False)
    region = forms.CharField(label="State or region", required=False)
    postal_code = forms.CharField(label="Postal code", required=False)
    country = forms.CharField(label="Country (two letters)", required=False, max_length=2)
    phone = forms.CharField(label="Phone", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "address_%s", **kwargs})
        for field in self.fields.values():
            field.widget.attrs.update({"class": "form-control", "autocomplete": "off"})
            if isinstance(field, forms.CharField) and field.max_length is None:
                field.max_length = actions.LONGEST_ADDRESS_PART
                field.widget.attrs["maxlength"] = actions.LONGEST_ADDRESS_PART
