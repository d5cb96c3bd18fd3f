"""The espeak-ng teacher: says a line through libespeak-ng in this process and says where each phone ended.

English is fed as phoneme mnemonics made from the label, Mandarin as numbered pinyin, so sound and label
agree. A line whose phoneme events do not match its label is refused (None), never repaired.
One engine per process: the library keeps global state.
"""

from __future__ import annotations

import ctypes
import os
import random
from pathlib import Path

import numpy as np
import numpy.typing as npt

from oncue.model.training.data.alignment import (
    Event,
    align_english,
    align_mandarin,
    english_input,
    mandarin_input,
    units_of,
    with_closures,
    without_empty,
)
from oncue.model.training.data.styles import recipe_of
from oncue.model.training.data.teacher import Line, Speaker, Spoken, Style

_SYNCHRONOUS, _PHONEME_EVENTS = 2, 1
_WORD, _PHONEME = 1, 7
_UTF8, _PHONEME_INPUT = 0x1, 0x100
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_VOLUME_SETTING = 60
_PITCH_STEPS_PER_SEMITONE = 50 / 12
_RANGE_LIMITS = (45, 99)
_DATA_PLACES = ("usr/lib/*/espeak-ng-data", "usr/lib/espeak-ng-data", "usr/share/espeak-ng-data",
                "usr/local/share/espeak-ng-data", "opt/homebrew/share/espeak-ng-data")  # fmt: skip


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("uid", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("id", _Identity),
    ]  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def make_data_folder(folder: Path) -> Path:
    """Build a data folder that a speaker's own definition can be put into; returns its parent.

    Raises FileNotFoundError when espeak-ng is not installed.
    """
    stock = _stock_data()
    data = folder / "espeak-ng-data"
    variants = data / "voices" / "!v"
    variants.mkdir(parents=True)
    for entry in stock.iterdir():
        if entry.name != "voices":
            (data / entry.name).symlink_to(entry)
    for entry in (stock / "voices" / "!v").iterdir():
        (variants / entry.name).symlink_to(entry)
    return folder


def _stock_data() -> Path:
    """The installed espeak-ng-data folder."""
    named = os.environ.get("ESPEAK_DATA_PATH")
    places = [Path(named), Path(named) / "espeak-ng-data"] if named else []
    places += [found for place in _DATA_PLACES for found in Path("/").glob(place)]
    for place in places:
        if (place / "phontab").exists():
            return place
    raise FileNotFoundError("No espeak-ng-data folder was found: install espeak-ng or set ESPEAK_DATA_PATH.")


def random_definition(name: str, sex: str, rng: random.Random) -> str:
    """A voice file with random pitch, formants, tilt and noise, within what still sounds like a person."""
    low = rng.uniform(75, 130) if sex == "male" else rng.uniform(140, 240)
    scale = rng.uniform(0.88, 1.06) if sex == "male" else rng.uniform(1.04, 1.24)
    tilt = rng.uniform(-30, 30)
    rows = [
        "language variant", f"name {name}", f"gender {sex}", f"pitch {low:.0f} {low * rng.uniform(1.3, 1.55):.0f}",
        f"flutter {rng.randint(0, 6)}", f"roughness {rng.randint(0, 3)}", f"voicing {rng.randint(80, 120)}",
        f"consonants {rng.randint(80, 125)} {rng.randint(80, 125)}", "formant 0 100 100 100",
        f"tone 600 {170 - tilt:.0f} 1200 {135:.0f} 2000 {110 + tilt:.0f} 3000 {110 + tilt:.0f}",
    ]  # fmt: skip
    for formant in range(1, 9):
        freq = 100 * scale * rng.uniform(0.95, 1.05)
        rows.append(f"formant {formant} {freq:.0f} {rng.randint(75, 110)} {rng.randint(90, 140)}")
    return "\n".join(rows) + "\n"


class Espeak:
    """libespeak-ng with phoneme events; `say` aligns every unit of a line or returns None."""

    def __init__(self, data_parent: Path) -> None:
        """Raises OSError when the library is missing or refuses the data folder."""
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        path = str(data_parent).encode()
        self.sample_rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, path, _PHONEME_EVENTS))
        if self.sample_rate <= 0:
            raise OSError("libespeak-ng refused its data folder: reinstall espeak-ng and its data.")
        self._variants = data_parent / "espeak-ng-data" / "voices" / "!v"
        self._blocks: list[npt.NDArray[np.int16]] = []
        self._events: list[Event] = []
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, block: object, count: int, events: object) -> int:
        if block and count > 0:
            self._blocks.append(np.ctypeslib.as_array(block, (count,)).copy())  # type: ignore[arg-type, unused-ignore]
        index = 0
        while (event := events[index]).type != 0:  # type: ignore[index]
            if event.type == _PHONEME:
                self._events.append(Event(bytes(event.id.string).decode("utf-8", "replace"), event.sample))
            elif event.type == _WORD:
                self._events.append(Event("", event.sample))
            index += 1
        return 0

    def say(self, line: Line, speaker: Speaker, style: Style) -> Spoken | None:
        """Say the line; None when the phoneme events do not match its label."""
        english = line.language == "en"
        language = "en-us" if english else "cmn-latn-pinyin"
        self._choose_voice(language, speaker)
        self._set_knobs(speaker, style)
        self._blocks, self._events = [], []
        text = (english_input(line) if english else mandarin_input(line)).encode()
        flags = _UTF8 | (_PHONEME_INPUT if english else 0)
        self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, flags, None, None)
        if not self._blocks:
            return None
        samples = np.concatenate(self._blocks)
        starts = align_english(line, self._events) if english else align_mandarin(line, self._events)
        units = units_of(line)
        if starts is None or len(starts) != len(units):
            return None
        starts = with_closures(samples, self.sample_rate, units, without_empty(starts))
        return Spoken(samples, self.sample_rate, units, (*starts[1:], max(len(samples), starts[-1] + 1)))

    def _choose_voice(self, language: str, speaker: Speaker) -> None:
        """Definitions are written when first needed: the library lists the folder once, and at most 350 voices.

        It says nothing about a variant it does not have, so its file is looked for first.
        """
        file = self._variants / speaker.variant
        if speaker.definition and not file.exists():
            file.write_text(speaker.definition, encoding="utf-8")
        if not file.exists():
            raise OSError(f"The espeak-ng data folder has no voice variant {speaker.variant!r}.")
        if self._library.espeak_SetVoiceByName(f"{language}+{speaker.variant}".encode()) != 0:
            raise OSError(f"libespeak-ng has no voice for {language!r}: install all of espeak-ng-data.")

    def _set_knobs(self, speaker: Speaker, style: Style) -> None:
        recipe = recipe_of(style)
        pitch = speaker.pitch + recipe.pitch_semitones * _PITCH_STEPS_PER_SEMITONE
        spread = min(max(speaker.pitch_range * recipe.pitch_range, _RANGE_LIMITS[0]), _RANGE_LIMITS[1])
        knobs = {_RATE: style.rate_wpm * recipe.rate, _VOLUME: _VOLUME_SETTING, _PITCH: pitch, _RANGE: spread}
        for knob, value in knobs.items():
            self._library.espeak_SetParameter(knob, max(0, round(value)), 0)
