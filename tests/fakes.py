"""A speech model made of arithmetic: it reads by character, follows codes left as badly as told, and hums.

Every sample is a function of the seed, the code and its place, so a mix-up of slots, windows or positions
is heard as another number. It sounds like nothing; it only has to keep the laws of `model/api.py`, and to break
them when a test asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from oncue.model.api import (
    PLAIN,
    Code,
    EmotionConditioning,
    EmotionSource,
    Fault,
    ModelSpec,
    ReadingOptions,
    Samples,
    Script,
    Start,
    Step,
    Unit,
    Voice,
    Window,
    WindowSpec,
    Word,
)

PAUSE_CODES = {",": 4.0, "，": 4.0, "。": 6.0, ".": 6.0, "!": 6.0, "?": 6.0, "！": 6.0, "？": 6.0}


@dataclass(frozen=True, slots=True)
class Speaker:
    """How the scripted speaker misbehaves."""

    bias: float = 1.0
    """Codes it spends for each code it was asked for."""
    jitter: float = 0.0
    """Standard deviation of the log length of a unit."""
    follows: bool = True
    """Whether it minds codes left at all."""
    fault_at: Mapping[int, int] = field(default_factory=dict)
    """Seed to the code at which the row fails."""
    nan_at: Mapping[int, int] = field(default_factory=dict)
    """Seed to the code in whose window a NaN appears."""


@dataclass(slots=True)
class _Row:
    start: Start
    unit: int = -1
    part: float = 0.0
    codes: list[int] = field(default_factory=list)
    vocoded: int = 0
    position: int = 0
    ready: Samples = field(default_factory=lambda: np.zeros(0, np.float32))


def pitches(pcm: Samples, rate: int) -> Samples:
    """How often each pitch from 70 to 350 Hz is heard, [12]: this model's idea of who speaks."""
    size, found = rate // 20, np.zeros(12, np.float32)
    lags = np.round(rate / np.geomspace(70, 350, 60)).astype(np.int64)
    for start in range(0, len(pcm) - 2 * size, size):
        frame = pcm[start : start + size]
        alike = [float(frame @ pcm[start + lag : start + lag + size]) for lag in lags]
        if max(alike) > 0.5 * float(frame @ frame) > 0:
            found[int(np.argmax(alike)) // 5] += 1
    return found


def _noise(*key: int) -> float:
    """A fixed number in [0, 1) for a key of integers."""
    value = 0x9E3779B97F4A7C15
    for part in key:
        value = ((value ^ (part & 0xFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) % (1 << 64)
        value ^= value >> 29
    return (value >> 11) / (1 << 53)


class ScriptedModel:
    """Keeps the five laws exactly. `calls` counts the model calls, `busy` the slots held."""

    def __init__(
        self,
        slots: int = 4,
        speaker: Speaker | None = None,
        lookahead: int = 1,
        sample_rate: int = 24000,
        codes_per_second: Fraction = Fraction(25),
        held_back: int = 0,
        head: int = 0,
    ) -> None:
        self.speaker = speaker or Speaker()
        self.spec = ModelSpec(
            family="scripted",
            revision="1",
            sample_rate=sample_rate,
            codes_per_second=codes_per_second,
            slots=slots,
            window=WindowSpec(context=0, lookahead=lookahead),
            tracks_progress=True,
            follows_codes_left=True,
            stretch=(0.72, 1.40),
            ratio=(0.6, 1.6),
            languages=("zh", "en"),
            held_back_samples=held_back,
            head_samples=head,
        )
        self.voices: dict[str, Voice] = {"hum": Voice("scripted", {"pitch": np.array([220.0])})}
        self.calls = {"prefill": 0, "decode": 0, "vocode": 0}
        self._rows: dict[int, _Row] = {}

    @property
    def busy(self) -> set[int]:
        """Slots that were filled and not released."""
        return set(self._rows)

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        """A phone per letter or character, a word between spaces or per Chinese character, a pause per mark."""
        if any(ord(char) < 32 and char != "\n" for char in text):
            raise ValueError("The text has a control character; remove it.")
        units: list[Unit] = []
        words: list[Word] = []
        for index, char in enumerate(text):
            if char.isalnum():
                self._add_phone(units, words, text, index)
            elif char in PAUSE_CODES and words:
                units.append(Unit(char, "pause", index, index + 1, None, PAUSE_CODES[char], 0.3, 1.78))
        if not words:
            raise ValueError("There is nothing in the text that can be spoken.")
        if units[-1].kind != "pause":
            units.append(Unit(".", "pause", len(text), len(text), None, PAUSE_CODES["."], 0.3, 1.78))
        return Script(text, "zh" if any(char > "\u2e80" for char in text) else "en", tuple(units), tuple(words), ())

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """Any recording of half a second."""
        if len(pcm) < sample_rate / 2:
            raise ValueError("The recording is too short; send at least half a second.")
        return Voice(
            "scripted", {"pitch": np.array([float(np.mean(np.abs(pcm)))]), "vector": pitches(pcm, sample_rate)}
        )

    def emotion(self, source: EmotionSource) -> EmotionConditioning:
        """The vector as it is."""
        if source.vector is not None and max(source.vector) > 2:
            raise ValueError("An emotion's numbers lie between 0 and 1.2.")
        return EmotionConditioning("scripted", {"vector": np.array(source.vector or (0.0,) * 8)})

    def prefill(self, starts: Sequence[Start]) -> None:
        """Fill slots."""
        self.calls["prefill"] += 1
        for start in starts:
            assert 0 <= start.slot < self.spec.slots, "no such slot"
            assert start.slot not in self._rows, "the slot is held"
            self._rows[start.slot] = _Row(start)

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        """The next code of each row."""
        self.calls["decode"] += 1
        assert len({step.slot for step in steps}) == len(steps)
        return [self._decode(self._rows[step.slot], step) for step in steps]

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """A hum whose pitch is the code and whose phase is the place."""
        self.calls["vocode"] += 1
        return [self._vocode(self._rows[window.slot], window) for window in windows]

    def release(self, slot: int) -> None:
        """Forget a slot."""
        self._rows.pop(slot, None)

    def _add_phone(self, units: list[Unit], words: list[Word], text: str, index: int) -> None:
        char = text[index]
        chinese = char > "\u2e80"
        if not chinese and words and words[-1].char_end == index and text[index - 1] < "\u2e80":
            words[-1] = Word(words[-1].text + char, words[-1].char_start, index + 1)
        else:
            words.append(Word(char, index, index + 1))
        vowel = chinese or char.lower() in "aeiou"
        mean = 4.5 if chinese else 2.2 if vowel else 1.4
        units.append(Unit(char, "phone", index, index + 1, len(words) - 1, mean, 0.3, 1.35 if vowel else 0.62))

    def _decode(self, row: _Row, step: Step) -> Code | Fault:
        seed, index = row.start.seed, len(row.codes)
        if self.speaker.fault_at.get(seed) == index:
            return Fault(step.slot, "asked to fail")
        before = max(row.unit, 0)
        self._advance(row, step)
        row.unit = min(max(row.unit, before + step.min_advance), len(row.start.script.units) - 1)
        value = int(_noise(seed, index, row.unit) * 1000)
        row.codes.append(value)
        ended = row.unit == len(row.start.script.units) - 1 and (row.part >= 1 or step.codes_left < 1.5)
        return Code(step.slot, value, row.unit, step.must_stop or (step.may_stop and ended))

    def _advance(self, row: _Row, step: Step) -> None:
        """Move through the units at the pace asked, as the speaker understands it."""
        units, room = row.start.script.units, 1.0
        row.unit = max(row.unit, 0)
        left = (1 - row.part) * units[row.unit].mean_codes + sum(unit.mean_codes for unit in units[row.unit + 1 :])
        pace = min(2.0, max(0.5, step.codes_left / max(left, 0.5))) if self.speaker.follows else 1.0
        for _ in range(3):
            unit = units[row.unit]
            drawn = math.sqrt(12) * (_noise(row.start.seed, row.unit, 77) - 0.5) * self.speaker.jitter
            length = max(0.4, unit.mean_codes * pace * self.speaker.bias * math.exp(drawn))
            take = min(room, (1 - row.part) * length)
            row.part, room = row.part + take / length, room - take
            if row.part < 1 - 1e-9 or row.unit == len(units) - 1:
                return
            row.unit, row.part = row.unit + 1, 0.0

    def _vocode(self, row: _Row, window: Window) -> Samples | Fault:
        end = window.first + len(window.spans)
        assert window.first == row.vocoded, "a window was left out or came twice"
        assert window.final or end + self.spec.window.lookahead <= len(row.codes), "not enough codes ahead"
        assert end <= len(row.codes)
        assert not window.final or end == len(row.codes)
        parts = []
        for index, span in zip(range(window.first, end), window.spans, strict=True):
            places = row.position + np.arange(span)
            pitch = 100 + row.codes[index] + row.start.seed % 97
            parts.append(0.5 * np.sin(2 * np.pi * pitch * places / self.spec.sample_rate))
            row.position += span
        row.vocoded = end
        assert window.owed == len(row.ready), "what was held back comes with the next window"
        sound, row.ready = np.split(np.concatenate([row.ready, *parts]).astype(np.float32), [window.samples])
        if window.first <= self.speaker.nan_at.get(row.start.seed, -1) < end:
            sound[0] = np.nan
        return sound
