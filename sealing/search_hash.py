"""Keyed hashes of the words of a name: searchable without being readable.

A name is found by whatever people type for it, so a word has spellings: "Müller" is kept as muller and as
mueller, and who types any of the three finds it.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable

from sealing import keys

# 96 bits of the digest: no two words of a shop's buyers meet, and the index is less than half as large.
HASH_LENGTH = 24
# One row per word and order: a name of a thousand words must not make a thousand rows.
WORDS_AT_MOST = 12
# Letters that no decomposition of Unicode takes apart, as people type them who do not have them.
_PLAIN = str.maketrans(
    {
        **{"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k"},
        **{"æ": "ae", "œ": "oe", "þ": "th", "ə": "e", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y"},
        # Katakana and hiragana write the same sounds; which one a name comes in is chance.
        **{chr(sign): chr(sign - 0x60) for sign in range(0x30A1, 0x30F7)},
    }
)
# What Germans, Danes, Norwegians and Swedes write where the letter is not at hand.
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_APOSTROPHES = re.compile(r"(?<=\w)['’‘ʼʻ`´′＇](?=\w)")
_UNSPACED = re.compile(r"[\u3005\u3041-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]{3,8}")
_SURNAME = (2, 3)


def normalized_words(text: str) -> list[str]:
    """The words of a name, without case and accents: "José  Núñez" gives ["jose", "nunez"]."""
    return list(dict.fromkeys(_words(_plain(text))))[:WORDS_AT_MOST]


def spellings(word: str) -> list[str]:
    """A word of a name as it may be typed, the plain one first: "Müller" gives ["muller", "mueller"]."""
    # Composed first: what comes as u and a mark of its own is an ü, too.
    composed = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", word)).lower()
    told = (_plain(composed), _plain(composed.translate(_SPELLED_OUT)))
    return list(dict.fromkeys(each for spelled in told for each in _words(spelled)))


def hash_word(word: str) -> str:
    """The keyed hash of one normalized word, 24 hexadecimal digits."""
    # Keyed: names are few and guessable, so a plain hash would be undone by hashing a telephone book.
    return hmac.new(keys.search_key(), word.encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH]


def hash_words(text: str) -> list[str]:
    """The keyed hashes that a name is kept under: of every spelling of its words, and of their parts."""
    words = _typed(text)
    kept = [each for word in words for each in (*spellings(word), *normalized_words(word), *_parts(word))]
    return [hash_word(each) for each in dict.fromkeys(kept)]


def hash_asked(text: str) -> list[list[str]]:
    """The keyed hashes that a search looks up: per word those of its spellings, any of which will do."""
    asked = filter(None, map(spellings, _typed(text)))
    return [[hash_word(each) for each in alternatives] for alternatives in asked]


def _typed(text: str) -> list[str]:
    """The words as they stand, cut where a name is cut: at all but letters, digits, marks, apostrophes."""
    composed = unicodedata.normalize("NFKC", text)
    joined = _APOSTROPHES.sub("'", composed)
    found = re.findall(r"\w[\w']*", joined)
    by_plain = {_plain(word.replace("'", "")): word for word in reversed(found)}
    return list(reversed(by_plain.values()))[:WORDS_AT_MOST]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # Composed again, for Hangul is taken apart, too; the marks of other letters are gone.
    return unicodedata.normalize("NFKC", bare).casefold().translate(_PLAIN)


def _words(plain: str) -> Iterable[str]:
    return re.findall(r"\w+", plain)


def _parts(word: str) -> Iterable[str]:
    """Surname and given name, where Japanese and Chinese are written without a space."""
    plain = _plain(word)
    if not _UNSPACED.fullmatch(plain):
        return
    for length in _SURNAME:
        if len(plain) > length:
            yield from (plain[:length], plain[length:])
