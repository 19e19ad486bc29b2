"""Which installation this is: outside the database, the same after every redeploy."""

import re
from pathlib import Path

import pytest

from config import installation


def test_locally_it_is_made_once_and_kept_beside_the_database(tmp_path: Path) -> None:
    first = installation.read_or_make(tmp_path, ["localhost"], is_production=False)
    assert re.fullmatch(r"local-[0-9a-f]{24}", first)
    assert installation.read_or_make(tmp_path, ["other.example"], is_production=False) == first
    assert (tmp_path / "installation-id").stat().st_mode & 0o777 == 0o600
    assert installation.read_or_make(tmp_path / "copy", ["localhost"], is_production=False) != first


def test_in_production_it_is_the_address_however_it_is_listed_and_nothing_is_written(tmp_path: Path) -> None:
    here = installation.read_or_make(tmp_path, ["shop.example", "www.shop.example"], is_production=True)
    again = installation.read_or_make(tmp_path, ["WWW.shop.example", "shop.example"], is_production=True)
    assert here == again
    assert here != installation.read_or_make(tmp_path, ["staging.example"], is_production=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_production", [True, False])
def test_the_variable_goes_before(
    is_production: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTALLATION_ID", " shop-1 ")
    assert installation.read_or_make(tmp_path, ["a.example"], is_production=is_production) == "shop-1"


@pytest.mark.parametrize("value", ["two words", "-x", "x" * 65, "a/b"])
def test_a_bad_name_stops_the_start(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTALLATION_ID", value)
    with pytest.raises(SystemExit, match=r"^INSTALLATION_ID: must be up to 64 letters"):
        installation.read_or_make(tmp_path, [], is_production=False)
