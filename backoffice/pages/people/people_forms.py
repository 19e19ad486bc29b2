"""The forms about people: inviting one, what one may do, an API token."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.auth.validators import UnicodeUsernameValidator

from amazon_orders.models import Store
from integration.models import Role

_TEXT = {"class": "form-control", "autocomplete": "off"}
ROLES = (
    (Role.ADMIN, "Admin: everything, in every store; people and settings too"),
    (Role.MERCHANT, "Merchant: orders, products and what stops them, in the stores ticked below"),
    (Role.OPERATOR, "Operator: health, retries and records, without personal data"),
)
_ROLE_HELP = {role.value: words for role, words in ROLES}


def _store_field() -> forms.ModelMultipleChoiceField[Store]:
    return forms.ModelMultipleChoiceField(
        label="Stores",
        queryset=Store.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
    )


class AccessForm(forms.Form):
    """A role, and the stores it is for."""

    role = forms.ChoiceField(
        label="Role", choices=ROLES, widget=forms.RadioSelect({"class": "form-check-input"})
    )
    stores = _store_field()

    def asked_role(self) -> Role:
        """The role that was chosen."""
        return Role(self.cleaned_data["role"])


class InviteForm(AccessForm):
    """A person to invite: name, e-mail address, role and stores."""

    name = forms.CharField(
        label="User name",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text="Stands beside everything the person does here.",
        widget=forms.TextInput(_TEXT),
    )
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="The invitation goes there, and the way back from a forgotten password.",
        widget=forms.EmailInput(_TEXT),
    )
    field_order = ("name", "email", "role", "stores")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = Role.MERCHANT.value


class TokenForm(forms.Form):
    """A key for a program, never reaching further than whoever makes it."""

    name = forms.CharField(
        label="What is it for?",
        max_length=100,
        help_text="So that you know later which program holds it.",
        widget=forms.TextInput(_TEXT),
    )
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect({"class": "form-check-input"}))
    stores = _store_field()
    expires_in = forms.ChoiceField(
        label="Expires",
        choices=[("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"), ("", "never")],
        initial="90",
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(self, *args: Any, roles: Sequence[Role], stores: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, _ROLE_HELP[role.value]) for role in roles]  # type: ignore[attr-defined]
        self.fields["role"].initial = roles[-1].value if roles else None
        self.fields["stores"].queryset = stores  # type: ignore[attr-defined]

    def asked_role(self) -> Role:
        """The role that was chosen."""
        return Role(self.cleaned_data["role"])

    def expires_at(self, now: datetime) -> datetime | None:
        """When it ends; None: never."""
        days = self.cleaned_data["expires_in"]
        return now + timedelta(days=int(days)) if days else None


class PasswordForm(forms.Form):
    """A first password, typed twice."""

    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "new-password"}),
        strip=False,
    )
    again = forms.CharField(
        label="Password, once more",
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "new-password"}),
        strip=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_again(self) -> str:
        """The same twice."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError("The two passwords are not the same.")
        return again
