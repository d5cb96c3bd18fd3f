"""Word marks as times of characters, laid so that every piece of sound that is sent is covered by its characters. Pure.

Our marks say where words begin and end; others want every character of the text, the signs and spaces between words
too. A word is shared out evenly over its characters; what stands between two words begins where the first ends. Sound is
given out only up to where a character begins, so that each piece has characters and the times of all pieces join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oncue.streaming.protocol.audio import BYTES_PER_SAMPLE
from oncue.streaming.protocol.messages import MarkItem
from oncue.streaming.protocol.wire import AudioFrame


@dataclass(frozen=True, slots=True)
class AlignedSound:
    """A piece of sound, and the characters that begin in it with their first samples, counted from the line's first."""

    pcm: bytes
    start: int
    characters: str
    starts: tuple[int, ...]

    @property
    def end(self) -> int:
        """One past its last sample."""
        return self.start + len(self.pcm) // BYTES_PER_SAMPLE

    @property
    def ends(self) -> tuple[int, ...]:
        """Where each character ends: where the next begins, the last one with the sound."""
        return (*self.starts[1:], self.end) if self.starts else ()


class CharacterAligner:
    """All sound comes out once and in order; the starts never fall, and the last character ends with the sound."""

    def __init__(self) -> None:
        self._text = ""
        self._complete = False
        self._starts: list[int] = []
        """Of the characters up to the end of the last word that is marked."""
        self._tail = 0
        """Where that word ends, and with it begins what follows."""
        self._given = 0
        self._held = bytearray()
        self._from = 0
        self._end = 0

    def add_text(self, text: str) -> None:
        """More of the line's text."""
        self._text += text

    def complete(self) -> None:
        """The text is whole."""
        self._complete = True

    def mark(self, marks: Iterable[MarkItem]) -> None:
        """Words that begin in the sound that comes next."""
        for word in marks:
            if word.kind == "word" and word.char_end > len(self._starts):
                self._place(word)

    def _place(self, word: MarkItem) -> None:
        for index in range(self._given, len(self._starts)):
            self._starts[index] = min(self._starts[index], word.start)
        gap = word.char_start - len(self._starts)
        if gap > 0:  # the first sign after a word sounds where the word ends, the others have no time of their own
            self._starts += [min(self._tail, word.start), *[word.start] * (gap - 1)]
        length, first = word.char_end - word.char_start, len(self._starts)
        span = max(0, word.end - word.start)
        self._starts += [
            word.start + span * (index - word.char_start) // length for index in range(first, word.char_end)
        ]
        self._tail = max(word.end, word.start)

    def push(self, frame: AudioFrame) -> Iterator[AlignedSound]:
        """A frame of the line, and what can be given out with it."""
        self._held += frame.pcm
        self._end = frame.end
        ready = self._ready()
        last = self._complete and not any(char.isalnum() for char in self._text[ready:])
        if ready > self._given and not last:
            yield self._give(ready)

    def finish(self) -> Iterator[AlignedSound]:
        """The line is over: the rest of the sound, with what is left of the text that was spoken."""
        spoken = len(self._text) if self._complete else self._ready()
        if self._held or self._given < spoken:
            yield self._give(spoken)

    def _ready(self) -> int:
        """One past the last character that begins in the sound there is."""
        known = len(self._starts)
        ready = self._given
        while ready < known and self._starts[ready] < self._end:
            ready += 1
        sign = ready == known > 0 and not self._text[known : known + 1].isalnum() and known < len(self._text)
        return ready + 1 if sign and self._tail < self._end else ready

    def _give(self, until: int) -> AlignedSound:
        if until > len(self._starts):
            rest = until - len(self._starts)
            self._starts += [min(self._tail, self._end), *[self._end] * (rest - 1)]
        starts, lowest = [], self._from
        for index in range(self._given, until):
            lowest = min(max(lowest, self._starts[index]), self._end)
            starts.append(lowest)
        given = AlignedSound(bytes(self._held), self._from, self._text[self._given : until], tuple(starts))
        self._held.clear()
        self._from, self._given = self._end, until
        return given


@dataclass(frozen=True, slots=True)
class Timed:
    """A word or phone with its samples."""

    text: str
    start: int
    end: int


class MarkTimer:
    """Marks one behind, so that each is told with its true end: where the next begins, if that is earlier."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._waiting: MarkItem | None = None

    def mark(self, marks: Iterable[MarkItem]) -> list[Timed]:
        """Marks of any kind, and those of ours that are certain now."""
        found = []
        for mark in marks:
            if mark.kind == self._kind:
                if self._waiting is not None:
                    found.append(_timed(self._waiting, mark.start))
                self._waiting = mark
        return found

    def finish(self, samples: int) -> list[Timed]:
        """The line ended after so many samples."""
        waiting, self._waiting = self._waiting, None
        return [] if waiting is None or waiting.start >= samples else [_timed(waiting, samples)]


def _timed(mark: MarkItem, latest: int) -> Timed:
    return Timed(mark.text, mark.start, max(mark.start, min(mark.end, latest)))
