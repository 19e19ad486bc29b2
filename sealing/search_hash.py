"""Keyed hashes of the words of a name: searchable without being readable."""

import hashlib
import hmac
import re
import unicodedata

from sealing import keys

HASH_LENGTH = 24
WORDS_AT_MOST = 12


def normalised_words(text: str) -> list[str]:
    """The words of a name, without case and accents: "José  Núñez" gives ["jose", "nunez"]."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return list(dict.fromkeys(re.findall(r"\w+", plain.casefold())))[:WORDS_AT_MOST]


def hash_word(word: str) -> str:
    """The keyed hash of one normalised word, 24 hexadecimal digits."""
    return hmac.new(keys.search_key(), word.encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH]


def hash_words(text: str) -> list[str]:
    """The keyed hashes of the words of a name."""
    return [hash_word(word) for word in normalised_words(text)]
