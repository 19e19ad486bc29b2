"""The small inputs beside the project, where they are: made after what people of this trade report."""

import json
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"


def case_bytes(name: str) -> bytes:
    """A case's file; skips the test where the folder is not here."""
    if not (CASES / name).exists():
        pytest.skip(f"the case {name} is not here: ../shared/cases is absent")
    return (CASES / name).read_bytes()


def case_text(name: str) -> str:
    return case_bytes(name).decode()


def case_order(name: str) -> dict[str, Any]:
    """An order as Amazon tells it."""
    order: dict[str, Any] = json.loads(case_text(name))
    return order
