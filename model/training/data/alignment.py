"""A line in the espeak-ng teacher's own spelling, and where each of its units lies among the phoneme events.

The events never carry tone or our initials and finals, so they are matched against the label; a line that
does not match is refused. No library is called here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from oncue.model.text.phones import STRESS_BASE, kind_of
from oncue.model.training.data.teacher import Clause, Line, Unit

MNEMONICS = {
    "AA": "A:", "AE": "a", "AH": "V", "AO": "O:", "AW": "aU", "AY": "aI", "EH": "E", "ER": "3:", "EY": "eI",
    "IH": "I", "IY": "i:", "OW": "oU", "OY": "OI", "UH": "U", "UW": "u:", "B": "b", "CH": "tS", "D": "d",
    "DH": "D", "F": "f", "G": "g", "HH": "h", "JH": "dZ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "N",
    "P": "p", "R": "r", "S": "s", "SH": "S", "T": "t", "TH": "T", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "Z",
}  # fmt: skip
_REDUCED = {"AH": "@", "ER": "3", "IY": "i"}
_ASSIMILATED = {"N": "N", "AH": "3"}
"""What a phone may turn into before its neighbour: n before k, and a reduced vowel before r."""
_STRESS_MARKS = {STRESS_BASE: "", STRESS_BASE + 1: "'", STRESS_BASE + 2: ","}
_GLIDES = frozenset({";", "r", "r-", "j", "w", "?"})
"""Sounds the engine puts between vowels on its own; they belong to the phone before them."""

_FUSED_SHARE = 0.4
_CLOSURE_S, _CLOSURE_LEVEL = 0.08, 0.02


@dataclass(frozen=True, slots=True)
class Event:
    """A phoneme (its mnemonic) or a word start (an empty name) at a sample of the engine's output."""

    name: str
    sample: int


def units_of(line: Line) -> tuple[Unit, ...]:
    """The label of a line: its phones and, after each clause, its pause mark."""
    return tuple(unit for clause in line.clauses for unit in _clause_units(clause))


def _clause_units(clause: Clause) -> Iterator[Unit]:
    for word in clause.words:
        for index, (symbol, tone) in enumerate(word.phones):
            yield Unit(symbol, tone, word.starts and index == 0)
    yield Unit(clause.mark, 0, False)


def english_input(line: Line) -> str:
    """The line as phoneme mnemonics, one bracket a clause."""
    return " ".join(
        "[["
        + " ".join("|".join(_mnemonic(*phone) for phone in word.phones) for word in clause.words)
        + "]]"
        + clause.mark
        for clause in line.clauses
    )


def _mnemonic(symbol: str, field: int) -> str:
    reduced = field == STRESS_BASE and symbol in _REDUCED
    return _STRESS_MARKS.get(field, "") + (_REDUCED[symbol] if reduced else MNEMONICS[symbol])


def mandarin_input(line: Line) -> str:
    """The line as numbered pinyin.

    The teacher reports no pause at a sentence mark inside a Mandarin text, so a comma stands for those.
    """
    marks = [*("," for _ in line.clauses[1:]), line.clauses[-1].mark]
    clauses = zip(line.clauses, marks, strict=True)
    return " ".join(" ".join(word.spelling for word in clause.words) + mark for clause, mark in clauses)


def align_english(line: Line, events: list[Event]) -> list[int] | None:
    """Start sample of every unit, or None. A word's first phone begins at the word event."""
    starts: list[int] = []
    queue = iter(events)
    word_start: int | None = None
    for unit in units_of(line):
        for event in queue:
            if event.name == "":
                word_start = event.sample
            elif _says(unit, event.name):
                begins = event.sample if word_start is None or not unit.word_start else word_start
                starts.append(begins)
                word_start = None
                break
            elif not (event.name in _GLIDES or event.name == "_"):
                return None
        else:
            return None
    rest = [event for event in queue if event.name not in {"", "_", "_:", "_|"}]
    return starts if not rest else None


def _says(unit: Unit, name: str) -> bool:
    """Whether a phoneme event is the unit's; decorations mark allophones of the same phone."""
    if kind_of(unit.symbol) == "pause":
        return name == "_:"
    plain = name.rstrip("#:-/2")
    return plain in {
        _ASSIMILATED.get(unit.symbol),
        MNEMONICS[unit.symbol].rstrip(":"),
        _mnemonic(unit.symbol, unit.tone).strip("',:"),
    }


def align_mandarin(line: Line, events: list[Event]) -> list[int] | None:
    """Start sample of every unit, or None.

    The engine closes each syllable with a `_|` event; the first phoneme of a syllable that has an
    initial is that initial and the rest is the final (checked for every syllable and tone).
    """
    syllables, pauses = _syllable_groups(events)
    starts: list[int] = []
    at = 0
    for number, clause in enumerate(line.clauses):
        for word in clause.words:
            group = syllables[at] if at < len(syllables) else []
            if len(group) < len(word.phones):
                return None
            starts.extend(group[: len(word.phones)])
            at += 1
        if number >= len(pauses) or pauses[number][0] != at:
            return None
        starts.append(pauses[number][1])
    return starts if at == len(syllables) and len(pauses) == len(line.clauses) else None


def _syllable_groups(events: list[Event]) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Phoneme samples by syllable, and (syllables before it, sample) of each pause."""
    syllables: list[list[int]] = []
    pauses: list[tuple[int, int]] = []
    group: list[int] = []
    closed: int | None = None
    for event in events:
        if event.name == "_|":
            syllables.append(group)
            group, closed = [], event.sample
        elif event.name == "_:":
            pauses.append((len(syllables), event.sample))
            closed = None
        elif event.name not in {"", "_"}:
            group.append(event.sample if group or closed is None else closed)
    return syllables, pauses


def without_empty(starts: list[int]) -> list[int]:
    """Give a phone that the engine fused with the one before it the last part of their common span."""
    spread = list(starts)
    for index in range(1, len(spread) - 1):
        if starts[index] == starts[index + 1]:
            spread[index] = round(starts[index] - _FUSED_SHARE * (starts[index] - spread[index - 1]))
    return spread


def with_closures(
    samples: npt.NDArray[np.int16], sample_rate: int, units: tuple[Unit, ...], starts: list[int]
) -> list[int]:
    """Move each stop's start back over the silence before its burst: the closure belongs to the stop."""
    step = sample_rate // 1000
    frames = np.abs(samples[: len(samples) // step * step].astype(np.int32)).reshape(-1, step).max(axis=1)
    quiet = frames < _CLOSURE_LEVEL * max(1, int(frames.max(initial=1)))
    moved = list(starts)
    for index in range(1, len(units)):
        if kind_of(units[index].symbol) != "stop" or kind_of(units[index - 1].symbol) == "pause":
            continue
        earliest = max(starts[index] - round(_CLOSURE_S * sample_rate), (moved[index - 1] + starts[index]) // 2)
        frame = min(starts[index] // step, len(quiet))
        while frame > 0 and (frame - 1) * step >= earliest and quiet[frame - 1]:
            frame -= 1
        moved[index] = min(starts[index], max(frame * step, earliest))
    return moved
