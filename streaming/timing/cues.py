"""Cue points: which unit of which segment a cue means, and the lengths that make words begin on their cues.

A line is cut into legs at its cues and at the joins of its segments. Every leg is a part of one segment; the
legs between two fixed moments share the time between them. An earlier cue goes before a later one, and the
end of the line before all. Nothing is spoken here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from oncue.model.api import Script
from oncue.streaming.engine.events import Cue
from oncue.streaming.engine.segmenter import Piece, weight
from oncue.streaming.timing.budget import NOTHING, Reach, share

TOLERANCE_S = 0.03
"""A word that begins so near its cue is on it."""


@dataclass(frozen=True, slots=True)
class Mooring:
    """A cue and the unit that is to begin then."""

    cue: Cue
    unit: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a line, and the cue that stands at its beginning, in samples of the line."""

    reach: Reach
    mooring: Mooring | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Miss:
    """A cue that cannot be met, and the sample at which its word will begin."""

    cue: Cue
    samples: int


@dataclass(frozen=True, slots=True)
class Allotment:
    """Samples of each leg, None where nothing is asked of it, and the cues that are missed."""

    lengths: tuple[int | None, ...]
    misses: tuple[Miss, ...]


def moorings(cues: Sequence[Cue], script: Script, char_start: int, after: int) -> tuple[Mooring, ...]:
    """The cues that mean a word of a segment: the one that holds the cue's character, or the next one.

    The segment's text begins at `char_start` of the line; the words before it end at `after`. Of several cues
    for one word the first counts.
    """
    found: dict[int, Mooring] = {}
    for cue in cues:
        word = next((n for n, word in enumerate(script.words) if char_start + word.char_end > cue.char), None)
        unit = next((index for index, unit in enumerate(script.units) if unit.word == word), None)
        if word is not None and unit is not None and cue.char >= after:
            found.setdefault(unit, Mooring(cue, unit))
    return tuple(found[unit] for unit in sorted(found))


def cut_at(cues: Sequence[Cue], found: Sequence[Piece]) -> list[Piece]:
    """Pieces of text cut once more where a cue's word begins, for a family that does not know where it is in a piece.

    A word is a run of letters and digits, or one Chinese character.
    """
    cut: list[Piece] = []
    for piece in found:
        rest = piece
        for cue in cues:
            at = _word_start(rest.text, cue.char - rest.char_start)
            if at > 0 and any(char.isalnum() for char in rest.text[:at]):
                cut.append(Piece(rest.char_start, rest.text[:at]))
                rest = Piece(rest.char_start + at, rest.text[at:])
        cut.append(rest)
    return cut


def _word_start(text: str, char: int) -> int:
    """Where the word that holds a character, or the one after it, begins; -1 if there is none in the text."""
    if char < 0:
        return -1
    at = next((index for index in range(char, len(text)) if text[index].isalnum()), -1)
    while at > 0 and _joined(text[at - 1]) and _joined(text[at]):
        at -= 1
    return at


def _joined(char: str) -> bool:
    """Whether a character is part of a word of several."""
    return char.isalnum() and weight(char) < 1


def allot(legs: Sequence[Leg], begin: int, end: int | None, tolerance: float) -> Allotment:
    """Lengths of all legs of a line from sample `begin` on, to sample `end` if it is given and within their reach."""
    groups = _groups(legs)
    totals = [sum((leg.reach for leg in group), NOTHING) for group in groups]
    lengths: list[int | None] = []
    misses: list[Miss] = []
    at = begin
    for index, group in enumerate(groups):
        head = groups[index + 1][0] if index + 1 < len(groups) else None
        asked = end if head is None else head.samples
        if asked is None:
            lengths += [None] * len(group)
            break
        nearest = asked if head is None else _nearest(asked, at, totals[index:], end)
        if head is not None and head.mooring is not None and abs(nearest - asked) > tolerance:
            misses.append(Miss(head.mooring.cue, nearest))
        lengths += share(nearest - at, [leg.reach for leg in group])
        at = nearest
    return Allotment(tuple(lengths), tuple(misses))


def _groups(legs: Sequence[Leg]) -> list[list[Leg]]:
    """Legs from one cue to the next; the first group may be empty."""
    groups: list[list[Leg]] = [[]]
    for leg in legs:
        if leg.mooring is not None:
            groups.append([])
        groups[-1].append(leg)
    return groups


def _nearest(asked: int, at: int, totals: Sequence[Reach], end: int | None) -> int:
    """The sample nearest to `asked` at which the first of some groups can end, so that the others can still be met."""
    low, high = at + totals[0].low, at + totals[0].high
    if end is not None:
        later = sum(totals[1:], NOTHING)
        low, high = max(low, end - later.high), min(high, end - later.low)
    nearest = min(max(asked, math.ceil(low)), math.floor(high))
    return max(nearest, at)


def told(misses: Sequence[Miss], sample_rate: int) -> str | None:
    """One sentence about the cues that are missed."""
    if not misses:
        return None
    first = misses[0]
    more = f", and {len(misses) - 1} more cues are missed" if len(misses) > 1 else ""
    return (
        f"The word at character {first.cue.char} cannot begin at {first.cue.at_s:.2f} s without losing words; "
        f"it begins at {first.samples / sample_rate:.2f} s{more}."
    )
