"""Is the dub in time? Onsets measured in the file that was written, against the times that were asked, and against the picture's mouth.

What is new in the sound is what the file has more than the original without its speech, so it is measured where a listener hears
it and not where the mix says that it put it. Where a mouth is in the picture has to be told; no face is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from oncue.server.dubbing import media
from oncue.server.dubbing.dub import DubReport, LineReport
from oncue.server.dubbing.media import Film, MediaError
from oncue.streaming.dubbing.fit import TimeMap
from oncue.streaming.dubbing.mix import SpeechSpan, background, stretched
from oncue.streaming.protocol.audio import edges

_LOOK_BEFORE_S = 0.3
_OPEN = 0.3
"""Of the way from the most closed to the most open."""


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line as it is heard, and seen."""

    number: int
    onset_s: float | None
    """When its first sound is heard; None where nothing is."""
    off_ms: float | None
    """How much later than asked that is."""
    end_s: float | None
    mouth_ms: float | None = None
    """How much later the sound begins than the mouth opens; None where no mouth is told of or it does not open."""


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """Everything that was measured, and what a picture is drawn from."""

    lines: tuple[CheckedLine, ...]
    mouth_agrees: float | None
    """Of the time in which the mouth is open or a voice is heard, the share in which both are."""
    rate: int
    voice: NDArray[np.float32]
    """What is new in the sound, [samples]."""
    original: NDArray[np.float32]
    mouth_times_s: tuple[float, ...] = ()
    mouth_open: tuple[float, ...] = ()
    """0 to 1."""

    @property
    def worst_ms(self) -> float | None:
        """The largest distance of an onset from its time."""
        found = [abs(line.off_ms) for line in self.lines if line.off_ms is not None]
        return max(found) if found else None


def check(
    film: Film,
    out: Path,
    report: DubReport,
    folder: Path,
    *,
    mouth: tuple[float, float, float, float] | None = None,
) -> Check:
    """Measure a dubbed film against its report; `folder` is for samples. Raises MediaError."""
    heard = media.read_film(out, folder / "check.f32")
    rate, channels = film.info.rate, film.info.channels
    if heard.info.channels != channels:
        raise MediaError("The dubbed film has another number of channels than the original.")
    pcm = np.asarray(heard.pcm)
    if heard.info.rate != rate:
        pcm = soxr.resample(pcm, heard.info.rate, rate).astype(np.float32)
    original = np.asarray(film.pcm, np.float32)
    under = background(original, rate, [SpeechSpan(*span) for span in report.replaced_s])
    if not (clock := TimeMap(report.slowed)).is_identity:
        under = stretched(under, rate, clock)
    count = min(len(pcm), len(under))
    new = pcm[:count] - under[:count]
    loudest = int(np.argmax(np.square(new, dtype=np.float64).sum(axis=0)))
    voice = np.ascontiguousarray(new[:, loudest], np.float32)
    neighbours = zip(report.lines, [None, *report.lines[:-1]], [*report.lines[1:], None], strict=True)
    lines = [_heard(voice, rate, line, before, after) for line, before, after in neighbours]
    mono = np.asarray(original.mean(axis=1), np.float32)
    if mouth is None:
        return Check(tuple(lines), None, rate, voice, mono)
    seen = media.look(out, [mouth])
    opened = openness([row[0] for row in seen.brightness])
    lines = [_seen(line, seen.times_s, opened) for line in lines]
    return Check(tuple(lines), _agreement(voice, rate, seen.times_s, opened), rate, voice, mono, seen.times_s, opened)


def openness(brightness: Sequence[float]) -> tuple[float, ...]:
    """How open a mouth is, 0 to 1: an open one is dark. A picture that never changes has none."""
    values = np.asarray(brightness)
    if not len(values):
        return ()
    low, high = np.quantile(values, 0.02), np.quantile(values, 0.98)
    if high - low < 0.02:
        return (0.0,) * len(values)
    return tuple(float(value) for value in np.clip((high - values) / (high - low), 0, 1))


def _heard(
    voice: NDArray[np.float32], rate: int, line: LineReport, before: LineReport | None, after: LineReport | None
) -> CheckedLine:
    """Where in its part of the track a line is heard. The part begins behind the line before, and ends before the next."""
    start_s = max(0.0, line.asked_start_s - _LOOK_BEFORE_S, 0.0 if before is None else before.end_s + 0.01)
    end_s = len(voice) / rate if after is None else after.asked_start_s - 0.02
    start = round(start_s * rate)
    first, last = edges(voice[start : round(min(end_s, line.end_s + 0.5) * rate)], rate, below_db=30.0)
    if last == first:
        return CheckedLine(line.number, None, None, None)
    onset_s = (start + first) / rate
    return CheckedLine(line.number, onset_s, 1000 * (onset_s - line.asked_start_s), (start + last) / rate)


def _seen(line: CheckedLine, times_s: Sequence[float], opened: Sequence[float]) -> CheckedLine:
    if line.onset_s is None:
        return line
    near = [
        time_s
        for time_s, before, now in zip(times_s[1:], opened, opened[1:], strict=False)
        if before <= _OPEN < now and abs(time_s - line.onset_s) < 0.4
    ]
    if not near:
        return line
    mouth_s = min(near, key=lambda time_s: abs(time_s - (line.onset_s or 0.0)))
    return CheckedLine(line.number, line.onset_s, line.off_ms, line.end_s, 1000 * (line.onset_s - mouth_s))


def _agreement(
    voice: NDArray[np.float32], rate: int, times_s: Sequence[float], opened: Sequence[float]
) -> float | None:
    """A tenth of a second around a picture counts for it, so that closed lips inside a word do not."""
    if not times_s:
        return None
    power = np.square(voice, dtype=np.float64)
    summed = np.concatenate(([0.0], np.cumsum(power)))
    half = round(0.1 * rate)
    places = np.clip(np.round(np.asarray(times_s) * rate).astype(np.int64), 0, len(voice))
    low, high = np.clip(places - half, 0, len(voice)), np.clip(places + half, 0, len(voice))
    level = (summed[high] - summed[low]) / np.maximum(high - low, 1)
    sounding = level > np.quantile(level, 0.95) * 10 ** (-25 / 10)
    smooth = np.convolve(np.asarray(opened), np.ones(5) / 5, "same") > 0.5 * _OPEN
    either = sounding | smooth
    return float((sounding & smooth).sum() / either.sum()) if either.any() else None
