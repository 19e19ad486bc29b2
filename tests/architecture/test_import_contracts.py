"""Each import contract of pyproject.toml breaks on all that it forbids, planted in a copy of our packages."""

import fnmatch
import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.architecture import sources

# As pyproject.toml has it.
Contract = dict[str, Any]
# Two modules by their full names: the first imports the second.
Import = tuple[str, str]

SETTINGS = "pyproject.toml"
LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def contracts() -> list[Contract]:
    settings = tomllib.loads((sources.ROOT / SETTINGS).read_text(encoding="utf-8"))
    found: list[Contract] = settings["tool"]["importlinter"]["contracts"]
    return found


def modules() -> list[str]:
    """Ours by their full names; a package has the name of its folder."""
    paths = [path.relative_to(sources.ROOT).with_suffix("") for path in sources.product_modules()]
    return sorted(".".join(path.parts).removesuffix(".__init__") for path in paths)


def against_layers(contract: Contract) -> Iterator[Import]:
    """Each floor imports the one above it; where bars keep neighbors apart, each imports the next one."""
    container = "".join(f"{name}." for name in contract.get("containers", []))
    floors = [[container + name for name in re.split(" [|:] ", floor)] for floor in contract["layers"]]
    yield from ((lower[0], upper[0]) for upper, lower in itertools.pairwise(floors))
    for floor, names in zip(contract["layers"], floors, strict=True):
        yield from itertools.pairwise(names) if "|" in floor else ()


def against_independence(contract: Contract) -> Iterator[Import]:
    """Each module imports the next one, but for those that all of them may import."""
    shared = [line.split(" -> ")[1] for line in contract.get("ignore_imports", [])]
    named = [name for pattern in contract["modules"] for name in fnmatch.filter(modules(), pattern)]
    yield from itertools.pairwise(name for name in named if name not in shared)


def against_forbidden(contract: Contract) -> Iterator[Import]:
    """Each source imports something forbidden, and everything forbidden is imported by a source."""
    importers, imported = contract["source_modules"], contract["forbidden_modules"]
    pairs = zip(itertools.cycle(importers), itertools.cycle(imported), strict=False)
    yield from itertools.islice(pairs, max(len(importers), len(imported)))


def against_protected(contract: Contract) -> Iterator[Import]:
    """All packages and rooms of integration import it, but for those that may or that hold one that may."""
    rooms = [name for name in modules() if name in sources.PACKAGES or name.count(".") == 1]
    for protected in contract["protected_modules"]:
        left_out = [f"{name}." for name in (protected, *contract["allowed_importers"])]
        for room in rooms:
            if not any(name.startswith(f"{room}.") or f"{room}.".startswith(name) for name in left_out):
                yield room, protected


AGAINST: dict[str, Callable[[Contract], Iterator[Import]]] = {
    "layers": against_layers,
    "independence": against_independence,
    "forbidden": against_forbidden,
    "protected": against_protected,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our packages and of the contracts."""
    copy = tmp_path_factory.mktemp("house")
    for path in sources.files():
        place = path.relative_to(sources.ROOT)
        if place.parts[0] == SETTINGS or (place.parts[0] in sources.PACKAGES and path.suffix == ".py"):
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / place)
    return copy


@contextmanager
def planted(house: Path, imports: Iterable[Import]) -> Iterator[None]:
    before: dict[Path, str] = {}
    try:
        for importer, imported in imports:
            path = house.joinpath(*importer.split("."))
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            text = path.read_text(encoding="utf-8")
            before.setdefault(path, text)
            path.write_text(f"{text}\nimport {imported}\n", encoding="utf-8")
        yield
    finally:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")


def lint(house: Path, *chosen: str) -> tuple[int, str]:
    """The exit code of the linter, and what it says, on one line."""
    options = [f"--contract={contract}" for contract in chosen]
    command = [sys.executable, "-c", LINTER, "--no-logo", *options]
    run = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=60)
    return run.returncode, " ".join((run.stdout + run.stderr).split())


def test_what_is_copied_keeps_every_contract(house: Path) -> None:
    code, said = lint(house)
    assert f"Contracts: {len(contracts())} kept, 0 broken." in said
    assert code == 0


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract["id"])
def test_a_contract_breaks_on_what_it_forbids(contract: Contract, house: Path) -> None:
    imports = list(AGAINST[contract["type"]](contract))
    with planted(house, imports):
        code, said = lint(house, contract["id"])
    assert f"{contract['name']} BROKEN" in said
    assert [pair for pair in imports if "{} -> {} (l.".format(*pair) not in said] == []
    assert code == 1


@pytest.mark.parametrize(
    "contract", [each for each in contracts() if each.get("exhaustive")], ids=lambda contract: contract["id"]
)
def test_a_room_without_a_floor_breaks_the_contract(contract: Contract, house: Path) -> None:
    room = house.joinpath(*contract["containers"][0].split(".")) / "newcomer"
    room.mkdir()
    (room / "__init__.py").touch()
    code, said = lint(house, contract["id"])
    shutil.rmtree(room)
    assert f"{contract['name']} BROKEN" in said
    assert f"{contract['containers'][0]}.newcomer" in said
    assert code == 1
