"""The small forms of a Commerce order's page."""

from typing import Any, Self

from django import forms

from commerce.models import Order
from commerce.orders import comments, custom_statuses
from commerce.transitions import OPEN
from integration.commerce_orders.hold_reasons import HOLD_REASONS
from integration.outbox.refund import VOID_REASONS

_SELECT = {"class": "form-select"}
_TEXT = {"class": "form-control", "autocomplete": "off"}


class HoldForm(forms.Form):
    """Why an order is stopped."""

    reason = forms.ChoiceField(
        label="Hold reason", choices=tuple(HOLD_REASONS.items()), widget=forms.Select(_SELECT)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "hold_%s"})


class VoidForm(forms.Form):
    """Why a credit memo that Amazon refused is void, and what becomes of the goods."""

    reason = forms.ChoiceField(choices=tuple(VOID_REASONS.items()))
    takes_stock = forms.BooleanField(required=False)


class CommentForm(forms.Form):
    """What somebody writes about an order."""

    text = forms.CharField(
        label="Comment",
        max_length=comments.LONGEST,
        widget=forms.Textarea(
            {**_TEXT, "rows": 2, "placeholder": "For those who work here; the buyer never sees it."}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "comment_%s"})


class StatusForm(forms.Form):
    """The shop's own name for the state that an order is in."""

    code = forms.ChoiceField(label="Custom status", required=False, widget=forms.Select(_SELECT))

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "status_%s"})
        chosen = self.fields["code"]
        assert isinstance(chosen, forms.ChoiceField)
        known = [(made.code, made.label) for made in custom_statuses.choices(order.status)]
        chosen.choices = [("", f"{order.get_status_display()} (no own name)"), *known]

    @classmethod
    def of(cls, order: Order) -> Self | None:
        """The form as the order is; None where it has come to an end."""
        if order.status not in OPEN:
            return None
        return cls(initial={"code": order.custom_status}, order=order)
