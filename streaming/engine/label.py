"""The label that is heard: at the start or the end of a line a voice or a rhythm says that a machine speaks.

It is a piece of the line with a length of its own, known before there is any sound, so it is counted in the plan like the
words: a line that is to last two seconds lasts two seconds with its label. Of speech it is a short sentence in the line's
voice and language, as `AI生成`; as a rhythm it is `AI` in Morse code, short long, short short. Both are forms of GB 45438-2025,
4.2. Nothing is spoken here, and who asks for a label is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from oncue.model.api import ModelSpec, Samples, Script

LabelKind = Literal["speech", "rhythm"]
LabelPlace = Literal["start", "end"]

SENTENCES: Mapping[str, str] = {"zh": "AI，生成。", "en": "AI-generated."}
"""What is said, by language. The comma is there for the pace alone."""
SPOKEN_S: Mapping[str, float] = {"zh": 1.75}
"""How long it is without the pause behind it, where the standard wants a pace: 120 to 160 characters a minute, of which these
are four, as they are said; what is heard of it is a tenth of a second shorter. In other languages it has the voice's own pace."""

MORSE_UNIT_S = 0.1
"""A dot (ITU-R M.1677-1: a dash is three, a gap in a letter one, between letters three)."""
_RHYTHM = ((0, 1), (2, 3), (8, 1), (10, 1))
"""Where each tone of .- .. begins and how long it is, in dots."""
_RHYTHM_DOTS = 11
_GAP_DOTS = 2
"""Quiet between the rhythm and the words."""
_TONE_HZ = 660.0
_TONE_LEVEL = 0.1
"""-20 dB of full scale: about as loud as speech."""
_EDGE_S = 0.005


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """The label that a line is to have."""

    kind: LabelKind
    place: LabelPlace


@dataclass(frozen=True, slots=True)
class Label:
    """The label of one line: how long it is, and what is spoken; without a script it is the rhythm."""

    place: LabelPlace
    samples: int
    script: Script | None = None

    @property
    def before(self) -> int:
        """Samples of it that lie before the text."""
        return self.samples if self.place == "start" else 0

    @property
    def after(self) -> int:
        """Samples of it that lie after the text."""
        return self.samples if self.place == "end" else 0


def sentence_for(language: str, text_language: str) -> tuple[str, str]:
    """What is said and in which language: the one that was asked for, else that of the text, else English."""
    chosen = next((one for one in (language, text_language) if one in SENTENCES), "en")
    return SENTENCES[chosen], chosen


def spoken_label(place: LabelPlace, script: Script, language: str, spec: ModelSpec) -> Label:
    """A label of speech, as long as `language` wants it and the family can make it."""
    scale = float(spec.samples_per_code)
    natural = scale * script.natural_codes
    wanted = natural
    if language in SPOKEN_S:
        pause = script.units[-1].mean_codes if script.units[-1].kind == "pause" else 0.0
        wanted = SPOKEN_S[language] * spec.sample_rate + scale * pause
    low, high = spec.ratio
    return Label(place, round(min(max(wanted, low * natural + 1), high * natural - 1)), script)


def rhythm_label(place: LabelPlace, sample_rate: int) -> Label:
    """A label of tones."""
    return Label(place, len(rhythm(place, sample_rate)))


def rhythm(place: LabelPlace, sample_rate: int) -> Samples:
    """Short long, short short, with quiet on the side of the words."""
    dot = round(MORSE_UNIT_S * sample_rate)
    sound = np.zeros(_RHYTHM_DOTS * dot, np.float32)
    for first, dots in _RHYTHM:
        sound[first * dot : (first + dots) * dot] = _tone(dots * dot, sample_rate)
    quiet = np.zeros(_GAP_DOTS * dot, np.float32)
    return np.concatenate([sound, quiet] if place == "start" else [quiet, sound])


def _tone(samples: int, sample_rate: int) -> Samples:
    """A sine with soft edges, so that it does not click."""
    edge = round(_EDGE_S * sample_rate)
    tone = _TONE_LEVEL * np.sin(2 * np.pi * _TONE_HZ * np.arange(samples) / sample_rate)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    tone[:edge] *= rise
    tone[-edge:] *= rise[::-1]
    return np.asarray(tone, np.float32)
