"""The filter bars of Activity."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms

from backoffice.pages.frame.list_state import Chip, ListState
from integration.models import FailureKind, RunKind
from integration.operations.activity import ErrorFilter, RunFilter

_BOXES = forms.CheckboxSelectMultiple


class RecordFilterForm(forms.Form):
    """Every field is optional. Both dates are days of UTC, and included."""

    store = forms.CharField(label="Store", required=False, max_length=100)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="filter_%s")
        for field in self.fields.values():
            if not isinstance(field.widget, _BOXES | forms.CheckboxInput):
                field.widget.attrs["class"] = "form-control"
        self.is_valid()

    def chips(self, state: ListState) -> Iterator[Chip]:
        """One chip per value in force."""
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            for each in value if isinstance(value, list) else [value] if value else []:
                is_several = isinstance(value, list)
                url = state.without(name, str(each) if is_several else "")
                yield Chip(name=str(field.label), value=self.shown(name, each), url=url)

    def shown(self, name: str, value: Any) -> str:
        """A value in words."""
        if isinstance(value, date):
            return f"{value:%b %-d, %Y}"
        if value is True:
            return "yes"
        choices = getattr(self.fields[name], "choices", None)
        return str(dict(choices).get(value, value)) if choices else str(value)

    def _common(self) -> dict[str, Any]:
        return {"store": self.cleaned_data.get("store", "").replace("\x00", "")}

    def _from(self) -> datetime | None:
        day = self.cleaned_data.get("since")
        return _midnight(day) if day else None

    def _before(self) -> datetime | None:
        day = self.cleaned_data.get("until")
        return _midnight(day + timedelta(days=1)) if day and day < date.max else None


class RunFilterForm(RecordFilterForm):
    """What of the runs is asked for."""

    kind = forms.MultipleChoiceField(label="Kind", required=False, widget=_BOXES, choices=RunKind.choices)
    troubled = forms.BooleanField(label="Only what went wrong", required=False)

    def filters(self) -> RunFilter:
        """A field that makes no sense does not filter, and says so itself."""
        return RunFilter(
            **self._common(),
            kinds=tuple(self.cleaned_data.get("kind", ())),
            is_troubled=self.cleaned_data.get("troubled", False),
            started_from=self._from(),
            started_before=self._before(),
        )


class ErrorFilterForm(RecordFilterForm):
    """What of the failures is asked for. `run` comes by a link."""

    kind = forms.MultipleChoiceField(label="Kind", required=False, widget=_BOXES, choices=FailureKind.choices)
    operation = forms.CharField(label="Operation", required=False, max_length=64)
    run = forms.CharField(label="Run", required=False, max_length=16)

    def filters(self) -> ErrorFilter:
        """A field that makes no sense does not filter, and says so itself."""
        return ErrorFilter(
            **self._common(),
            kinds=tuple(self.cleaned_data.get("kind", ())),
            operation=self.cleaned_data.get("operation", "").replace("\x00", ""),
            run=self.cleaned_data.get("run", "").replace("\x00", ""),
            first_from=self._from(),
            first_before=self._before(),
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
