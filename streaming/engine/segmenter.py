"""Text to pieces that one prefill covers, cut where a speaker would breathe.

The cuts are made from left to right and depend on the characters alone, so text that arrives one
character at a time is cut, and sounds, as the whole text would. Nothing is normalised or pronounced
here, and every piece keeps its place in the source text.
"""

from __future__ import annotations

from dataclasses import dataclass

SENTENCE_ENDS = "。！？.!?；;…\n"
CLAUSE_ENDS = "，、,：:—"
MARKS = frozenset(SENTENCE_ENDS + CLAUSE_ENDS)
CLOSERS = "\"'”’」』）)】》]"
SPACES = " \t\u3000"

LATIN_WEIGHT = 0.375
"""A Chinese character counts 1, anything else this much: about as long to say."""
FIRST_SENTENCE = 2.0
FIRST_CLAUSE = 10.0
NEXT_SENTENCE = 10.0
NEXT_CLAUSE = 40.0
LONGEST = 80.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the source text and where it begins."""

    char_start: int
    text: str

    @property
    def char_end(self) -> int:
        """One past its last character."""
        return self.char_start + len(self.text)


def weight(char: str) -> float:
    """How long a character takes to say, in Chinese characters."""
    return 1.0 if "\u2e80" <= char <= "\uffef" else LATIN_WEIGHT


def pieces(text: str) -> list[Piece]:
    """A whole line cut into pieces, where it would be cut if it came a character at a time."""
    segmenter = Segmenter()
    return segmenter.push(text) + segmenter.flush()


class Segmenter:
    """Cuts text as it arrives. The pieces never overlap, come in order and only leave out what cannot be spoken."""

    def __init__(self) -> None:
        self._start = 0
        self._text = ""
        self._weight = 0.0
        self._emitted = 0

    @property
    def waiting_chars(self) -> int:
        """Characters taken in that no piece has yet."""
        return len(self._text)

    def push(self, delta: str) -> list[Piece]:
        """Take more text; the pieces that are now certain."""
        found: list[Piece] = []
        for char in delta:
            if self._ends_before(char):
                found.extend(self._cut(len(self._text)))
            self._text += char
            self._weight += weight(char)
            if self._weight > LONGEST:
                found.extend(self._cut(self._hard_end()))
        return found

    def flush(self) -> list[Piece]:
        """No more text: the rest, if anything in it can be spoken."""
        return self._cut(len(self._text))

    def _ends_before(self, char: str) -> bool:
        """Whether the text so far is a piece, now that the character after it is known."""
        spaced = self._text[-1:].isspace()
        if char.isspace() or char in MARKS or (char in CLOSERS and not spaced):
            return False
        mark = self._text.rstrip(SPACES + CLOSERS)[-1:]
        if mark not in MARKS or (mark.isascii() and mark != "\n" and not spaced and char.isascii()):
            return False  # an ASCII mark without a space after it is a decimal point, a time, an address
        sentence, clause = (NEXT_SENTENCE, NEXT_CLAUSE) if self._emitted else (FIRST_SENTENCE, FIRST_CLAUSE)
        return self._weight >= (sentence if mark in SENTENCE_ENDS else clause)

    def _hard_end(self) -> int:
        """Where to cut text without punctuation: after its last space, or here."""
        space = self._text.rstrip().rfind(" ")
        return space + 1 if space > len(self._text) // 2 else len(self._text)

    def _cut(self, end: int) -> list[Piece]:
        piece = Piece(self._start, self._text[:end])
        self._start += end
        self._text = self._text[end:]
        self._weight = sum(map(weight, self._text))
        if not _speakable(piece.text):
            return []
        self._emitted += 1
        return [piece]


def _speakable(text: str) -> bool:
    return any(char.isalnum() for char in text)
