"""Bars for an SVG drawn by the server: no script, nothing shifts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in a drawing of `width` x `height`; `title` is shown on hover."""

    x: str
    y: str
    width: str
    height: str
    title: str


WIDTH = 300
LEAST = Decimal("1.5")


def bars(values: Sequence[Decimal | int], titles: Sequence[str], *, height: int) -> tuple[Bar, ...]:
    """A bar per value, from left to right, the highest as high as the drawing; a zero is a thin line."""
    if not values:
        return ()
    step = Decimal(WIDTH) / len(values)
    highest = max([*values, 1])
    return tuple(
        _bar(place, step, max(Decimal(value) / Decimal(highest) * height, LEAST), height, title)
        for place, (value, title) in enumerate(zip(values, titles, strict=True))
    )


def _bar(place: int, step: Decimal, tall: Decimal, height: int, title: str) -> Bar:
    gap = step / 4
    return Bar(
        x=f"{place * step + gap / 2:.2f}",
        y=f"{height - tall:.2f}",
        width=f"{step - gap:.2f}",
        height=f"{tall:.2f}",
        title=title,
    )
