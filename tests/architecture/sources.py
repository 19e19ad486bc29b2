"""The files of the repository: what is committed or about to be."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("config", "backoffice", "integration", "amazon_orders", "commerce"),
    *("paging", "sandbox", "sealing", "sheets"),
)


def files() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def modules() -> list[Path]:
    """Our Python files; migrations are written by Django."""
    return [path for path in files() if path.suffix == ".py" and "migrations" not in path.parts]


def product_modules() -> list[Path]:
    return [path for path in modules() if path.relative_to(ROOT).parts[0] in PACKAGES]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
