"""The long word lists: sorted lines in a file that is mapped into memory, so that nothing is read before it is looked up.

A list of a hundred thousand words as Python objects takes a tenth of a second and tens of megabytes in every process; here a
look-up is some halvings (about 10 µs) and processes share the pages. `oncue.model.training.data.lexicons` writes the files.
"""

from __future__ import annotations

import mmap
from functools import cache, lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "lexicons"


class Lexicon:
    """Values by key, as lines `key TAB value` in the order of their bytes."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def get(self, key: str) -> str | None:
        """The value of a key, or None."""
        wanted = _bytes(key + "\t")
        line = self._line(self._place(wanted))
        return line[len(wanted) :].decode("utf-8") if line.startswith(wanted) else None

    def beginning(self, prefix: str) -> dict[str, str]:
        """All keys that begin so, with their values."""
        assert prefix, "everything is too much"
        wanted, found = _bytes(prefix), dict[str, str]()
        place = self._place(wanted)
        while (line := self._line(place)).startswith(wanted):
            place += len(line) + 1
            key, value = line.decode("utf-8").split("\t")
            found[key] = value
        return found

    def _line(self, place: int) -> bytes:
        """The line that begins at a place; empty at the end of the file."""
        return self._lines[place : max(place, self._lines.find(b"\n", place))]

    def _place(self, wanted: bytes) -> int:
        """Where the first line begins that is not before the bytes wanted."""
        low, high = 0, len(self._lines)
        while low < high:
            before = self._lines.rfind(b"\n", low, (low + high) // 2)
            begin = low if before < 0 else before + 1
            line = self._line(begin)
            if line < wanted:
                low = begin + len(line) + 1
            else:
                high = begin
        return low


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@cache
def english() -> Lexicon:
    """CMUdict: a word in lower case, or with (2) and so on, to ARPAbet."""
    return Lexicon(_FOLDER / "english.txt")


@cache
def phrases() -> Lexicon:
    """Chinese words to numbered pinyin, syllables divided by spaces; an empty value where each character reads as it does alone."""
    return Lexicon(_FOLDER / "phrases.txt")


@lru_cache(maxsize=4096)
def phrases_from(char: str) -> dict[str, str]:
    """The Chinese words that begin with a character: whoever divides a line into words asks for many of them at once."""
    return phrases().beginning(char)


@cache
def characters() -> Lexicon:
    """Chinese characters to the numbered pinyin of the commonest reading."""
    return Lexicon(_FOLDER / "characters.txt")
