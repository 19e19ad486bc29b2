"""The form that ships an order: one part per package, each with its units, carrier and tracking number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from backoffice.pages.commerce_orders.carrier_fields import TEXT, CarrierField, meant
from commerce.models import ShipmentLine
from commerce.refusals import Refusal
from commerce.shipping.ship import LineToShip, ParcelToShip
from integration.commerce_orders.details import LineDetails
from integration.outbox.carriers import Carrier
from integration.outbox.ship_days import ShipDays

# Each package is a form of a dozen fields: Django takes a thousand fields in a request.
PACKAGES_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Expected:
    """What is asked of a parcel. `is_told_by_us`: Amazon has to be told its carrier and its number."""

    country: str = ""
    is_amazons: bool = False
    is_told_by_us: bool = True


class CarrierForm(forms.Form):
    """With whom a parcel leaves, under which number, when."""

    carrier = CarrierField()
    # Not on the page: for programs that send a carrier called "Other" and its name beside it.
    carrier_name = forms.CharField(required=False, max_length=128, widget=forms.HiddenInput())
    tracking_number = forms.CharField(
        label="Tracking number", required=False, max_length=128, widget=forms.TextInput(TEXT)
    )
    is_untracked = forms.BooleanField(
        label="It is sent without a number",
        required=False,
        help_text="A letter: Amazon is told by the fulfillment feed, which takes some minutes.",
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    service = forms.CharField(
        label="Service",
        required=False,
        max_length=128,
        help_text="Amazon's shipping method. Letters in Germany, Spain and France need it.",
        widget=forms.TextInput({**TEXT, "placeholder": "Ground"}),
    )
    shipped_on = forms.DateField(
        label="Ship date",
        required=False,
        widget=forms.DateInput({"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, days: ShipDays, expected: Expected | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._days = days
        self.expected = expected or Expected()
        self.fields["shipped_on"].help_text = f"A day of the store's time zone, {days.zone}."

    def clean_shipped_on(self) -> date | None:
        """Not before the order was made, and not later than today."""
        day: date | None = self.cleaned_data["shipped_on"]
        if day is not None and not self._days.earliest <= day <= self._days.today:
            raise forms.ValidationError(f"A day from {self._days.earliest} to {self._days.today}, please.")
        return day

    def clean(self) -> dict[str, Any]:
        """What Amazon has to be told is there; a number is not forgotten, but said to be none."""
        asked = super().clean() or {}
        if not self._is_to_be_told(asked):
            return asked
        word = asked.get("carrier", "").strip()
        if not word and "carrier" not in self.errors:
            self.add_error("carrier", "This field is required.")
        elif self._meant(asked) is None and "carrier" not in self.errors:
            self.add_error("carrier", "Amazon wants the name of a carrier that is not on its list.")
        if not asked.get("tracking_number", "").strip() and not asked.get("is_untracked"):
            text = "Write the number, or tick that the package has none."
            self.add_error("tracking_number", text)
        return asked

    def _is_to_be_told(self, asked: Mapping[str, Any]) -> bool:
        return self.expected.is_told_by_us and not asked.get("has_channel_label")

    def _meant(self, asked: Mapping[str, Any]) -> Carrier | None:
        return meant(
            asked.get("carrier", ""), name=asked.get("carrier_name", ""), country=self.expected.country
        )

    @property
    def code_and_name(self) -> tuple[str, str]:
        """Amazon's code and the carrier's name."""
        found = self._meant(self.cleaned_data)
        return (found.code, found.name) if found else ("", "")

    def shipped_at(self) -> datetime | None:
        """A moment of the chosen day; today and nothing chosen are "now", which is None."""
        day = self.cleaned_data["shipped_on"]
        return None if day in (None, self._days.today) else self._days.moment(day)


class TrackingForm(CarrierForm):
    """What was said of a parcel that has left: corrected, with the codes of its units."""

    def __init__(self, *args: Any, contents: Sequence[ShipmentLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._contents = contents
        for each in contents:
            field = _codes_field(each.order_line.sku)
            field.initial = "\n".join(each.unit_codes)
            self.fields[_codes_name(each.order_line_id)] = field

    def clean(self) -> dict[str, Any]:
        """No more codes than units, and none twice."""
        asked = super().clean()
        for each in self._contents:
            codes = asked.get(_codes_name(each.order_line_id), "").split()
            if len(codes) > each.quantity or len(set(codes)) != len(codes):
                text = f"At most {each.quantity} codes, each of them once."
                self.add_error(_codes_name(each.order_line_id), text)
        return asked

    @property
    def unit_codes(self) -> dict[int, list[str]]:
        """The codes of each line."""
        return {
            each.order_line_id: self.cleaned_data[_codes_name(each.order_line_id)].split()
            for each in self._contents
        }


class PackageForm(CarrierForm):
    """One package: how many units of each line are in it."""

    has_channel_label = forms.BooleanField(
        label="The label was bought at Amazon (Buy Shipping)",
        required=False,
        help_text="Amazon knows of it: it is not told, only read back.",
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, lines: Sequence[LineDetails], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [each for each in lines if each.to_ship]
        for each in self.lines:
            self.fields[_name(each.line.pk)] = forms.IntegerField(
                label=f"Units of {each.line.sku}",
                required=False,
                min_value=0,
                max_value=each.to_ship,
                widget=forms.NumberInput({"class": "form-control", "inputmode": "numeric"}),
            )
            if each.wants_unit_codes:
                self.fields[_codes_name(each.line.pk)] = _codes_field(each.line.sku)

    @property
    def code_fields(self) -> list[BoundField]:
        """The fields for codes of single units, where some are asked for."""
        return [self[_codes_name(each.line.pk)] for each in self.lines if each.wants_unit_codes]

    def _codes(self, line_id: int) -> tuple[str, ...]:
        return tuple(self.cleaned_data.get(_codes_name(line_id), "").split())

    @property
    def quantities(self) -> list[tuple[LineDetails, BoundField]]:
        """Each line with its field."""
        return [(each, self[_name(each.line.pk)]) for each in self.lines]

    def clean(self) -> dict[str, Any]:
        """A package holds something."""
        asked = super().clean() or {}
        if not any(asked.get(_name(each.line.pk)) for each in self.lines) and not self._has_bad_units():
            raise forms.ValidationError("Put at least one unit into the package, or take the package away.")
        return asked

    def _has_bad_units(self) -> bool:
        return any(_name(each.line.pk) in self.errors for each in self.lines)

    def parcel(self) -> ParcelToShip:
        """What the form says; only once it is valid."""
        code, name = self.code_and_name
        units = [(each.line.pk, self.cleaned_data[_name(each.line.pk)]) for each in self.lines]
        return ParcelToShip(
            lines=[
                LineToShip(line_id=pk, quantity=quantity, unit_codes=self._codes(pk))
                for pk, quantity in units
                if quantity
            ],
            carrier_code=code,
            carrier=name,
            service=self.cleaned_data["service"].strip(),
            tracking_number=self.cleaned_data["tracking_number"].strip(),
            shipped_at=self.shipped_at(),
            has_channel_label=self.cleaned_data["has_channel_label"],
        )


class PackagesForm:
    """All packages of one shipping, as the browser sends them or as they are at first."""

    def __init__(
        self,
        lines: Sequence[LineDetails],
        *,
        days: ShipDays,
        asked: Mapping[str, Any] | None = None,
        count: int = 1,
        expected: Expected | None = None,
    ) -> None:
        self.packages = [
            PackageForm(
                asked,
                prefix=f"p{place}",
                lines=lines,
                days=days,
                expected=expected,
                initial=_initial(lines, days.today) if place == 0 else {"shipped_on": days.today},
            )
            for place in range(count)
        ]

    def is_valid(self) -> bool:
        """Whether every package makes sense."""
        # Each is asked, so that each says what is wrong with it.
        valid = [package.is_valid() for package in self.packages]
        return all(valid)

    def parcels(self) -> list[ParcelToShip]:
        """The packages; only once they are valid."""
        return [package.parcel() for package in self.packages]

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Write each reason beside the field that it concerns, in the first package that has one."""
        for refusal in refusals:
            named = [package for package in self.packages if _is_in(package, refusal.line_id)]
            package = named[0] if named else self.packages[0]
            package.add_error(_name(refusal.line_id) if named and refusal.line_id else None, refusal.text)

    @property
    def has_errors(self) -> bool:
        """Whether something was refused."""
        return any(package.is_bound and package.errors for package in self.packages)

    @property
    def summary(self) -> list[str]:
        """Every error, with the package and the field it belongs to."""
        is_one = len(self.packages) == 1
        return [
            f"{'' if is_one else f'Package {place}: '}{_label(package, name)}{error}"
            for place, package in enumerate(self.packages, 1)
            for name, errors in package.errors.items()
            for error in errors
        ]


def with_package_taken(asked: Mapping[str, Any], taken: int, count: int) -> dict[str, Any]:
    """What was sent, without one package; those behind it move up."""
    kept = [place for place in range(count) if place != taken]
    moved: dict[str, Any] = {}
    for new, old in enumerate(kept):
        for name, value in asked.items():
            if name.startswith(f"p{old}-"):
                moved[f"p{new}-{name.partition('-')[2]}"] = value
    return moved


def _initial(lines: Sequence[LineDetails], today: date) -> dict[str, Any]:
    """At first everything leaves in one package, today."""
    return {"shipped_on": today, **{_name(each.line.pk): each.to_ship for each in lines}}


def _is_in(package: PackageForm, line_id: int | None) -> bool:
    return line_id is not None and bool(package.cleaned_data.get(_name(line_id)))


def _label(package: PackageForm, name: str) -> str:
    return f"{package.fields[name].label}: " if name in package.fields else ""


def _name(line_id: int | None) -> str:
    return f"line-{line_id}"


def _codes_field(sku: str) -> forms.CharField:
    return forms.CharField(
        label=f"Transparency codes of {sku}",
        required=False,
        help_text="One a line, one for each unit in the package.",
        widget=forms.Textarea({"class": "form-control", "rows": 2, "spellcheck": "false"}),
    )


def _codes_name(line_id: int) -> str:
    return f"codes-{line_id}"
