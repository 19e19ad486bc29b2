"""The form that gives money back: units or amounts per line, what belongs to no line, what is restocked."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.forms.boundfield import BoundField

from commerce.models import Source
from commerce.refunds import amounts, line_amounts
from commerce.refunds.amounts import Charged
from commerce.refunds.line_amounts import ChargedLine
from commerce.refunds.parts import Parts
from commerce.refunds.refund import LineRefund, Refund, amount_of
from commerce.refusals import Refusal
from integration.outbox.refund import REASONS

_NUMBER = {"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}
_AMOUNT = {"class": "form-control", "inputmode": "decimal", "autocomplete": "off"}
_SELECT = {"class": "form-select"}
_OF_LINE = ("units", "price", "tax", "shipping", "restock")


class RefundForm(forms.Form):
    """What is given back of an order. An amount that is left empty goes with the units."""

    reason = forms.ChoiceField(
        label="Reason",
        choices=(("", "Choose a reason"), *REASONS.items()),
        widget=forms.Select(_SELECT),
    )
    source = forms.ChoiceField(label="Returned units go to", required=False, widget=forms.Select(_SELECT))
    is_full = forms.BooleanField(
        label="Give back everything that is left", required=False, widget=forms.CheckboxInput()
    )
    alone_shipping = forms.DecimalField(label="Shipping of the order", required=False, min_value=0)
    alone_other = forms.DecimalField(label="Other charges of the order", required=False, min_value=0)

    def __init__(
        self,
        *args: Any,
        charged: Charged,
        sources: Sequence[Source],
        shipped: Mapping[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "refund_%s"})
        self.charged = charged
        self.alone_left = amounts.left_of_order_alone(charged)
        chosen = self.fields["source"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(source.code, source.name) for source in sources]
        for name, left in (
            ("alone_shipping", self.alone_left.shipping),
            ("alone_other", self.alone_left.other),
        ):
            if left > 0:
                self._amount(name, left)
            else:
                del self.fields[name]
        self.lines = [line for line in charged.lines.values() if _is_left(line, charged.currency)]
        for line in self.lines:
            self._add(line, shipped.get(line.line_id, 0))

    def _add(self, line: ChargedLine, shipped: int) -> None:
        left = line_amounts.left_of_line(line, self.charged.currency)
        self.fields[_name(line, "units")] = _units(f"Units of {line.sku}", line.units_left)
        for part, amount in (("price", left.items), ("tax", left.tax), ("shipping", left.shipping)):
            if amount > 0:
                self.fields[_name(line, part)] = forms.DecimalField(
                    label=f"{part.capitalize()} of {line.sku}", required=False, min_value=0
                )
                self._amount(_name(line, part), amount)
        if shipped:
            self.fields[_name(line, "restock")] = _units(f"Back in stock of {line.sku}", shipped)

    def _amount(self, name: str, left: Decimal) -> None:
        digits = get_currency_precision(self.charged.currency)
        field = self.fields[name]
        field.widget = forms.NumberInput(
            {**_AMOUNT, "step": str(Decimal(1).scaleb(-digits)), "min": "0", "max": f"{left:.{digits}f}"}
        )
        field.widget.attrs["placeholder"] = f"{left:.{digits}f}"

    @property
    def rows(self) -> list[tuple[ChargedLine, Parts, dict[str, BoundField]]]:
        """Each line, what is left of it, and its fields by kind."""
        return [
            (
                line,
                line_amounts.left_of_line(line, self.charged.currency),
                {kind: self[_name(line, kind)] for kind in _OF_LINE if _name(line, kind) in self.fields},
            )
            for line in self.lines
        ]

    @property
    def head_fields(self) -> list[BoundField]:
        """What belongs to no line."""
        return [self[name] for name in ("alone_shipping", "alone_other") if name in self.fields]

    def refund(self, order_id: int) -> Refund:
        """What the form says; only once it is valid."""
        asked = self.cleaned_data
        is_full = bool(asked["is_full"])
        lines = [refunded for line in self.lines if (refunded := self._line(line, is_full)) is not None]
        alone = Parts(
            shipping=asked.get("alone_shipping") or Decimal(0), other=asked.get("alone_other") or Decimal(0)
        )
        return Refund(
            order_id=order_id,
            reason=asked["reason"],
            lines=lines,
            alone=Parts() if is_full else alone,
            is_full=is_full,
        )

    def _line(self, line: ChargedLine, is_full: bool) -> LineRefund | None:
        said = {kind: self.cleaned_data.get(_name(line, kind)) for kind in _OF_LINE}
        restock = int(said["restock"] or 0)
        if is_full:
            if not restock:
                return None
            return LineRefund(line_id=line.line_id, restock=restock, source_code=self.cleaned_data["source"])
        if not any(said.values()):
            return None
        return LineRefund(
            line_id=line.line_id,
            units=int(said["units"] or 0),
            parts=self._said(line, int(said["units"] or 0), said),
            restock=restock,
            source_code=self.cleaned_data["source"] if restock else "",
        )

    def _said(self, line: ChargedLine, units: int, said: Mapping[str, Any]) -> Parts | None:
        """The amounts that were said; None where the units alone say them."""
        if said["price"] is said["tax"] is said["shipping"] is None:
            return None
        return line_amounts.said_instead(
            line,
            units,
            self.charged.currency,
            items=said["price"],
            tax=said["tax"],
            shipping=said["shipping"],
        )

    def total(self, wanted: Refund) -> Decimal:
        """What this gives back in all."""
        return amount_of(wanted, self.charged)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Write each reason beside the line that it concerns."""
        known = {line.line_id: line for line in self.lines}
        for refusal in refusals:
            line = known.get(refusal.line_id or 0)
            kind = "restock" if refusal.code == "RESTOCK" else "units"
            name = _name(line, kind) if line else None
            self.add_error(name if name in self.fields else None, refusal.text)


def _is_left(line: ChargedLine, currency: str) -> bool:
    return line.units_left > 0 or line_amounts.left_of_line(line, currency) != Parts()


def _units(label: str, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=most, widget=forms.NumberInput(_NUMBER)
    )


def _name(line: ChargedLine, kind: str) -> str:
    return f"{kind}-{line.line_id}"
