"""What is sealed opens in its place, with its key, and nowhere else."""

import base64

import pytest
from pytest_django import Settings

from sealing import keys, seal, search_hash
from sealing.keys import BadKeys
from sealing.seal import DecryptionError

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()


def test_a_value_opens_as_it_was_and_is_not_readable() -> None:
    sealed = seal.seal_json({"name": "José Núñez", "gift": None}, associated_data="orders:1")
    assert seal.open_json(sealed, associated_data="orders:1") == {"name": "José Núñez", "gift": None}
    assert seal.open_json(memoryview(sealed), associated_data="orders:1")["gift"] is None
    assert b"Jos" not in sealed
    assert seal.seal(b"same", associated_data="p") != seal.seal(b"same", associated_data="p")


def test_it_opens_in_no_other_place_and_not_after_a_change() -> None:
    sealed = seal.seal(b"secret", associated_data="orders:1")
    with pytest.raises(DecryptionError):
        seal.open_sealed(sealed, associated_data="orders:2")
    for broken in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20]):
        with pytest.raises(DecryptionError):
            seal.open_sealed(broken, associated_data="orders:1")
    with pytest.raises(DecryptionError):
        seal.open_sealed(b"", associated_data="orders:1")


def test_the_first_key_seals_and_every_key_opens(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = OLD
    sealed = seal.seal(b"secret", associated_data="p")
    settings.FIELD_ENCRYPTION_KEYS = f"{NEW}, {OLD}"
    assert seal.open_sealed(sealed, associated_data="p") == b"secret"
    assert not seal.is_current(sealed)
    again = seal.seal(b"secret", associated_data="p")
    assert seal.is_current(again)
    assert again.startswith(b"new\x00")
    settings.FIELD_ENCRYPTION_KEYS = NEW
    with pytest.raises(DecryptionError, match="holds no key 'old'"):
        seal.open_sealed(sealed, associated_data="p")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one key"),
        ("justbase64", "id:base64"),
        ("bad id:AAAA", "id:base64"),
        ("k1:not base64!", "key k1 is not valid base64"),
        ("k1:AAAA", "key k1 must be 32 bytes"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_with_one_line(text: str, said: str) -> None:
    with pytest.raises(BadKeys, match=said) as refusal:
        keys.parse(text)
    assert str(refusal.value).startswith("FIELD_ENCRYPTION_KEYS: ")
    assert "\n" not in str(refusal.value)
    assert "not base64!" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("José  Núñez", ["jose", "nunez"]),
        ("STRASSE straße", ["strasse"]),
        ("O'Brien-Smith, Jr.", ["o", "brien", "smith", "jr"]),
        ("佐藤 太郎", ["佐藤", "太郎"]),
        ("", []),
        ("a " * 40, ["a"]),
    ],
)
def test_the_words_of_a_name(text: str, words: list[str]) -> None:
    assert search_hash.normalized_words(text) == words


def test_a_word_is_found_by_its_keyed_hash_alone(settings: Settings) -> None:
    (hashed,) = search_hash.hash_words("Núñez")
    assert hashed == search_hash.hash_word("nunez")
    assert len(hashed) == search_hash.HASH_LENGTH
    settings.SEARCH_HASH_KEY = "another key"
    assert search_hash.hash_word("nunez") != hashed
    assert len(search_hash.hash_words(" ".join(map(str, range(99))))) == search_hash.WORDS_AT_MOST
    assert len(search_hash.hash_asked(" ".join(map(str, range(99))))) == search_hash.WORDS_AT_MOST


def finds(typed: str, name: str) -> bool:
    kept, asked = set(search_hash.hash_words(name)), search_hash.hash_asked(typed)
    return bool(asked) and all(kept.intersection(spellings) for spellings in asked)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Yildiz", "Yıldız"),
        ("YILDIZ", "Yıldız"),
        ("Yıldız", "YILDIZ"),
        ("istanbul", "İSTANBUL"),
        ("lukasz", "Łukasz"),
        ("Łukasz", "LUKASZ"),
        ("strasse", "Straße"),
        ("straße", "STRASSE"),
        ("Mueller", "Müller"),
        ("muller", "MÜLLER"),
        ("Müller", "Mueller"),
        ("Müller", "Muller"),
        ("Müller", "Mu\u0308ller"),
        ("soerensen", "Sørensen"),
        ("sorensen", "SØRENSEN"),
        ("aarhus", "Århus"),
        ("Dvorak", "Dvořák"),
        ("nguyen", "Nguyễn"),
        ("dang", "Đặng"),
        ("obrien", "O’Brien"),
        ("O'Brien", "OBrien"),
        ("o brien", "O'Brien"),
        ("jones", "Smith-Jones"),
        ("佐藤", "佐藤太郎"),
        ("佐藤 太郎", "佐藤太郎"),
        ("やまだ", "ヤマダ"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("김철수", "김철수"),
        ("Ｔａｒｏ", "taro"),
        ("σοφος", "ΣΟΦΌΣ"),
        ("Алена", "Алёна"),
    ],
)
def test_a_name_is_found_as_people_type_it(typed: str, name: str) -> None:
    assert finds(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Yildi", "Yıldız"), ("Meller", "Müller"), ("", "Anna"), ("--", "Anna"), ("Anna B", "Anna")],
)
def test_a_name_is_not_found_by_another(typed: str, name: str) -> None:
    assert not finds(typed, name)
