"""The table: what was measured, its budget, whether it is met."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

MET, MISSED = "met", "MISSED"
FOLDER = Path(__file__).resolve().parents[2] / "var" / "bench"


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit of architecture.md section 9."""

    limit: float
    is_floor: bool = False

    def is_met(self, value: float) -> bool:
        """Whether the value keeps to it."""
        return value >= self.limit if self.is_floor else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.is_floor else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. `spread`: its lowest and highest repetition, where there were several."""

    name: str
    value: float
    unit: str
    budget: Budget | None = None
    spread: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        """Whether the budget is met; empty where there is none."""
        if self.budget is None:
            return ""
        return MET if self.budget.is_met(self.value) else MISSED


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together; `unprinted` ones are kept as JSON only."""

    title: str
    lines: Sequence[Line]
    unprinted: Sequence[Line] = ()


def at_most(limit: float) -> Budget:
    """A budget that must not be exceeded."""
    return Budget(limit)


def at_least(limit: float) -> Budget:
    """A budget that must be reached."""
    return Budget(limit, is_floor=True)


def median(name: str, values: Sequence[float], unit: str, budget: Budget | None = None) -> Line:
    """The line of several repetitions."""
    return Line(name, statistics.median(values), unit, budget, (min(values), max(values)))


def table(heading: str, sections: Iterable[Section]) -> str:
    """The report as text."""
    rows = [heading, ""]
    for section in sections:
        rows += [section.title, "-" * len(section.title)]
        rows += [_row(line) for line in section.lines]
        rows.append("")
    return "\n".join(rows)


def _row(line: Line) -> str:
    spread = "" if line.spread is None else f"{_number(line.spread[0])} .. {_number(line.spread[1])}"
    budget = "" if line.budget is None else f"{line.budget}"
    return (
        f"{line.name:<62} {_number(line.value):>10} {line.unit:<12} {spread:<20} {budget:<9} {line.verdict}"
    ).rstrip()


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def write(text: str, sections: Sequence[Section], *, facts: dict[str, Any], now: datetime) -> Path:
    """Keep the report as text and as JSON; gives the path of the text."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = f"{now:%Y-%m-%dT%H%M%S}"
    document = {
        "at": now.isoformat(),
        **facts,
        "sections": [
            {
                "title": section.title,
                "lines": [
                    {**asdict(line), "verdict": line.verdict} for line in (*section.lines, *section.unprinted)
                ],
            }
            for section in sections
        ],
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    path = FOLDER / f"{name}.txt"
    path.write_text(text + "\n")
    return path
