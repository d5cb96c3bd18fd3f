"""From the samples of a recording to what a voice is made of: speech only, at a rate worth keeping, with its report.

The same samples always give the same clip, so its key says whether a voice of it was made before. Nothing is refused
here: who adds a voice demands a good report, and who only tries one out takes what there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import soxr

from oncue.model.api import Samples
from oncue.server.voices.denoise import denoised
from oncue.server.voices.quality import (
    MAX_SPEECH_S,
    MIN_SPEECH_S,
    QualityReport,
    as_recorded,
    frame_powers,
    judge,
    measure,
)
from oncue.server.voices.vad import Span, find_speech

MAX_RATE = 48_000
_BESIDE_S = 0.2
"""How much of the quiet around speech is kept: consonants begin before a detector is sure."""
_JOIN_S = 0.01
_ORDINARY_POWER = 10 ** (-20 / 10)
"""Of the loudest tenth of a recording whose speaker is near the microphone."""
_MOST_GAIN = 10 ** (40 / 20)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Mono samples to make a voice of, and what is known of the recording they come from."""

    pcm: Samples
    rate: int
    report: QualityReport

    @property
    def key(self) -> str:
        """The first 32 hex digits of SHA-256 over rate and samples."""
        return hashlib.sha256(f"{self.rate}|".encode() + self.pcm.tobytes()).hexdigest()[:32]


def prepare(pcm: Samples, rate: int, *, denoise: bool = False) -> Clip:
    """Mono samples in [-1, 1] to a clip. Too little speech to make a voice of leaves the recording whole."""
    duration_s, own_rate = len(pcm) / rate, rate
    if rate > MAX_RATE:
        pcm, rate = soxr.resample(pcm, rate, MAX_RATE).astype(np.float32), MAX_RATE
    speech = find_speech(as_loud_as_speech(pcm, rate), rate)
    figures = measure(pcm, rate, speech)
    if denoise and speech:
        pcm, before = denoised(pcm, rate, speech), figures
        after = measure(pcm, rate, speech)
        figures = replace(after, snr_before_db=before.snr_db, clipped_share=before.clipped_share)
    report = judge(as_recorded(figures, duration_s, own_rate))
    kept = trimmed(pcm, rate, speech) if figures.speech_s >= MIN_SPEECH_S else pcm
    return Clip(np.ascontiguousarray(kept, np.float32), rate, report)


def as_loud_as_speech(pcm: Samples, rate: int) -> Samples:
    """A quiet recording brought to an ordinary level, for the ears of the detector alone; a loud one as it is.

    The detector overlooks parts of quiet speech, which then count as noise and make a clean recording look noisy.
    """
    powers = np.sort(frame_powers(pcm, rate))
    loud = float(powers[-max(1, len(powers) // 10) :].mean()) if len(powers) else 0.0
    if loud <= 0.0 or loud >= _ORDINARY_POWER:
        return pcm
    return (pcm * min(float(np.sqrt(_ORDINARY_POWER / loud)), _MOST_GAIN)).astype(np.float32)


def trimmed(pcm: Samples, rate: int, speech: Sequence[Span]) -> Samples:
    """The first `MAX_SPEECH_S` of speech, each span with a little quiet around it; what lies between is left out."""
    pieces = [pcm[round(a * rate) : round(b * rate)] for a, b in _pieces(_beginning(speech), len(pcm) / rate)]
    join = round(_JOIN_S * rate)
    for index, piece in enumerate(pieces):
        pieces[index] = _faded(piece, join if index else 0, join if index + 1 < len(pieces) else 0)
    return np.concatenate(pieces) if pieces else pcm[:0]


def _beginning(speech: Sequence[Span]) -> list[Span]:
    """Spans that sum to at most `MAX_SPEECH_S`."""
    kept, left_s = [], MAX_SPEECH_S
    for span in speech:
        if left_s > 0:
            kept.append(Span(span.start_s, min(span.end_s, span.start_s + left_s)))
            left_s -= span.length_s
    return kept


def _pieces(speech: Sequence[Span], duration_s: float) -> list[tuple[float, float]]:
    """Spans made longer on both sides; those that meet become one."""
    pieces: list[tuple[float, float]] = []
    for span in speech:
        start_s, end_s = max(0.0, span.start_s - _BESIDE_S), min(duration_s, span.end_s + _BESIDE_S)
        if pieces and start_s <= pieces[-1][1]:
            start_s, _ = pieces.pop()
        pieces.append((start_s, end_s))
    return pieces


def _faded(piece: Samples, rising: int, falling: int) -> Samples:
    """Raised cosines at the ends that meet another piece, so that no join clicks."""
    made = piece.copy()
    rising, falling = min(rising, len(made)), min(falling, len(made))
    made[:rising] *= _rise(rising)
    made[len(made) - falling :] *= _rise(falling)[::-1]
    return made


def _rise(count: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1))).astype(np.float32)
