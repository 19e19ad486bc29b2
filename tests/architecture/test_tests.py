"""What a test of this repository looks like: it asserts something, and borrows nothing from another one."""

import ast
from collections.abc import Iterator

from tests.architecture import sources

# Calls that fail by themselves, beside helpers that say so in their names: `assert_stock_is_sound`.
FAILING = {"raises", "fail", "expect", "run_state_machine_as_test"}


def trees() -> list[tuple[str, ast.Module]]:
    """All modules under tests/ by name, parsed."""
    found = [path for path in sources.modules() if path.is_relative_to(sources.ROOT / "tests")]
    return [(sources.name(path), ast.parse(path.read_text(encoding="utf-8"))) for path in found]


def silent(tree: ast.Module) -> list[str]:
    """Test functions without an assert, and without a call that fails by itself."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [each.name for each in found if each.name.startswith("test_") and not any(assertions(each))]


def assertions(function: ast.FunctionDef) -> Iterator[ast.AST]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield node
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in FAILING or name.startswith("assert_"):
                yield node


def borrowed(tree: ast.Module) -> list[str]:
    """Test modules that are imported, or imported from."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if any(part.startswith("test_") for part in name.split(".")[1:])]


def test_every_test_asserts_something() -> None:
    assert {name: found for name, tree in trees() if (found := silent(tree))} == {}


def test_no_test_borrows_from_another_one() -> None:
    """What two of them need stands in tests/factories or in a module of the folder, `workshop` for one."""
    assert {name: found for name, tree in trees() if (found := borrowed(tree))} == {}


def test_what_is_silent_or_borrowed_is_noticed() -> None:
    tree = ast.parse(
        "from tests.sealing.test_seal import KEY\n"
        "from tests.sealing import test_seal, workshop\n"
        "import tests.sealing.test_seal\n"
        "def test_nothing(): seal.seal(b'')\n"
        "def test_refusal():\n    with pytest.raises(ValueError): seal.seal(b'')\n"
        "def test_helper(): assert_is_sealed(b'')\n"
        "def helper(): pass\n"
    )
    assert silent(tree) == ["test_nothing"]
    assert borrowed(tree) == [
        "tests.sealing.test_seal.KEY",
        "tests.sealing.test_seal",
        "tests.sealing.test_seal",
    ]
