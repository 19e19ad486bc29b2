"""What a file of this repository looks like."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import sources

LINES_AT_MOST = 350
FUNCTION_LINES_AT_MOST = 60
VAGUE = re.compile(r"(utils?|helpers?|managers?|process|data|common|misc|tools?)\.py")
# In pieces, so that this file does not mention them either.
ELSEWHERE = re.compile(
    "|".join(
        [
            r"/(work|root)/" + r"\w",
            "py" + r"pi\.org",
            "python" + r"hosted\.",
            "registry" + r"\.npm",
            "npmjs" + r"\.(org|com)",
            "chat" + "gpt",
            "anth" + "ropic",
            "clau" + "de",
            "open" + "ai",
            "copi" + "lot",
        ]
    ),
    re.IGNORECASE,
)
MARKS_OF_UNFINISHED_WORK = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + r"XX)\b")
BINARY = {".png", ".ico", ".gz", ".woff2"}


def texts() -> list[tuple[str, str]]:
    kept = [path for path in sources.files() if path.suffix not in BINARY]
    return [(sources.name(path), path.read_text(encoding="utf-8")) for path in kept]


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]


def test_no_module_is_too_long() -> None:
    long = {
        sources.name(path): count
        for path in sources.modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES_AT_MOST
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{sources.name(path)}:{name}": count
        for path in sources.modules()
        for name, count in functions(path)
        if count > FUNCTION_LINES_AT_MOST
    }
    assert long == {}


def test_modules_have_telling_names() -> None:
    assert [sources.name(path) for path in sources.modules() if VAGUE.fullmatch(path.name)] == []


def test_text_files_are_tidy() -> None:
    untidy = [
        name
        for name, text in texts()
        if text
        and (not text.endswith("\n") or text.endswith("\n\n") or re.search(r"[ \t]+$|\r", text, re.MULTILINE))
    ]
    assert untidy == []


@pytest.mark.parametrize("pattern", [ELSEWHERE, MARKS_OF_UNFINISHED_WORK], ids=["elsewhere", "unfinished"])
def test_nothing_unwanted_is_mentioned(pattern: re.Pattern[str]) -> None:
    found = [f"{name}: {match.group()}" for name, text in texts() if (match := pattern.search(text))]
    assert found == []


def test_errors_are_not_swallowed() -> None:
    """An except that takes everything, or that only passes without a word why."""
    broad = re.compile(r"except( Exception| BaseException)?:\s*\n\s+(pass|\.\.\.|continue)\s*$", re.MULTILINE)
    found = [
        sources.name(path) for path in sources.modules() if broad.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
