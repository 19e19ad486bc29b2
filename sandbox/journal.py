"""What a living shop went through, kept in a file, so that it can be closed and opened again.

Everything else follows from the seed and the moment of the first opening. Without it a sandbox that is
started again would serve the same orders at other times, none of them shipped. What the control surface
does is not kept. One JSON object a line: the opening, then arrivals and confirmations as they come.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.clock import iso, parse_iso
from sandbox.datasets import Json
from sandbox.world import Confirmation


class OtherShop(ValueError):
    pass


@dataclass(frozen=True)
class Arrival:
    at: datetime
    number: int


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path

    def opened_at(self, seed: int, orders: int, now: datetime) -> datetime:
        """When this shop was opened first: now, if the file is new; another shop's file is refused."""
        shop = {"seed": seed, "orders": orders}
        lines = self._lines()
        if not lines:
            self._write({"opened_at": iso(now), **shop})
            return now
        opening = lines[0]
        opened_at = parse_iso(opening.pop("opened_at"))
        # Another seed or number of orders is another shop: its past would not fit.
        if opening != shop:
            raise OtherShop(f"{self._path} keeps another shop: {opening}")
        return opened_at

    def past(self) -> list[Arrival | Confirmation]:
        return [_event(line) for line in self._lines()[1:]]

    def arrival(self, at: datetime, number: int) -> None:
        self._write({"at": iso(at), "number": number})

    def confirmation(self, one: Confirmation) -> None:
        at = one.received_at.isoformat()
        self._write({"at": at, "seller_id": one.seller_id, "order_id": one.order_id, "body": one.body})

    def _write(self, line: Json) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _lines(self) -> list[Json]:
        """A last line that a sudden end left unfinished never happened."""
        if not self._path.exists():
            return []
        text = self._path.read_text(encoding="utf-8")
        whole, _, rest = text.rpartition("\n")
        if rest:
            self._path.write_text(f"{whole}\n" if whole else "", encoding="utf-8")
        return [json.loads(line) for line in whole.splitlines()]


def _event(line: dict[str, Any]) -> Arrival | Confirmation:
    at = parse_iso(line["at"])
    if "number" in line:
        return Arrival(at, line["number"])
    return Confirmation(line["seller_id"], line["order_id"], at, line["body"])
