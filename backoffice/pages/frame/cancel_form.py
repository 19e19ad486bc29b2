"""The form that cancels an order, on its Amazon page and on its Commerce page."""

from collections.abc import Mapping
from typing import Any

from django import forms


class CancelForm(forms.Form):
    """Why an order is canceled: one of Amazon's reasons."""

    reason = forms.ChoiceField(label="Reason", widget=forms.Select({"class": "form-select"}))

    def __init__(self, *args: Any, reasons: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "cancel_%s"})
        chosen = self.fields["reason"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", "Choose a reason"), *reasons.items()]
