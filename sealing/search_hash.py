"""Keyed hashes of the words of a name: searchable without being readable."""

import hashlib
import hmac
import re
import unicodedata

from sealing import keys

# 96 bits of the digest: no two words of a shop's buyers meet, and the index is less than half as large.
HASH_LENGTH = 24
# One row per word and order: a name of a thousand words must not make a thousand rows.
WORDS_AT_MOST = 12


def normalized_words(text: str) -> list[str]:
    """The words of a name, without case and accents: "José  Núñez" gives ["jose", "nunez"]."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return list(dict.fromkeys(re.findall(r"\w+", plain.casefold())))[:WORDS_AT_MOST]


def hash_word(word: str) -> str:
    """The keyed hash of one normalized word, 24 hexadecimal digits."""
    # Keyed: names are few and guessable, so a plain hash would be undone by hashing a telephone book.
    return hmac.new(keys.search_key(), word.encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH]


def hash_words(text: str) -> list[str]:
    """The keyed hashes of the words of a name."""
    return [hash_word(word) for word in normalized_words(text)]
