"""The forms of the catalog."""

from collections.abc import Sequence
from typing import Any, Self

from django import forms

from amazon_orders.models import Store
from backoffice.pages.frame import words
from commerce.models import Product
from integration.catalog import matches

_BOX = forms.CheckboxInput({"class": "form-check-input"})
_TEXT = {"class": "form-control", "autocomplete": "off"}


class ProductForm(forms.Form):
    """What a product is."""

    sku = forms.CharField(max_length=255, widget=forms.HiddenInput)
    name = forms.CharField(label="Name", max_length=500, widget=forms.TextInput(_TEXT))
    price = forms.DecimalField(
        label="Price",
        required=False,
        min_value=0,
        max_digits=20,
        decimal_places=4,
        widget=forms.NumberInput({"class": "form-control", "step": "any"}),
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$", label="Currency", required=False, widget=forms.TextInput({**_TEXT, "maxlength": 3})
    )
    is_enabled = forms.BooleanField(
        label="Enabled: it can be sold",
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    manage_stock = forms.BooleanField(
        label="Manage stock: orders reserve it",
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    out_of_stock_threshold = forms.IntegerField(
        label="Out-of-stock threshold",
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="Units, over all sources together.",
        widget=forms.NumberInput({"class": "form-control"}),
    )

    @classmethod
    def of(cls, product: Product) -> Self:
        """The form as the product is."""
        return cls(
            initial={
                "sku": product.sku,
                "name": product.name,
                "price": words.amount_in(product.price, product.currency),
                "currency": product.currency,
                "is_enabled": product.is_enabled,
                "manage_stock": product.manage_stock,
                "out_of_stock_threshold": product.out_of_stock_threshold,
            }
        )

    def clean_currency(self) -> str:
        """In capitals, as ISO writes it."""
        return str(self.cleaned_data["currency"]).upper()


class NewProductForm(forms.Form):
    """A product made out of what Amazon says of an order's line; its quantity may be told at once."""

    sku = forms.CharField(label="SKU", max_length=255, widget=forms.TextInput(_TEXT))
    name = forms.CharField(label="Name", max_length=500, widget=forms.TextInput(_TEXT))
    price = forms.DecimalField(
        label="Price", required=False, min_value=0, max_digits=20, decimal_places=4, widget=forms.HiddenInput
    )
    currency = forms.RegexField(r"^[A-Za-z]{3}$", label="Currency", required=False, widget=forms.HiddenInput)
    source = forms.CharField(label="Source", max_length=64, required=False, widget=forms.TextInput(_TEXT))
    on_hand = forms.IntegerField(
        label="Quantity",
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        widget=forms.NumberInput({"class": "form-control"}),
    )


class StockForm(forms.Form):
    """What was counted at one source."""

    sku = forms.CharField(max_length=255, widget=forms.HiddenInput)
    source = forms.CharField(label="Source", max_length=64, widget=forms.TextInput(_TEXT))
    on_hand = forms.IntegerField(
        label="On hand", min_value=0, max_value=2**31 - 1, widget=forms.NumberInput({"class": "form-control"})
    )
    accept_shortfall = forms.BooleanField(required=False)


class MatchForm(forms.Form):
    """Which product, and how many units of it, a seller SKU stands for."""

    store = forms.TypedChoiceField(label="Store", coerce=int, widget=forms.Select({"class": "form-select"}))
    seller_sku = forms.CharField(
        label="Seller SKU", max_length=matches.LONGEST_SKU, widget=forms.TextInput(_TEXT)
    )
    sku = forms.CharField(label="Product SKU", max_length=255, widget=forms.TextInput(_TEXT))
    units = forms.IntegerField(
        label="Units each",
        min_value=1,
        max_value=matches.MOST_UNITS,
        widget=forms.NumberInput({"class": "form-control"}),
    )

    def __init__(self, *args: Any, stores: Sequence[Store], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "match_%s"})
        chosen = self.fields["store"]
        assert isinstance(chosen, forms.TypedChoiceField)
        chosen.choices = [(store.pk, store.name) for store in stores]
