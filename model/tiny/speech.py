"""The bundled family behind the seam: text to script, pcm to voice, steps to codes, windows to samples.

Rows are decoded in groups of a fixed size, whether the slots are taken or not, so a row's arithmetic has
the same shapes whatever else runs: same seed, same codes, to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor
from torch.nn import functional as F

from model.api import (
    Code, Emotion, EmotionSource, Fault, ModelSpec, Samples, Script, Start, Step, Unit, Voice, Window, WindowSpec,
)  # fmt: skip
from model.nn.checkpoint import load_modules, read_manifest
from model.text.frontend import Reading
from model.text.frontend import read as read_text
from model.text.phones import ELASTICITY, INDEX, PAUSES, kind_of
from model.tiny.decoder import READ_AHEAD, Decoder, StepInput, timing_features
from model.tiny.durations import Durations, expected_codes
from model.tiny.encoders import LogMel, VoiceEncoder
from model.tiny.layout import CODES_PER_SECOND, MAX_ADVANCE, NUM_EMOTIONS, SAMPLE_RATE, pack
from model.tiny.pitch import track
from model.tiny.render import DELAY, Renderer
from model.tiny.rows import Row
from model.tiny.vocoder import Vocoder
from model.tiny.voicefile import read_voices

GROUP = 4
SLOTS = 8
REFERENCE_RMS = 0.08
LONGEST_REFERENCE_S = 10
_WEIGHTS = Path(__file__).parent / "weights"
_ADVANCE_TEMPERATURE = 0.7
_DIGIT_TEMPERATURE = 0.5


class TinySpeech:
    """Implements `model.api.SpeechModel`; all state of a line is in its `Row` and its part of the ring."""

    def __init__(self, modules: Mapping[str, torch.nn.Module], voices: Mapping[str, Voice], revision: str) -> None:
        for module in modules.values():
            module.eval().requires_grad_(requires_grad=False)
        self._decoder = modules["decoder"]
        self._durations = modules["durations"]
        self._encoder = modules["voice"]
        vocoder = modules["vocoder"]
        assert isinstance(vocoder, Vocoder)
        assert isinstance(self._decoder, Decoder)
        self._renderer = Renderer(vocoder)
        self._mel = LogMel()
        self._voices = dict(voices)
        self._rows: list[Row | None] = [None] * SLOTS
        self._rings = [self._decoder.body.ring(GROUP) for _ in range(SLOTS // GROUP)]
        self._spec = _spec(revision)

    @property
    def spec(self) -> ModelSpec:
        """What the engine may assume."""
        return self._spec

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The built-in voices, the default first."""
        return self._voices

    def read(self, text: str, language: str = "auto") -> Script:
        """Text to script; ValueError when nothing can be spoken."""
        reading = read_text(text, language)
        tokens = tuple((INDEX[phone.symbol], phone.tone, int(phone.word_start)) for phone in reading.phones)
        columns = torch.tensor(tokens).t().unsqueeze(1)  # [3, 1, units]
        with torch.inference_mode():
            mean, spread = self._durations(*columns, torch.ones_like(columns[0], dtype=torch.bool))
        lengths = expected_codes(mean, spread)[0].tolist()
        return Script(text, reading.language, _units(reading, lengths, spread[0].exp().tolist()), reading.words, tokens)

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """Mono PCM to a voice; ValueError when it is shorter than a second, silent or voiceless."""
        if len(pcm) < sample_rate:
            raise ValueError("The reference is shorter than a second: give 3 to 15 seconds of one person speaking.")
        samples = soxr.resample(np.asarray(pcm, np.float32), sample_rate, SAMPLE_RATE).astype(np.float32)
        samples = samples[: LONGEST_REFERENCE_S * SAMPLE_RATE]
        level = float(np.sqrt(np.mean(samples**2)))
        if level < 1e-4:
            raise ValueError("The reference is silent: give 3 to 15 seconds of one person speaking.")
        log_f0 = track(samples)
        if np.isnan(log_f0).mean() > 0.95:
            raise ValueError("There is hardly any voice in the reference: give one person speaking, without music.")
        with torch.inference_mode():
            mel = self._mel(torch.from_numpy(samples * (REFERENCE_RMS / level)).unsqueeze(0))
            vector = self._encoder(mel)[0].numpy()
        mean = np.array([np.nanmean(log_f0)], np.float32)
        return Voice(self._spec.family, {"vector": vector.astype(np.float32), "mean_log_f0": mean})

    def emotion(self, source: EmotionSource) -> Emotion:
        """A vector scaled by intensity; ValueError when it is out of range or comes from a voice."""
        if source.voice is not None:
            raise ValueError("This model cannot take a feeling from a recording: give a preset, a vector or words.")
        vector = np.asarray(source.vector if source.vector is not None else (0.0,) * NUM_EMOTIONS, np.float32)
        if vector.shape != (NUM_EMOTIONS,) or not np.isfinite(vector).all() or (vector < 0).any():
            raise ValueError(f"An emotion vector is {NUM_EMOTIONS} numbers from 0 to 1.")
        if not 0 <= source.intensity <= 1:
            raise ValueError("The intensity of an emotion is a number from 0 to 1.")
        total = float(vector.sum())
        scaled = vector * (source.intensity / max(1.0, total))
        return Emotion(self._spec.family, {"vector": scaled.astype(np.float32)})

    def prefill(self, starts: Sequence[Start]) -> None:
        """Encode each script into its slot; the decoder has no prefix, so nothing else is computed."""
        for start in starts:
            assert self._rows[start.slot] is None, f"slot {start.slot} is taken"
            columns = torch.tensor(start.script.tokens).t().unsqueeze(1)
            with torch.inference_mode():
                text = self._decoder.text(*columns)[0]
            self._rows[start.slot] = Row(start, text, _condition(start.voice, start.emotion))
            self._clear(start.slot)

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        """The next code of each slot named."""
        done: dict[int, Code | Fault] = {}
        for group in sorted({step.slot // GROUP for step in steps}):
            own = {step.slot % GROUP: step for step in steps if step.slot // GROUP == group}
            with torch.inference_mode():
                done |= self._decode_group(group, own)
        return [done[step.slot] for step in steps]

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """One window after another: a row's sound never depends on its neighbours."""
        out: list[Samples | Fault] = []
        for window in windows:
            row = self._row(window.slot)
            assert window.first == row.sound.codes, "windows come once and in order"
            assert window.first + len(window.spans) <= row.position, "a window before its codes"
            try:
                with torch.inference_mode():
                    out.append(self._renderer.render(row, window))
            except ArithmeticError as error:
                out.append(Fault(window.slot, str(error)))
        return out

    def release(self, slot: int) -> None:
        """Forget the slot and wipe its part of the ring."""
        self._rows[slot] = None
        self._clear(slot)

    def _row(self, slot: int) -> Row:
        row = self._rows[slot]
        assert row is not None, f"slot {slot} is free"
        return row

    def _clear(self, slot: int) -> None:
        # A masked key still meets its value times zero, and zero times NaN is NaN: so wipe, do not only mask.
        self._rings[slot // GROUP][:, :, slot % GROUP] = 0

    def _decode_group(self, group: int, steps: Mapping[int, Step]) -> dict[int, Code | Fault]:
        rows = [self._rows[group * GROUP + index] for index in range(GROUP)]
        for index, step in steps.items():
            if step.emotion is not None:
                row = self._row(step.slot)
                row.condition[-NUM_EMOTIONS:] = torch.from_numpy(step.emotion.arrays["vector"])
                assert rows[index] is row
        x, text = _gather(rows, steps, self._decoder.text.dim)
        position = torch.tensor([row.position if row else 0 for row in rows])
        hidden = self._decoder.body.step(self._decoder.embed(x, text)[:, 0], self._rings[group], position)
        dice = np.stack([_dice(row) for row in rows])
        advances, logits = self._advance(hidden, rows, steps, dice[:, 0])
        arrived = torch.stack(
            [row.text[row.pointer + move] if row else text[0, 0] * 0 for row, move in zip(rows, advances, strict=True)]
        )
        ground = self._decoder.heads.ground(hidden, torch.tensor(advances), arrived)
        stop = self._decoder.heads.stop(F.gelu(ground))[:, 0].tolist()
        digits = self._digits(ground, dice[:, 1:])
        healthy = torch.isfinite(ground).all(dim=1) & torch.isfinite(logits).all(dim=1)
        out: dict[int, Code | Fault] = {}
        for index, step in steps.items():
            if not bool(healthy[index]):
                out[step.slot] = Fault(step.slot, "the decoder produced a value that is not a number")
                continue
            row = self._row(step.slot)
            row.say(tuple(digits[index]), advances[index])
            wants = row.pointer == row.last_unit and _logistic(stop[index]) > 0.5
            ends = step.must_stop or (step.may_stop and wants)
            out[step.slot] = Code(step.slot, pack(digits[index]), row.pointer, ends)
        return out

    def _advance(
        self, hidden: Tensor, rows: Sequence[Row | None], steps: Mapping[int, Step], dice: np.ndarray
    ) -> tuple[list[int], Tensor]:
        """Sample how far each row's pointer moves, within its text and at least as far as it must."""
        logits = self._decoder.heads.advance(hidden)
        allowed = torch.ones_like(logits, dtype=torch.bool)
        for index, row in enumerate(rows):
            room = min(MAX_ADVANCE, row.last_unit - row.pointer) if row else 0
            least = min(steps[index].min_advance, room) if index in steps else 0
            move = torch.arange(MAX_ADVANCE + 1)
            allowed[index] = (move >= least) & (move <= room)
        masked = logits.masked_fill(~allowed, -1e9)
        return _sample(masked / _ADVANCE_TEMPERATURE, dice), logits

    def _digits(self, ground: Tensor, dice: np.ndarray) -> list[list[int]]:
        """Say the digits one after another, each knowing those before it."""
        heads = self._decoder.heads
        columns: list[list[int]] = []
        for index, head in enumerate(heads.digit):
            column = _sample(head(F.gelu(ground)) / _DIGIT_TEMPERATURE, dice[:, index])
            columns.append(column)
            if index < len(heads.said):
                ground = ground + heads.said[index](torch.tensor(column))
        return [list(row) for row in zip(*columns, strict=True)]


def _spec(revision: str) -> ModelSpec:
    return ModelSpec(
        family="tiny",
        revision=revision,
        sample_rate=SAMPLE_RATE,
        codes_per_second=Fraction(CODES_PER_SECOND),
        slots=SLOTS,
        window=WindowSpec(context=0, lookahead=0),
        tracks_progress=True,
        follows_codes_left=True,
        stretch=(0.72, 1.40),
        ratio=(0.6, 1.6),
        languages=("zh", "en"),
        vocoder_delay_samples=DELAY,
    )


def _units(reading: Reading, lengths: list[float], spreads: list[float]) -> tuple[Unit, ...]:
    return tuple(
        Unit(
            phone.symbol,
            "pause" if phone.symbol in PAUSES else "phone",
            phone.char_start,
            phone.char_end,
            phone.word,
            length,
            spread,
            ELASTICITY[kind_of(phone.symbol)],
        )
        for phone, length, spread in zip(reading.phones, lengths, spreads, strict=True)
    )


def _condition(voice: Voice, emotion: Emotion) -> Tensor:
    return torch.from_numpy(np.concatenate([voice.arrays["vector"], emotion.arrays["vector"]]).astype(np.float32))


def _gather(rows: Sequence[Row | None], steps: Mapping[int, Step], dim: int) -> tuple[StepInput, Tensor]:
    """The decoder's input for one step of a group; idle rows are given zeros."""
    live = [row if index in steps else None for index, row in enumerate(rows)]
    numbers = [
        (steps[index].codes_left, row.natural_left, float(row.dwell), row.natural[row.pointer]) if row else (1.0,) * 4
        for index, row in enumerate(live)
    ]
    timing = timing_features(*torch.tensor(numbers).t(), torch.ones(len(rows)))
    empty = torch.zeros(READ_AHEAD, dim)
    text = torch.stack([row.text[row.pointer : row.pointer + READ_AHEAD] if row else empty for row in live])
    blank = (0,) * len(next((row.previous() for row in live if row), ()))
    previous = torch.tensor([row.previous() if row else blank for row in live])
    zeros = torch.zeros(max((len(row.condition) for row in live if row), default=0))
    condition = torch.stack([row.condition if row else zeros for row in live])
    pointer = torch.zeros(len(rows), 1, dtype=torch.long)
    return StepInput(previous.unsqueeze(1), pointer, timing.unsqueeze(1), condition.unsqueeze(1)), text


def _dice(row: Row | None) -> np.ndarray:
    """Uniform numbers of one step, indexed by seed and position."""
    if row is None:
        return np.full(16, 0.5)
    return np.random.Generator(np.random.Philox(key=[row.seed, 2], counter=[0, 0, 0, row.position])).random(16)


def _sample(logits: Tensor, dice: np.ndarray) -> list[int]:
    """Inverse transform sampling of each row of logits [rows, classes] by a uniform number."""
    total = torch.softmax(logits.double(), dim=-1).cumsum(-1)
    picked = (total < torch.from_numpy(np.ascontiguousarray(dice)).unsqueeze(1)).sum(-1)
    return picked.clamp(max=logits.shape[-1] - 1).tolist()  # type: ignore[no-any-return]


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


def load(path: Path | None = None, device: str = "cpu") -> TinySpeech:
    """Load the shipped weights and voices, or those in the folder `path`.

    Raises FileNotFoundError or ValueError with a sentence a person can act on. The family is small enough that
    the CPU is always its device.
    """
    folder = path or _WEIGHTS
    manifest = read_manifest(folder / "manifest.json")
    modules: dict[str, torch.nn.Module] = {
        "decoder": Decoder(),
        "durations": Durations(),
        "vocoder": Vocoder(),
        "voice": VoiceEncoder(),
    }
    load_modules(folder / manifest.file, manifest.sha256, modules)
    return TinySpeech(modules, read_voices(folder / "voices.safetensors"), manifest.revision)
