"""Keys that are made locally: once, whole, and for their owner alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import secrets


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(lambda _: secrets.kept(path, secrets.make_secret_key), range(64)))
    assert len(seen) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_a_made_field_key_is_a_good_one() -> None:
    made = secrets.make_field_key()
    assert secrets.check_field_keys("FIELD_ENCRYPTION_KEYS", made) == made


def test_old_keys_may_stand_behind_the_new_one() -> None:
    keys = f"{secrets.make_field_key()}, old:{secrets.make_field_key().partition(':')[2]}"
    assert secrets.check_field_keys("FIELD_ENCRYPTION_KEYS", keys) == keys


def test_a_derived_key_depends_on_its_purpose() -> None:
    assert secrets.derive("key", purpose="a") != secrets.derive("key", purpose="b")


def test_a_key_of_the_wrong_length_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match=r"^FIELD_ENCRYPTION_KEYS: "):
        secrets.check_field_keys("FIELD_ENCRYPTION_KEYS", "k1:c2hvcnQ=")
