"""A local run ends with the make that started it, however that is told to stop."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("make") is None, reason="reads Linux's /proc, and starts make"
)
RECIPE = """run:
\t@exec {python} -c "import time; from config.parent import Parent; p = Parent(); print('up', flush=True); \
exec('while not p.has_stopped(): time.sleep(0.05)'); print('stopped', flush=True)"
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_notices_that_make_alone_was_told_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    assert_it_stops_with_make(tmp_path, number)


def test_it_notices_the_end_of_a_make_in_the_background(tmp_path: Path) -> None:
    assert_it_stops_with_make(tmp_path, signal.SIGKILL, "trap '' INT;")


def test_another_parent_is_not_watched() -> None:
    code = "from config.parent import Parent; print(Parent().has_stopped())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def assert_it_stops_with_make(folder: Path, number: signal.Signals, before: str = "") -> None:
    (folder / "Makefile").write_text(RECIPE.format(python=sys.executable))
    output = folder / "output.txt"
    command = f"{before} exec make -f {folder / 'Makefile'} run"
    with output.open("w") as file:
        make = subprocess.Popen(["sh", "-c", command], cwd=ROOT, stdout=file, stderr=file)
    wait_for("up", output)
    make.send_signal(number)
    wait_for("stopped", output)
    assert make.wait(10) != 0


def wait_for(word: str, output: Path) -> None:
    give_up = time.monotonic() + 15
    while word not in output.read_text():
        assert time.monotonic() < give_up, output.read_text()
        time.sleep(0.05)
