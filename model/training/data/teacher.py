"""What every teacher engine hands over: a line to say, who says it and how, and the aligned sound.

This file starts no engine and knows no files; it ends where a recording is trimmed, resampled and labelled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

SAMPLE_RATE = 24_000
LANGUAGES = ("zh", "en")
ENGINES = ("espeak", "flite")
EMOTIONS = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")

LEAD_S = 0.010
TAIL_RANGE_S = (0.120, 0.180)
LOUDNESS_DB = -24.0
_FADE_S = 0.005


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line: how it is spelled and its (symbol, tone or stress field) phones.

    In Mandarin a word is one syllable and `starts` marks the first syllable of a dictionary phrase.
    """

    spelling: str
    phones: tuple[tuple[str, int], ...]
    starts: bool = True


@dataclass(frozen=True, slots=True)
class Clause:
    """Words up to the pause mark that ends them."""

    words: tuple[Word, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """A text to say; the same language and seed always give the same line."""

    language: str
    seed: int
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One phone or pause as the decoder will see it."""

    symbol: str
    tone: int
    word_start: bool


@dataclass(frozen=True, slots=True)
class Speaker:
    """A teacher voice. `variant` names a voice of its engine, `definition` is one made up by us."""

    id: int
    engine: str
    variant: str
    sex: str
    pitch: int
    pitch_range: int
    held_out: bool
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is said: words a minute before the emotion, the emotion's index, and how much of it."""

    rate_wpm: float
    emotion: int = EMOTIONS.index("calm")
    intensity: float = 0.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an engine said, at its own rate: unit i ends at sample `ends[i]`; the last is the final pause."""

    samples: npt.NDArray[np.int16]
    sample_rate: int
    units: tuple[Unit, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished utterance at 24,000 Hz; `ends` increases strictly and ends at the last sample."""

    samples: npt.NDArray[np.int16]
    units: tuple[Unit, ...]
    ends: npt.NDArray[np.int32]


def finish(spoken: Spoken, gain_db: float, tail_s: float) -> Recording | None:
    """Trim, level and resample; None when there is no sound or a unit has no length left.

    The silence before the first sound is cut to 10 ms, the final pause made `tail_s` long.
    """
    rate = spoken.sample_rate
    sound = spoken.samples.astype(np.float32)
    pause_start = spoken.ends[-2]
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.max(np.abs(sound), initial=1.0))
    if loud.size == 0:
        return None
    cut = max(0, int(loud[0]) - round(LEAD_S * rate))
    sound = _tailed(sound[cut:], pause_start - cut, round(tail_s * rate), round(_FADE_S * rate))
    sound = _levelled(sound, pause_start - cut, gain_db)
    resampled = soxr.resample(sound, rate, SAMPLE_RATE, quality="HQ")
    ends = np.round((np.array([*spoken.ends[:-1], cut + len(sound)]) - cut) * (SAMPLE_RATE / rate)).astype(np.int32)
    ends[-1] = len(resampled)
    if np.any(np.diff(ends, prepend=0) <= 0):
        return None
    return Recording(_as_int16(resampled), spoken.units, ends)


def _tailed(sound: npt.NDArray[np.float32], pause_start: int, tail: int, fade: int) -> npt.NDArray[np.float32]:
    """Make the final pause exactly `tail` samples, faded so that a cut does not click."""
    total = pause_start + tail
    kept = sound[:total].copy()
    fade = min(fade, len(kept))
    kept[len(kept) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return np.pad(kept, (0, total - len(kept)))


def _levelled(sound: npt.NDArray[np.float32], speech: int, gain_db: float) -> npt.NDArray[np.float32]:
    """Scale so that the speech part has the common loudness plus `gain_db`, and never clips."""
    power = float(np.mean(np.square(sound[:speech]))) + 1e-9
    gain = 32_768.0 * 10.0 ** ((LOUDNESS_DB + gain_db) / 20.0) / power**0.5
    return sound * min(gain, 31_000.0 / (float(np.max(np.abs(sound))) + 1e-9))


def _as_int16(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    return np.clip(np.round(sound), -32_768, 32_767).astype(np.int16)
