"""Is a recording good enough to make a voice of? Figures, what is wrong by them, and the gate that refuses.

A finding is one sentence with the measured figure and what to do. What is hard cannot be helped by insisting; what is
soft can. Where speech is has been decided before, and nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.server.voices.vad import Span
from oncue.streaming.protocol.errors import BadReference

MIN_RATE = 16_000
MIN_SPEECH_S, MAX_SPEECH_S = 3.0, 15.0
MIN_SNR_DB = 20.0
LEAST_BEFORE_DENOISING_DB = 10.0
"""What a gate of noise between the words can be trusted to repair."""
MAX_CLIPPED = 0.001
_FRAME_S = 0.02
_MARGIN_S = 0.1
"""So near to speech a frame is neither speech nor noise: rooms ring and people breathe."""
_ENOUGH_NOISE_S = 0.2
_FLOOR = 1e-10
"""Power of the rounding noise of 16 bits; nothing is measured below."""
_PLATEAU = 0.998


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    code: str
    hard: bool
    message: str


@dataclass(frozen=True, slots=True)
class RecordingFigures:
    """What was measured. `snr_db` and `loudness_dbfs` are None where nobody speaks."""

    duration_s: float
    speech_s: float
    sample_rate: int
    """Of the recording as it came."""
    snr_db: float | None
    """Mean power of the speech without the noise, over that of the noise."""
    clipped_share: float
    """Of the samples of speech, those on a plateau at its peak."""
    loudness_dbfs: float | None
    """Mean power of the speech; a full-scale square wave is 0."""
    snr_before_db: float | None = None
    """Before noise was taken out; None where it was not."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Figures and findings, the gravest first."""

    figures: RecordingFigures
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Literal["good", "doubtful", "unusable"]:
        """`doubtful` where only insisting makes a voice, `unusable` where not even that."""
        if not self.findings:
            return "good"
        return "unusable" if any(finding.hard for finding in self.findings) else "doubtful"

    @property
    def as_json(self) -> dict[str, Any]:
        """As JSON has it."""
        of = self.figures
        return {
            "duration_s": round(of.duration_s, 3),
            "speech_s": round(of.speech_s, 3),
            "sample_rate": of.sample_rate,
            "snr_db": _rounded(of.snr_db),
            "snr_before_db": _rounded(of.snr_before_db),
            "clipped_share": round(of.clipped_share, 6),
            "loudness_dbfs": _rounded(of.loudness_dbfs),
            "verdict": self.verdict,
            "findings": [{"code": f.code, "hard": f.hard, "message": f.message} for f in self.findings],
        }


class UnfitRecording(BadReference):
    """A recording that the gate refuses; `report` says everything that was found."""

    def __init__(self, finding: Finding, report: QualityReport) -> None:
        super().__init__(finding.message, finding=finding.code)
        self.finding = finding
        self.report = report


def measure(pcm: Samples, rate: int, speech: Sequence[Span]) -> RecordingFigures:
    """The figures of mono samples in which somebody speaks in these spans."""
    power = frame_powers(pcm, rate)
    spoken, quiet = power[within(speech, len(power))], power[background(speech, power)]
    noise = _trimmed_mean(quiet)
    level = float(spoken.mean()) if len(spoken) else 0.0
    return RecordingFigures(
        duration_s=len(pcm) / rate,
        speech_s=sum(span.length_s for span in speech),
        sample_rate=rate,
        snr_db=_decibel((level - noise) / max(noise, _FLOOR)) if len(spoken) else None,
        clipped_share=clipped_share(_samples_of(pcm, rate, within(speech, len(power)))),
        loudness_dbfs=_decibel(level) if len(spoken) else None,
    )


def judge(figures: RecordingFigures) -> QualityReport:
    """What the figures mean."""
    return QualityReport(figures, tuple(_rate(figures) + _length(figures) + _noise(figures) + _clipping(figures)))


def as_recorded(figures: RecordingFigures, duration_s: float, rate: int) -> RecordingFigures:
    """The same figures, of a recording that was brought to another rate before they were taken."""
    return replace(figures, duration_s=duration_s, sample_rate=rate)


def demand(report: QualityReport, *, force: bool = False) -> None:
    """Raises Unfit for the gravest finding; with `force` only for one that is hard."""
    for finding in report.findings:
        if finding.hard or not force:
            raise UnfitRecording(finding, report)


def frame_powers(pcm: Samples, rate: int) -> NDArray[np.float64]:
    """Mean square of each 20 ms, the recording's own offset taken off."""
    size = max(1, round(_FRAME_S * rate))
    frames = pcm[: len(pcm) // size * size].reshape(-1, size).astype(np.float64)
    powers: NDArray[np.float64] = np.square(frames - (frames.mean() if frames.size else 0.0)).mean(axis=1)
    return powers


def within(speech: Sequence[Span], frames: int, margin_s: float = 0.0) -> NDArray[np.bool_]:
    """Which 20 ms frames have their middle in a span, or nearer to one than `margin_s`."""
    middle = (np.arange(frames) + 0.5) * _FRAME_S
    inside = np.zeros(frames, np.bool_)
    for span in speech:
        inside |= (middle >= span.start_s - margin_s) & (middle < span.end_s + margin_s)
    return inside


def background(speech: Sequence[Span], power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The frames that stand for the noise: those well away from speech, or where there are too few, the quietest tenth."""
    away = ~within(speech, len(power), _MARGIN_S)
    if away.sum() * _FRAME_S >= _ENOUGH_NOISE_S or not len(power):
        return away
    return power <= np.quantile(power, 0.1)


def clipped_share(pcm: Samples) -> float:
    """Samples in runs of three and more at the peak itself: a voice touches its peak, clipping stays there."""
    level = np.abs(pcm)
    if len(level) < 3 or not level.max():
        return 0.0
    high = level >= _PLATEAU * level.max()
    held = high[:-2] & high[1:-1] & high[2:]
    flat = np.zeros(len(level), np.bool_)
    for offset in range(3):
        flat[offset : len(level) - 2 + offset] |= held
    return float(flat.mean())


def _rate(of: RecordingFigures) -> list[Finding]:
    if of.sample_rate >= MIN_RATE:
        return []
    return [
        Finding(
            "low_rate",
            True,
            f"The recording has {of.sample_rate / 1000:g} kHz, and {MIN_RATE // 1000} kHz is the least: record at 24 kHz or "
            "more, or take the file that this one was made from.",
        )
    ]


def _length(of: RecordingFigures) -> list[Finding]:
    if not of.speech_s:
        return [
            Finding(
                "no_speech",
                True,
                f"Nobody is heard speaking in these {of.duration_s:.1f} s: record one person, close to the microphone and without music.",
            )
        ]
    if of.speech_s < MIN_SPEECH_S:
        return [
            Finding(
                "little_speech",
                True,
                f"There are {of.speech_s:.1f} s of speech in the recording, and {MIN_SPEECH_S:.0f} s are the least: "
                f"record {MIN_SPEECH_S:.0f} to {MAX_SPEECH_S:.0f} s of one person.",
            )
        ]
    if of.speech_s > MAX_SPEECH_S:
        return [
            Finding(
                "long_speech",
                False,
                f"There are {of.speech_s:.1f} s of speech in the recording, and {MAX_SPEECH_S:.0f} s are the most: "
                "cut it to the best part; forced, only the beginning is heard.",
            )
        ]
    return []


def _noise(of: RecordingFigures) -> list[Finding]:
    if of.snr_db is None:
        return []
    if of.snr_before_db is not None and of.snr_before_db < LEAST_BEFORE_DENOISING_DB:
        return [
            Finding(
                "noisy",
                False,
                f"The speech was {of.snr_before_db:.1f} dB above the noise, and below {LEAST_BEFORE_DENOISING_DB:.0f} dB "
                "denoising spoils the voice: record again in a quiet room, closer to the microphone.",
            )
        ]
    if of.snr_db > MIN_SNR_DB:
        return []
    help_it = "" if of.snr_before_db is not None else ", or have it denoised"
    return [
        Finding(
            "noisy",
            False,
            f"The speech is {of.snr_db:.1f} dB above the noise, and it must be more than {MIN_SNR_DB:.0f} dB: "
            f"record in a quiet room, closer to the microphone{help_it}.",
        )
    ]


def _clipping(of: RecordingFigures) -> list[Finding]:
    if of.clipped_share <= MAX_CLIPPED:
        return []
    return [
        Finding(
            "clipped",
            False,
            f"{of.clipped_share:.2%} of the speech is clipped, and {MAX_CLIPPED:.1%} is the most: "
            "turn the microphone's level down and record again.",
        )
    ]


def _samples_of(pcm: Samples, rate: int, frames: NDArray[np.bool_]) -> Samples:
    """The samples of the frames that are picked."""
    size = max(1, round(_FRAME_S * rate))
    return pcm[: len(frames) * size].reshape(-1, size)[frames].ravel()


def _trimmed_mean(power: NDArray[np.float64]) -> float:
    """Without the loudest tenth: one cough is not the noise."""
    return float(np.sort(power)[: max(1, len(power) * 9 // 10)].mean()) if len(power) else 0.0


def _decibel(ratio: float) -> float:
    return float(10 * np.log10(max(ratio, _FLOOR)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
