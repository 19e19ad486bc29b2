"""The forms of setting up a store."""

from datetime import UTC, datetime
from typing import Any

from django import forms

from amazon_orders.marketplaces import MARKETPLACES
from commerce.models import CommerceStore

# Never rendered back: a refused form must not carry the token through the page's source.
_TOKEN = forms.PasswordInput({"class": "form-control", "autocomplete": "off"}, render_value=False)


class ConnectForm(forms.Form):
    """What a store needs. The refresh token is never shown again."""

    name = forms.CharField(
        label="Store name", max_length=100, widget=forms.TextInput({"class": "form-control"})
    )
    marketplace = forms.ChoiceField(
        label="Marketplace",
        choices=[(place.code, f"{place.country} (amazon.{place.domain})") for place in MARKETPLACES],
        widget=forms.Select({"class": "form-select"}),
    )
    seller_id = forms.CharField(
        label="Seller id",
        max_length=64,
        help_text="Seller Central: Settings, Account Info, Merchant Token.",
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )
    refresh_token = forms.CharField(
        label="Refresh token",
        max_length=4000,
        help_text="Seller Central: Apps and Services, Develop Apps, Authorize. It is stored encrypted.",
        widget=_TOKEN,
    )
    commerce_store = forms.ModelChoiceField(
        label="Import Amazon Orders Into Commerce Store",
        queryset=CommerceStore.objects.all(),
        empty_label=None,
        widget=forms.Select({"class": "form-select"}),
    )
    connected_at = forms.DateTimeField(
        label="Take in orders purchased since (UTC)",
        required=False,
        help_text="Empty: from now on. Orders from before are left out for good.",
        widget=forms.DateTimeInput({"class": "form-control", "type": "datetime-local"}),
    )

    def clean_connected_at(self) -> datetime | None:
        """The moment with its zone; the field is in UTC."""
        said: datetime | None = self.cleaned_data["connected_at"]
        return said.replace(tzinfo=UTC) if said and said.tzinfo is None else said

    def request(self, now: datetime) -> dict[str, Any]:
        """What `stores.connect` is asked for."""
        asked = self.cleaned_data
        return {
            "name": asked["name"],
            "seller_id": asked["seller_id"],
            "marketplace_code": asked["marketplace"],
            "refresh_token": asked["refresh_token"],
            "connected_at": asked["connected_at"] or now,
            "commerce_store_name": asked["commerce_store"].name,
        }


class ReauthorizeForm(forms.Form):
    """A new refresh token."""

    refresh_token = forms.CharField(label="Refresh token", max_length=4000, widget=_TOKEN)


class DeleteForm(forms.Form):
    """The store's name, typed, so that nobody deletes the wrong one."""

    name = forms.CharField(
        label="Type the store's name to confirm",
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, store_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store_name = store_name

    def clean_name(self) -> str:
        """Exactly the name."""
        name: str = self.cleaned_data["name"]
        if name != self.store_name:
            raise forms.ValidationError(f"This is not the name of the store: {self.store_name}")
        return name
