"""The sound of the dub: original speech taken down inside its spans and nowhere else, new lines laid over it.

The law: outside the spans and the new lines every sample is the original's. Inside a span each part of the spectrum is brought
down to what is heard there around the span, so music and room go on and words do not. No file is read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from oncue.streaming.dubbing.fit import TimeMap

RAMP_S = 0.04
"""How long a span takes to be down, and up again."""
BEFORE_S, AFTER_S = 0.12, 0.18
"""Around what a detector calls speech: consonants begin before it is sure, and rooms ring."""
_BESIDE_S = 3.0
"""How far around a span the background is listened to."""
_WINDOW = 2048
_CEILING = 0.6
"""The quantile of the background's magnitudes that is let through of each part of the spectrum."""
_DOWN = 10 ** (-30 / 20)
"""Where there is nothing to hear the background in."""
_HEADROOM = 0.985

Pcm = NDArray[np.float32]
"""[samples, channels]"""


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """Original speech, in seconds."""

    start_s: float
    end_s: float


def taken_down(
    speech: Sequence[SpeechSpan], lines: Sequence[tuple[float, float]], duration_s: float
) -> tuple[SpeechSpan, ...]:
    """Which parts of the original are replaced: speech in whose time a line is said, with its edges.

    Speech that no line stands for stays. Of a long stretch of which lines cover less than half, only the part of the lines is
    taken.
    """
    found: list[SpeechSpan] = []
    for span in speech:
        parts = [(max(span.start_s, a - BEFORE_S), min(span.end_s, b + AFTER_S)) for a, b in lines]
        parts = [(a, b) for a, b in parts if b - a > 0.05]
        if sum(b - a for a, b in parts) >= 0.5 * (span.end_s - span.start_s):
            parts = [(span.start_s, span.end_s)]
        found += [SpeechSpan(max(0.0, a - BEFORE_S), min(duration_s, b + AFTER_S)) for a, b in parts]
    return merged(found)


def merged(spans: Sequence[SpeechSpan]) -> tuple[SpeechSpan, ...]:
    """Spans in order; those that meet, or nearly, are one."""
    made: list[SpeechSpan] = []
    for span in sorted(spans, key=lambda one: one.start_s):
        if made and span.start_s <= made[-1].end_s + 2 * RAMP_S:
            made[-1] = SpeechSpan(made[-1].start_s, max(made[-1].end_s, span.end_s))
        else:
            made.append(span)
    return tuple(made)


def share_down(spans: Sequence[SpeechSpan], count: int, rate: int) -> Pcm:
    """How much of each sample is replaced, 0 to 1, [samples]: exactly 0 outside the spans, raised cosines inside their ends."""
    share = np.zeros(count, np.float32)
    for span in spans:
        start, end = max(0, round(span.start_s * rate)), min(count, round(span.end_s * rate))
        if end <= start:
            continue
        ramp = min(round(RAMP_S * rate), (end - start) // 2)
        rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(ramp) + 0.5) / max(ramp, 1))).astype(np.float32)
        share[start:end] = 1
        if start > 0:
            share[start : start + ramp] = rise
        if end < count:
            share[end - ramp : end] = rise[::-1]
    return share


def background(pcm: Pcm, rate: int, spans: Sequence[SpeechSpan], stem: Pcm | None = None) -> Pcm:
    """The original without its speech: `stem` inside the spans where there is one, else what `suppressed` leaves."""
    share = share_down(spans, len(pcm), rate)
    out = pcm.copy()
    free = share == 0
    for span in spans:
        start, end = max(0, round(span.start_s * rate)), min(len(pcm), round(span.end_s * rate))
        weight = share[start:end, None]
        instead = stem[start:end] if stem is not None else suppressed(pcm, rate, start, end, free)
        out[start:end] = pcm[start:end] * (1 - weight) + instead * weight
    return out


def suppressed(pcm: Pcm, rate: int, start: int, end: int, free: NDArray[np.bool_]) -> Pcm:
    """The samples from `start` to `end` with each band no louder than it is in the free samples around, [samples, channels].

    Spectral subtraction by a ceiling: phases stay, and a band that speech does not fill is hardly touched.
    """
    hop = _WINDOW // 4
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    reach = round(_BESIDE_S * rate)
    low, high = max(0, start - reach), min(len(pcm), end + reach)
    padded = np.pad(pcm[max(0, start - _WINDOW) : min(len(pcm), end + _WINDOW)], ((0, 0), (0, 0)))
    offset = start - max(0, start - _WINDOW)
    made = np.zeros((end - start, pcm.shape[1]), np.float32)
    for channel in range(pcm.shape[1]):
        ceiling = _ceiling(pcm[low:high, channel], free[low:high], window, hop)
        row = np.pad(padded[:, channel], (_WINDOW, _WINDOW + -len(padded) % hop))
        spectra = np.fft.rfft(sliding_window_view(row, _WINDOW)[::hop] * window)
        size = np.abs(spectra)
        gains = np.full_like(size, _DOWN) if ceiling is None else np.minimum(1.0, ceiling / np.maximum(size, 1e-9))
        sound = _overlapped(np.fft.irfft(spectra * gains, _WINDOW), window, hop, len(row))
        made[:, channel] = sound[_WINDOW + offset : _WINDOW + offset + end - start]
    return made


def _ceiling(
    beside: NDArray[np.float32], free: NDArray[np.bool_], window: NDArray[np.float32], hop: int
) -> NDArray[np.float64] | None:
    """What each band reaches where nobody speaks, [bins]; None where that is nowhere."""
    if len(beside) < _WINDOW:
        return None
    whole = sliding_window_view(free, _WINDOW)[::hop].all(axis=1)
    if whole.sum() < 4:
        return None
    frames = sliding_window_view(beside, _WINDOW)[::hop][whole] * window
    found: NDArray[np.float64] = np.quantile(np.abs(np.fft.rfft(frames)), _CEILING, axis=0)
    return found


def _overlapped(frames: NDArray[np.float64], window: NDArray[np.float32], hop: int, length: int) -> NDArray[np.float64]:
    sound, weight = np.zeros(length), np.zeros(length)
    for index, frame in enumerate(frames):
        place = slice(index * hop, index * hop + len(window))
        sound[place] += frame * window
        weight[place] += window**2
    return sound / np.maximum(weight, 1e-3)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedLine:
    """A line's sound, whose first sample lies at `start` of the film, with its gain."""

    start: int
    pcm: NDArray[np.float32]
    """[samples], mono."""
    gain: float

    @property
    def end(self) -> int:
        """One past its last sample."""
        return self.start + len(self.pcm)


def voice_track(placed: Sequence[PlacedLine], count: int, rate: int) -> NDArray[np.float32]:
    """All lines on one mono track of the film's length; where one reaches into the next it is faded out before it."""
    track = np.zeros(count, np.float32)
    for line, after in zip(placed, [*placed[1:], None], strict=True):
        limit = min(count, count if after is None else max(line.start, after.start))
        begin = max(0, line.start)
        sound = line.pcm[begin - line.start : limit - line.start] * np.float32(line.gain)
        if len(sound) < len(line.pcm) - (begin - line.start):
            sound = _faded_out(sound, round(0.01 * rate))
        track[begin : begin + len(sound)] += sound
    return track


def laid_over(under: Pcm, voice: NDArray[np.float32], channels: Sequence[int]) -> Pcm:
    """The background with the voice in these channels. Where a sum would clip, the voice gives way for 50 ms around it."""
    out = under.copy()
    for channel in channels:
        out[:, channel] += voice
    over = np.abs(out[:, list(channels)]).max(axis=1) > _HEADROOM
    if over.any():
        ease = _yielding(under, voice, channels, over)
        for channel in channels:
            out[:, channel] = under[:, channel] + voice * ease
    return out


def _yielding(
    under: Pcm, voice: NDArray[np.float32], channels: Sequence[int], over: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """A gain for the voice that keeps every sum below full scale, [samples]: a minimum over 50 ms, then its mean over 50 ms,
    which is nowhere above what each sample needs.
    """
    half = 1200
    room = np.maximum(_HEADROOM - np.abs(under[:, list(channels)]).max(axis=1), 0.0)
    needed = np.ones(len(voice), np.float64)
    needed[over] = np.minimum(1.0, room[over] / np.maximum(np.abs(voice[over]), 1e-9))
    least = np.ones(len(voice) + 2 * half, np.float64)
    for run in np.split(np.nonzero(over)[0], np.nonzero(np.diff(np.nonzero(over)[0]) > 1)[0] + 1):
        place = slice(int(run[0]), int(run[-1]) + 2 * half + 1)  # shifted by `half`
        least[place] = np.minimum(least[place], needed[run].min())
    sums = np.cumsum(np.concatenate(([0.0], least)))
    made: NDArray[np.float32] = ((sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)).astype(np.float32)
    return made


def _faded_out(sound: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    count = min(count, len(sound))
    if not count:
        return sound
    made = sound.copy()
    made[len(made) - count :] *= (0.5 + 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)).astype(np.float32)
    return made


def stretched(pcm: Pcm, rate: int, clock: TimeMap) -> Pcm:
    """The background on the clock of a dub whose picture is slowed in places: overlap-add of 80 ms grains whose phases fit best.

    WSOLA (Verhelst & Roelands 1993). Outside the slowed spans samples are only moved.
    """
    pieces: list[Pcm] = []
    at = 0
    for span in clock.spans:
        start, end = round(span.start_s * rate), min(len(pcm), round(span.end_s * rate))
        target = round(clock(end / rate) * rate) - round(clock(start / rate) * rate)
        pieces += [pcm[at:start], _wsola(pcm, start, end, target, rate)]
        at = end
    pieces.append(pcm[at:])
    return np.concatenate(pieces).astype(np.float32)


def _wsola(pcm: Pcm, start: int, end: int, target: int, rate: int) -> Pcm:
    """[end - start] samples as `target`; both ends meet what lies beside them."""
    grain, hop, search = round(0.08 * rate), round(0.04 * rate), round(0.008 * rate)
    if end - start < 2 * grain:
        places = np.linspace(start, max(start, end - 1), target)
        return np.stack([np.interp(places, np.arange(len(pcm)), pcm[:, c]) for c in range(pcm.shape[1])], axis=1)
    window = np.hanning(grain + 1)[:-1][:, None]
    out, weight = np.zeros((target + grain, pcm.shape[1])), np.zeros((target + grain, 1))
    mono = pcm.mean(axis=1)
    following = start
    for place in range(0, target, hop):
        natural = start + round(place / target * (end - start))
        low, high = max(0, natural - search), min(len(pcm) - grain, natural + search)
        chosen = natural if place == 0 or high <= low else _likest(mono, following, low, high, grain)
        chosen = min(max(0, chosen), len(pcm) - grain)
        out[place : place + grain] += pcm[chosen : chosen + grain] * window
        weight[place : place + grain] += window
        following = chosen + hop
    made = (out / np.maximum(weight, 1e-3))[:target]
    edge = min(grain // 4, target // 4)
    ramp = ((np.arange(edge) + 0.5) / edge)[:, None]
    made[:edge] = pcm[start : start + edge] * (1 - ramp) + made[:edge] * ramp
    made[target - edge :] = made[target - edge :] * (1 - ramp) + pcm[end - edge : end] * ramp
    return made.astype(np.float32)


def _likest(mono: NDArray[np.float32], wanted: int, low: int, high: int, grain: int) -> int:
    """Where between `low` and `high` the sound is most like what would follow naturally."""
    natural = mono[wanted : wanted + grain]
    if len(natural) < grain:
        return low
    area = mono[low : high + grain]
    scores = np.correlate(area, natural, "valid")
    energy = np.sqrt(np.convolve(np.square(area), np.ones(grain), "valid")) + 1e-9
    return low + int(np.argmax(scores / energy))
