"""A user's own pronunciations: a file of words, each with pinyin or ARPAbet, laid over what the front-end would say.

One entry a line: the word, a tab, its pronunciation; lines that begin with # are remarks. A Chinese word has a
syllable with a tone for every character, an English one ARPAbet: `重庆<TAB>chong2 qing4`, `OnCue<TAB>AA1 N K Y UW2`.
What the text itself fixes goes first. The file may come from anyone: it is data with limits, never code.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from oncue.model.text.glyphs import Glyph, is_hanzi
from oncue.model.text.markup import STAND_IN, arpabet
from oncue.model.text.pinyin import split_pinyin
from oncue.model.text.traditional import simplify

MAX_BYTES = 1 << 20
MAX_ENTRIES = 20_000
MAX_WORD_CHARS = 32
_MAX_SAID_CHARS = 300

Phones = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """Chinese words with their syllables and English words, in lower case, with their phones. Immutable; equal only to itself."""

    mandarin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    english: Mapping[str, Phones] = field(default_factory=dict)
    _longest: int = field(init=False)
    """Characters of the longest Chinese word."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_longest", max(map(len, self.mandarin), default=0))

    def apply(self, glyphs: Sequence[Glyph]) -> tuple[Glyph, ...]:
        """The glyphs with the words found here pronounced, longest first; glyphs already pronounced stay as they are."""
        if not self.mandarin and not self.english:
            return tuple(glyphs)
        out: list[Glyph] = []
        at = 0
        simple = simplify("".join(glyph.char for glyph in glyphs))
        while at < len(glyphs):
            said = self._chinese_at(glyphs, simple, at) or self._english_at(glyphs, at)
            out.extend(said[0] if said else glyphs[at : at + 1])
            at += said[1] if said else 1
        return tuple(out)

    def _chinese_at(self, glyphs: Sequence[Glyph], simple: str, at: int) -> tuple[list[Glyph], int] | None:
        """A Chinese word that begins here, as it is written or, if that is none, by its simplified characters."""
        if not self.mandarin or not is_hanzi(glyphs[at].char):
            return None
        span = glyphs[at : at + self._longest]
        written = "".join(glyph.char for glyph in span)
        for size in range(len(span), 0, -1):
            syllables = self.mandarin.get(written[:size]) or self.mandarin.get(simple[at : at + size])
            if syllables is not None:
                said = [replace(glyph, pinyin=glyph.pinyin or own) for glyph, own in zip(span, syllables, strict=False)]
                return said, size
        return None

    def _english_at(self, glyphs: Sequence[Glyph], at: int) -> tuple[list[Glyph], int] | None:
        """A whole English word that begins here, as one glyph."""
        if not _in_word(glyphs[at]) or (at and _in_word(glyphs[at - 1])):
            return None
        end = at
        while end < len(glyphs) and _in_word(glyphs[end]):
            end += 1
        word = "".join(glyph.char for glyph in glyphs[at:end])
        phones = self.english.get(word.lower())
        if phones is None or end - at > MAX_WORD_CHARS:
            return None
        return [Glyph(STAND_IN, glyphs[at].start, glyphs[end - 1].end, said=phones)], end - at


def _in_word(glyph: Glyph) -> bool:
    return not glyph.said and glyph.char.isascii() and (glyph.char.isalnum() or glyph.char == "'")


EMPTY = Dictionary()


def load(path: Path | None) -> Dictionary:
    """The dictionary in a file, an empty one where none is named. Raises ValueError with a sentence that never quotes the file."""
    if path is None:
        return EMPTY
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"The dictionary cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise ValueError(f"The dictionary is larger than {MAX_BYTES} bytes.")
    try:
        return parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("The dictionary is not UTF-8 text.") from error


def parse(text: str) -> Dictionary:
    """The dictionary a text describes. Raises ValueError naming the line."""
    mandarin: dict[str, tuple[str, ...]] = {}
    english: dict[str, Phones] = {}
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.rstrip("\r")
        if not entry.strip() or entry.startswith("#"):
            continue
        if len(mandarin) + len(english) >= MAX_ENTRIES:
            raise ValueError(f"The dictionary has more than {MAX_ENTRIES} entries.")
        word, said = _columns(entry, number)
        if word in mandarin or word.lower() in english:
            raise ValueError(f"Line {number} of the dictionary has a word that stands there before.")
        if all(is_hanzi(char) for char in word):
            mandarin[word] = _syllables(word, said, number)
        else:
            english[word.lower()] = _phones(word, said, number)
    return Dictionary(mandarin, english)


def _columns(entry: str, number: int) -> tuple[str, str]:
    """Word and pronunciation of a line; a word is never long enough for its normal form to be costly."""
    columns = entry.split("\t")
    if len(columns) != 2:
        raise ValueError(f"Line {number} of the dictionary needs a word, one tab, and its pronunciation.")
    word, said = columns[0].strip(), columns[1].strip()
    if not 1 <= len(word) <= MAX_WORD_CHARS or not 1 <= len(said) <= _MAX_SAID_CHARS:
        raise ValueError(f"Line {number} of the dictionary has an empty or too long column.")
    if any(unicodedata.category(char)[0] == "C" for char in word + said):
        raise ValueError(f"Line {number} of the dictionary has a control or invisible character.")
    return unicodedata.normalize("NFKC", word).replace("’", "'"), said


def _syllables(word: str, said: str, number: int) -> tuple[str, ...]:
    syllables = split_pinyin(said)
    if syllables is None or len(syllables) != len(word):
        raise ValueError(f"Line {number} of the dictionary needs one pinyin syllable with a tone for each character.")
    return syllables


def _phones(word: str, said: str, number: int) -> Phones:
    if not all(char.isascii() and (char.isalnum() or char == "'") for char in word):
        raise ValueError(
            f"The word in line {number} of the dictionary must be all Chinese characters or all Latin letters."
        )
    phones = arpabet(said)
    if phones is None:
        raise ValueError(f"Line {number} of the dictionary is not ARPAbet; write phones like T AH0 M AA1 T OW2.")
    return phones
