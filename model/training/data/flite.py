"""The flite teacher: natural-sounding American and Scottish English voices through libflite in this process.

The phone sequence is flite's own, so label and sound agree; only the stress of a word is taken from CMUdict,
and only where both have as many vowels. It says plain words and no Mandarin. Its knobs are tempo and, but for
one voice, the mean and the spread of the pitch; what else a style has is put on the sound (`colour`). More voices are
made of these by playing them faster or slower, which moves the formants, with tempo and pitch told so that they come out right.
"""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from oncue.model.text.phones import ENGLISH_VOWELS, INDEX, NO_TONE, STRESS_BASE
from oncue.model.training.data.styles import recipe_of
from oncue.model.training.data.teacher import Line, Speaker, Spoken, Style, Unit
from oncue.model.training.data.texts import pronunciation

VOICES = {"slt": "female", "rms": "male", "awb": "male", "kal16": "male"}
NEUTRAL_WPM = 175.0
PITCH_HZ = {"slt": (168.0, 14.0), "awb": (123.0, 15.0), "kal16": (95.0, 8.0)}
"""Mean and standard deviation of a voice's own pitch; rms does not follow this knob."""


MADE_OF_EACH = 25
"""Further voices made of each of flite's."""
_FORMANTS, _PITCH = 0.16, 0.2
"""How far a made voice's formants and pitch are from those of its origin, in natural log."""


@dataclass(frozen=True, slots=True)
class Made:
    """A voice made of another: its name in flite, and by what its formants and its pitch are multiplied."""

    origin: str
    formants: float = 1.0
    pitch: float = 1.0

    @staticmethod
    def of(speaker: Speaker) -> Made:
        """A speaker as `definition` wrote it; one without a definition is flite's own."""
        if not speaker.definition:
            return Made(speaker.variant)
        origin, formants, pitch = speaker.definition.split()
        return Made(origin, float(formants), float(pitch))

    @property
    def definition(self) -> str:
        """As a speaker keeps it."""
        return f"{self.origin} {self.formants:.4f} {self.pitch:.4f}"


def random_voice(origin: str, rng: random.Random) -> Made:
    """A voice that could be a relative of `origin`."""
    return Made(origin, math.exp(rng.uniform(-_FORMANTS, _FORMANTS)), math.exp(rng.uniform(-_PITCH, _PITCH)))


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p), ("sample_rate", ctypes.c_int), ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int), ("samples", ctypes.POINTER(ctypes.c_short)),
    ]  # fmt: skip


class _Voice(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


@dataclass(frozen=True, slots=True)
class Segment:
    """One phone as flite names it, its end, and the word it belongs to (0 for a pause)."""

    name: str
    end_s: float
    word: int
    spelling: str


_SIGNATURES = {
    "flite_synth_text": (ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_void_p)),
    "utt_wave": (ctypes.POINTER(_Wave), (ctypes.c_void_p,)),
    "utt_relation": (ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p)),
    "relation_head": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "item_next": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "item_as": (ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p)),
    "item_parent": (ctypes.c_void_p, (ctypes.c_void_p,)),
    "item_feat_float": (ctypes.c_float, (ctypes.c_void_p, ctypes.c_char_p)),
    "item_feat_string": (ctypes.c_char_p, (ctypes.c_void_p, ctypes.c_char_p)),
    "delete_utterance": (None, (ctypes.c_void_p,)),
    "feat_set_float": (None, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float)),
    "flite_init": (ctypes.c_int, ()),
}


class Flite:
    """libflite and its voices; `say` labels a line with the phones flite really said, or returns None."""

    def __init__(self) -> None:
        """Raises OSError when the library or one of its voices is missing."""
        self._library = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        self._library.flite_init()
        for name in ("usenglish", "cmulex"):
            ctypes.CDLL(f"libflite_{name}.so.1", mode=ctypes.RTLD_GLOBAL)
        self._voices = {name: self._register(name) for name in VOICES}

    @staticmethod
    def _register(name: str) -> int:
        register = getattr(ctypes.CDLL(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
        register.restype, register.argtypes = ctypes.c_void_p, (ctypes.c_char_p,)
        return int(register(None))

    def say(self, line: Line, speaker: Speaker, style: Style) -> Spoken | None:
        """Say the line at the style's rate; None when flite left out a pause mark or said an unknown phone."""
        made = Made.of(speaker)
        voice = self._voices[made.origin]
        features = ctypes.cast(voice, ctypes.POINTER(_Voice)).contents.features
        for knob, value in knobs(made, style).items():
            self._library.feat_set_float(features, knob, value)
        text = " ".join(" ".join(word.spelling for word in clause.words) + clause.mark for clause in line.clauses)
        utterance = self._library.flite_synth_text(text.encode(), voice)
        wave = self._library.utt_wave(utterance).contents
        samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).copy()
        segments = list(self._segments(utterance))
        rate = int(wave.sample_rate)
        self._library.delete_utterance(utterance)
        spoken = label(segments, [clause.mark for clause in line.clauses], samples, rate)
        return replace(spoken, sample_rate=round(rate * made.formants)) if spoken else None

    def _segments(self, utterance: int) -> Iterator[Segment]:
        item = self._library.relation_head(self._library.utt_relation(utterance, b"Segment"))
        while item:
            name = self._library.item_feat_string(item, b"name").decode()
            word, spelling = self._word_of(item)
            yield Segment(name, self._library.item_feat_float(item, b"end"), word, spelling)
            item = self._library.item_next(item)

    def _word_of(self, item: int) -> tuple[int, str]:
        structure = self._library.item_as(item, b"SylStructure")
        syllable = self._library.item_parent(structure) if structure else None
        word = self._library.item_parent(syllable) if syllable else None
        return (int(word), self._library.item_feat_string(word, b"name").decode()) if word else (0, "")


def knobs(made: Made, style: Style) -> dict[bytes, float]:
    """flite's features for a voice and a style; every one is set for every line, because the library keeps them."""
    recipe = recipe_of(style)
    found = {b"duration_stretch": NEUTRAL_WPM / (style.rate_wpm * recipe.rate) * made.formants}
    if made.origin in PITCH_HZ:
        mean, spread = PITCH_HZ[made.origin]
        ratio = 2 ** (recipe.pitch_semitones / 12) * made.pitch / made.formants
        found[b"int_f0_target_mean"] = mean * ratio
        found[b"int_f0_target_stddev"] = spread * ratio * recipe.pitch_range
    return found


def label(segments: list[Segment], marks: list[str], samples: np.ndarray, rate: int) -> Spoken | None:
    """Turn flite's segments into our units; None when the pauses are not the line's or a phone is unknown."""
    while segments and segments[0].name == "pau":
        segments = segments[1:]
    inner = [segment for segment in segments if segment.name == "pau"]
    if not segments or len(inner) != len(marks) or segments[-1].name != "pau":
        return None
    units: list[Unit] = []
    ends: list[int] = []
    names = iter(marks)
    for group in _by_word(segments):
        found = [Unit(next(names), NO_TONE, False)] if group[0].name == "pau" else _word_units(group)
        units.extend(found)
        ends.extend(round(segment.end_s * rate) for segment in group)
    if any(unit.symbol not in INDEX for unit in units):
        return None
    return Spoken(samples, rate, tuple(units), tuple(ends))


def _by_word(segments: list[Segment]) -> Iterator[list[Segment]]:
    group: list[Segment] = []
    for segment in segments:
        if group and (segment.word != group[0].word or segment.name == "pau"):
            yield group
            group = []
        group.append(segment)
    yield group


def _word_units(group: list[Segment]) -> list[Unit]:
    symbols = ["AH" if segment.name == "ax" else segment.name.upper() for segment in group]
    known = pronunciation(group[0].spelling) or ()
    stresses = [field for symbol, field in known if symbol in ENGLISH_VOWELS]
    if len(stresses) != sum(symbol in ENGLISH_VOWELS for symbol in symbols):
        stresses = [STRESS_BASE] * len(symbols)
    fields = iter(stresses)
    return [
        Unit(symbol, next(fields) if symbol in ENGLISH_VOWELS else NO_TONE, index == 0)
        for index, symbol in enumerate(symbols)
    ]
