"""The forms of importing chosen orders. Each carries a token, so that a double click starts one import."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from backoffice.pages.frame.form_tokens import new_token
from integration.orders.bulk import batches

NAMED_LINES = 5


class NumbersForm(forms.Form):
    """Order numbers, pasted from wherever they stand."""

    token = forms.CharField(max_length=batches.LONGEST_TOKEN, widget=forms.HiddenInput)
    numbers = forms.CharField(
        label="Amazon order numbers",
        max_length=100_000,
        help_text=f"Up to {batches.NUMBERS_AT_MOST:,}, e.g. 111-1234567-1234567, one a line or in any "
        "other way.",
        widget=forms.Textarea({"class": "form-control", "rows": 6, "spellcheck": "false"}),
    )

    def clean_numbers(self) -> tuple[str, ...]:
        """The numbers; a word that is none is named with its line."""
        read = batches.read_numbers(self.cleaned_data["numbers"])
        if read.wrong:
            named = "; ".join(f"line {line}: {word}" for line, word in read.wrong[:NAMED_LINES])
            more = f"; and {len(read.wrong) - NAMED_LINES} more" if len(read.wrong) > NAMED_LINES else ""
            raise forms.ValidationError(
                f"An order number has 3, 7 and 7 digits. These are none: {named}{more}."
            )
        return read.found


class SinceForm(forms.Form):
    """All that came in since a day while import was off."""

    token = forms.CharField(max_length=batches.LONGEST_TOKEN, widget=forms.HiddenInput)
    since = forms.DateField(
        label="Received since (UTC)",
        widget=forms.DateInput({"class": "form-control", "type": "date"}),
    )

    def moment(self) -> datetime:
        """The beginning of the day."""
        day: date = self.cleaned_data["since"]
        return datetime.combine(day, time.min, tzinfo=UTC)


def fresh(form: type[forms.Form], **kwargs: Any) -> forms.Form:
    """A form nobody has filled in yet."""
    return form(**kwargs, initial={"token": new_token()})
