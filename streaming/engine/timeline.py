"""Words, phones and pauses on the line's own clock, from the text pointer and the spans of the codes.

A pointer that moves inside a code splits that code evenly. A mark is made with the window that has its code, and goes
out with the chunk in which its sound begins, so it is never later than its audio; its start is exact. Its end is
exact when the pointer has already passed it among the codes decoded ahead, and otherwise expected from the natural
lengths: the start of the next mark corrects it. A family without progress gets no marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oncue.model.api import Script
from oncue.streaming.engine.events import Mark, MarkKind


@dataclass(frozen=True, slots=True)
class Boundary:
    """A moment inside a code: `part` of the way from its start to its end."""

    code: int
    part: float


class SamplePositions:
    """Places in codes as samples that are heard, `head` earlier than they lie: exact where spans are planned, natural beyond."""

    def __init__(self, spans: Sequence[int], samples_per_code: float, head: int = 0) -> None:
        self._ends = [0]
        for span in spans:
            self._ends.append(self._ends[-1] + span)
        self._natural = samples_per_code
        self._head = head

    def at(self, code: float) -> float:
        """The sample at a fractional code index."""
        return max(0.0, self._place(code) - self._head)

    def _place(self, code: float) -> float:
        planned = len(self._ends) - 1
        if code >= planned:
            return self._ends[-1] + (code - planned) * self._natural
        whole = int(code)
        return self._ends[whole] + (code - whole) * (self._ends[whole + 1] - self._ends[whole])


class Timeline:
    """Where each unit of a script began. Fed with one pointer per code."""

    def __init__(self, script: Script, char_offset: int) -> None:
        self._script = script
        self._offset = char_offset
        self._starts: list[Boundary] = []
        self._pointers: list[int] = []
        self._first_units: dict[int, int] = {}
        self._last_units: dict[int, int] = {}
        for index, unit in enumerate(script.units):
            if unit.word is not None:
                self._first_units.setdefault(unit.word, index)
                self._last_units[unit.word] = index

    def push(self, unit: int | None) -> None:
        """The pointer at the end of the next code; nothing is known of a family without one."""
        if unit is None:
            return
        code = len(self._pointers)
        first = self._pointers[-1] if self._pointers else 0
        parts = max(1, unit - first + 1)
        if not self._pointers:
            self._starts.append(Boundary(0, 0.0))
        self._starts.extend(Boundary(code, step / parts) for step in range(1, parts))
        self._pointers.append(unit)

    def unit_at(self, code: int) -> int | None:
        """The unit being spoken when a code ends; None before the first and when it cannot be known."""
        return self._pointers[code] if 0 <= code < len(self._pointers) else None

    def word_at(self, code: int) -> int | None:
        """The word being spoken when a code ends; None in a pause or when it cannot be known."""
        unit = self.unit_at(code)
        return None if unit is None else self._script.units[unit].word

    def char_at(self, code: int) -> int:
        """One past the last character spoken by the end of a code, in the whole line."""
        unit = self.unit_at(code)
        return self._offset + (0 if unit is None else self._script.units[unit].char_end)

    def word_end(self, word: int) -> Boundary | None:
        """Where a word ended, None while it has not."""
        after = self._last_units[word] + 1
        return self._starts[after] if after < len(self._starts) else None

    def marks(self, first: int, end: int, positions: SamplePositions, total: int | None) -> tuple[Mark, ...]:
        """The marks whose sound begins in the codes [first, end); `total` is the segment's length once known."""
        found: list[Mark] = []
        for index, start in enumerate(self._starts):
            if not first <= start.code < end:
                continue
            unit = self._script.units[index]
            if unit.word is not None and self._first_units[unit.word] == index:
                word = self._script.words[unit.word]
                units = (index, self._last_units[unit.word])
                found.append(self._mark("word", word.text, (word.char_start, word.char_end), units, positions, total))
            kind: MarkKind = "pause" if unit.word is None else "phone"
            chars = (unit.char_start, unit.char_end)
            found.append(self._mark(kind, unit.symbol, chars, (index, index), positions, total))
        return tuple(found)

    def _mark(
        self,
        kind: MarkKind,
        text: str,
        chars: tuple[int, int],
        units: tuple[int, int],
        positions: SamplePositions,
        total: int | None,
    ) -> Mark:
        """A mark from the start of the first to the end of the last of its units."""
        begin = self._starts[units[0]]
        start = round(positions.at(begin.code + begin.part))
        end = round(self._end_of(units[1], positions, total))
        return Mark(kind, text, self._offset + chars[0], self._offset + chars[1], start, max(start, end))

    def _end_of(self, unit: int, positions: SamplePositions, total: int | None) -> float:
        if unit + 1 < len(self._starts):
            after = self._starts[unit + 1]
            return positions.at(after.code + after.part)
        if total is not None:
            return float(total)
        current = self._pointers[-1]
        spent = len(self._pointers) - self._starts[current].code - self._starts[current].part
        natural = sum(each.mean_codes for each in self._script.units[current : unit + 1])
        return positions.at(len(self._pointers) + max(0.0, natural - spent))


class PendingMarks:
    """A line's marks that have not been sent: each goes out with the chunk it begins in.

    A window may hold back the end of its sound, so what is said there begins in a chunk after it.
    """

    def __init__(self) -> None:
        self._later: list[Mark] = []

    def take_until(self, end: int, marks: Sequence[Mark], base: int) -> tuple[Mark, ...]:
        """Those that begin by sample `end` of the line, of a window whose segment began at `base` and of windows before."""
        found = [*self._later, *(replace(mark, start=mark.start + base, end=mark.end + base) for mark in marks)]
        self._later = [mark for mark in found if mark.start > end]
        return tuple(mark for mark in found if mark.start <= end)
