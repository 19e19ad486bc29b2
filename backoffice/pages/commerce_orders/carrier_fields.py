"""The carrier of a parcel as people type it: a field with suggestions, which works without JavaScript too."""

from typing import Any

from django import forms

from integration.outbox import carriers
from integration.outbox.carriers import OTHER, Carrier

SUGGESTIONS = "carriers"
TEXT = {"class": "form-control", "autocomplete": "off"}


def suggestions(country: str) -> list[Carrier]:
    """Every carrier of Amazon's, those of the country first: the options of one list on the page."""
    of_country = carriers.search("", country=country, at_most=100)
    known = set(of_country)
    return [*of_country, *(each for each in carriers.everybody() if each not in known)]


class CarrierField(forms.CharField):
    """A carrier by a word that people know it by, in the form's country."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Carrier",
            required=False,
            max_length=128,
            help_text="Type a few letters. One that is not on Amazon's list goes by its name.",
            widget=forms.TextInput({**TEXT, "list": SUGGESTIONS, "spellcheck": "false"}),
            **kwargs,
        )


def meant(word: str, *, name: str, country: str) -> Carrier | None:
    """The carrier of a word; `name` is that of one called "Other". Words are names before they are codes."""
    if word.strip().casefold() == OTHER.casefold():
        return carriers.find_carrier(code=OTHER, name=name, country=country)
    return carriers.find_carrier(code="", name=word, country=country)
