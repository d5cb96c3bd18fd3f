"""Who speaks in a film and what they sound like: a vector and a feeling for each line, a reference and a voice for each speaker.

What is heard comes from the original speech at a line's time. Whether two vectors are one person is decided in
`streaming/dubbing/speakers.py`, and what is said in the new language plays no part here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from oncue.model.api import Samples, Voice
from oncue.server.dubbing.engine import DubEngine
from oncue.server.voices.clip import trimmed
from oncue.server.voices.consent import demanded
from oncue.server.voices.denoise import denoised
from oncue.server.voices.quality import MAX_SPEECH_S, MIN_SNR_DB, MIN_SPEECH_S, background, frame_powers, within
from oncue.server.voices.store import Consent
from oncue.server.voices.vad import Span
from oncue.streaming.dubbing.script import DubLine
from oncue.streaming.dubbing.speakers import assign
from oncue.streaming.protocol.errors import BadReference

_log = logging.getLogger(__name__)
_LEAST_S = 0.5
"""Less speech than that says nothing of its speaker."""
_WHOLE_S = 1.6
"""What is shorter is repeated up to it, for ears that listen for so long."""
_FLOOR = 1e-10
HOW = (
    "that whoever speaks in the film agreed is said with --consent, with the field `consent`, or with a standing statement in "
    "the configuration; or give every speaker a voice of yours"
)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What is heard of the original at a line's time."""

    spans: tuple[Span, ...]
    voice: Voice | None
    """Made of these spans alone; None where there is too little."""

    @property
    def speech_s(self) -> float:
        """How much speech."""
        return sum(span.length_s for span in self.spans)


@dataclass(frozen=True, slots=True)
class SpeakerReport:
    """Who was found, and how good the reference is."""

    name: str
    lines: tuple[int, ...]
    voice: str
    """A name of the store, or `reference` for a voice made of the film."""
    reference_s: float
    snr_db: float | None
    denoised: bool
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Casting:
    """A speaker for each line, and a voice for each speaker: None where the line's own voice, or the default, is spoken."""

    speakers: tuple[str, ...]
    voices: Mapping[str, Voice]
    feelings: tuple[Voice | None, ...]
    """For each line the voice whose feeling it is to have."""
    heard: tuple[Heard, ...]
    reports: tuple[SpeakerReport, ...]


async def cast(
    engine: DubEngine,
    mono: Samples,
    rate: int,
    speech: Sequence[Span],
    lines: Sequence[DubLine],
    *,
    given: Mapping[str, str],
    count: int | None = None,
    consent: Consent | None = None,
) -> Casting:
    """Listen to every line's original and make the voices. `given` are names of the store by speaker.

    Raises EngineLost, and ConsentMissing where a voice would be made of the film without a statement that its speakers agreed.
    """
    if not given:
        check_consent(lines, consent)
    heard = [await _listened(engine, mono, rate, spans) for spans in original_spans(lines, speech)]
    vectors = [None if one.voice is None else one.voice.speaker_vector for one in heard]
    weights = [min(one.speech_s, 4.0) for one in heard]
    speakers = assign([line.speaker for line in lines], vectors, weights, count=count)
    voices: dict[str, Voice] = {}
    reports = []
    for name in dict.fromkeys(speakers):
        mine = [index for index, speaker in enumerate(speakers) if speaker == name]
        numbers = tuple(lines[index].number for index in mine)
        chosen = given.get(name.casefold())
        if chosen is not None or all(lines[index].voice is not None for index in mine):
            reports.append(SpeakerReport(name, numbers, chosen or "as the script says", 0.0, None, denoised=False))
            continue
        agreed = demanded(consent, HOW)
        report, voice = await _reference(engine, mono, rate, speech, name, numbers, [heard[index] for index in mine])
        reports.append(report)
        if voice is not None:
            voices[name] = voice
            engine.pool.audit.voice_tried(agreed.stated_by, voice.key, agreed)
    feelings = tuple(one.voice or voices.get(name) for one, name in zip(heard, speakers, strict=True))
    return Casting(speakers, voices, feelings, tuple(heard), tuple(reports))


def check_consent(lines: Sequence[DubLine], consent: Consent | None) -> None:
    """Raise ConsentMissing where a line is to be spoken in a voice of the film's and nobody said that its speakers agreed."""
    if any(line.voice is None for line in lines):
        demanded(consent, HOW)


def original_spans(lines: Sequence[DubLine], speech: Sequence[Span]) -> list[tuple[Span, ...]]:
    """The original speech at each line's time: until its end, or the next line where it has none."""
    found = []
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        limit = line.end_s if line.end_s is not None else (after.start_s if after is not None else np.inf)
        limit = limit if after is None else min(limit, after.start_s)
        parts = [Span(max(span.start_s, line.start_s), min(span.end_s, float(limit))) for span in speech]
        found.append(tuple(part for part in parts if part.length_s > 0.1))
    return found


async def _listened(engine: DubEngine, mono: Samples, rate: int, spans: tuple[Span, ...]) -> Heard:
    if sum(span.length_s for span in spans) < _LEAST_S:
        return Heard(spans, None)
    pcm = np.concatenate([mono[round(span.start_s * rate) : round(span.end_s * rate)] for span in spans])
    pcm = np.tile(pcm, max(1, -(-round(_WHOLE_S * rate) // len(pcm))))
    try:
        return Heard(spans, await engine.pool.make_voice(np.ascontiguousarray(pcm, np.float32), rate))
    except BadReference:  # whispered, or silent to the ears of the family
        return Heard(spans, None)


async def _reference(
    engine: DubEngine,
    mono: Samples,
    rate: int,
    speech: Sequence[Span],
    name: str,
    numbers: tuple[int, ...],
    heard: Sequence[Heard],
) -> tuple[SpeakerReport, Voice | None]:
    """The best stretches of one speaker as a voice."""
    spans = await asyncio.to_thread(_cleanest, mono, rate, speech, [span for one in heard for span in one.spans])
    length_s = sum(span.length_s for span in spans)
    if length_s < _LEAST_S:
        note = (
            "Nobody is heard at the time of these lines: they are spoken by the default voice. Give one with --voice."
        )
        return SpeakerReport(name, numbers, "default", length_s, None, denoised=False, note=note), None
    pcm, snr_db, cleaned = await asyncio.to_thread(_clean, mono, rate, speech, spans)
    pcm = np.tile(pcm, max(1, -(-round(_WHOLE_S * rate) // len(pcm))))
    try:
        voice = await engine.pool.make_voice(np.ascontiguousarray(pcm, np.float32), rate)
    except BadReference as error:
        note = f"{error.message} They are spoken by the default voice."
        return SpeakerReport(name, numbers, "default", length_s, snr_db, cleaned, note), None
    note = ""
    if length_s < MIN_SPEECH_S:
        note = f"Only {length_s:.1f} s of this speaker are heard alone, and {MIN_SPEECH_S:.0f} s are the least for a good likeness."
    elif snr_db < MIN_SNR_DB and not cleaned:
        note = (
            f"The speech is {snr_db:.0f} dB above what is under it; the likeness is better above {MIN_SNR_DB:.0f} dB."
        )
    _log.info("a reference of %.1f s at %.1f dB", length_s, snr_db)
    return SpeakerReport(name, numbers, "reference", length_s, round(snr_db, 1), cleaned, note), voice


def _cleanest(mono: Samples, rate: int, speech: Sequence[Span], spans: Sequence[Span]) -> list[Span]:
    """Up to `MAX_SPEECH_S` of the spans that stand highest above what is under them, in the order of time."""
    ranked = sorted(spans, key=lambda span: _snr_db(mono, rate, speech, [span]), reverse=True)
    kept: list[Span] = []
    left_s = MAX_SPEECH_S
    for span in ranked:
        if left_s > 0.3:
            kept.append(Span(span.start_s, min(span.end_s, span.start_s + left_s)))
            left_s -= kept[-1].length_s
    return sorted(kept, key=lambda span: span.start_s)


def _clean(mono: Samples, rate: int, speech: Sequence[Span], spans: Sequence[Span]) -> tuple[Samples, float, bool]:
    """The spans as one clip, its level above the noise, and whether steady noise was taken out of it because it had to be."""
    snr_db = _snr_db(mono, rate, speech, spans)
    if snr_db >= MIN_SNR_DB:
        return trimmed(mono, rate, spans), snr_db, False
    low, high = max(0.0, spans[0].start_s - 5), min(len(mono) / rate, spans[-1].end_s + 5)
    part = np.asarray(mono[round(low * rate) : round(high * rate)], np.float32)
    moved = [
        Span(max(0.0, span.start_s - low), span.end_s - low)
        for span in speech
        if low < span.end_s and span.start_s < high
    ]
    mine = [Span(span.start_s - low, span.end_s - low) for span in spans]
    cleaned = denoised(part, rate, moved)
    after_db = _snr_db(cleaned, rate, moved, mine)
    if after_db < snr_db + 3:
        return trimmed(mono, rate, spans), snr_db, False
    return trimmed(cleaned, rate, mine), snr_db, True


def _snr_db(mono: Samples, rate: int, speech: Sequence[Span], spans: Sequence[Span]) -> float:
    """How far the speech of the spans stands above what is heard where nobody speaks, within 5 s."""
    low, high = min(span.start_s for span in spans) - 5, max(span.end_s for span in spans) + 5
    start = max(0, round(low * rate))
    power = frame_powers(np.asarray(mono[start : round(high * rate)], np.float32), rate)
    at_s = start / rate
    mine = [Span(span.start_s - at_s, span.end_s - at_s) for span in spans]
    others = [
        Span(span.start_s - at_s, span.end_s - at_s) for span in speech if span.end_s > at_s and span.start_s < high
    ]
    spoken, quiet = power[within(mine, len(power))], power[background(others, power)]
    level = float(spoken.mean()) if len(spoken) else 0.0
    noise = float(np.sort(quiet)[: max(1, len(quiet) * 9 // 10)].mean()) if len(quiet) else 0.0
    return float(10 * np.log10(max((level - noise) / max(noise, _FLOOR), _FLOOR)))
