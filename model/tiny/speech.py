"""The bundled family behind the seam: text to script, pcm to voice, steps to codes, windows to samples.

Its networks run on ONNX Runtime and everything around them in numpy, without torch. A row comes out the same whatever else
runs (`stepper`): same seed, same codes, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import (  # fmt: skip
    PLAIN,
    Code,
    EmotionConditioning,
    EmotionSource,
    Fault,
    ModelSpec,
    ReadingOptions,
    Samples,
    Script,
    Start,
    Step,
    Unit,
    Voice,
    Window,
    WindowSpec,
)
from oncue.model.text import dictionary as dictionaries
from oncue.model.text.dictionary import Dictionary
from oncue.model.text.frontend import Reading
from oncue.model.text.frontend import read as read_text
from oncue.model.text.frontend import warm as warm_text
from oncue.model.text.phones import ELASTICITY, INDEX, PAUSES, kind_of
from oncue.model.tiny import band, speaker
from oncue.model.tiny.layout import CODES_PER_SECOND, NUM_EMOTIONS, SAMPLE_RATE, pack
from oncue.model.tiny.mel import levelled, log_mel
from oncue.model.tiny.memory import TEXT_KERNEL, columns, prefill
from oncue.model.tiny.pitch import hold, likely_scale, track, with_bass
from oncue.model.tiny.prosody import prosody
from oncue.model.tiny.render import HEAD, HELD_BACK, Renderer
from oncue.model.tiny.rows import WRITTEN_SPREAD, Row
from oncue.model.tiny.runtime import RUNTIME, Runtime, Weights
from oncue.model.tiny.stepper import Choice, Stepper
from oncue.model.tiny.tempo import pace_of
from oncue.model.tiny.voicefile import read_voices
from oncue.model.tiny.weights import read_manifest, read_weights

SLOTS = 32
LONGEST_REFERENCE_S = 10
PACES = (0.7, 1.45)
"""No voice is taken for faster or slower than that."""
_PACE_KERNELS = 5, 9
_RESTORER_KERNEL = 7
_OF_EVERY_LINE = "durations", "script", "films", "latents", "frames"
"""Graphs that are loaded at once."""
_WEIGHTS = Path(__file__).parent / "weights"


class TinySpeech:
    """Implements `oncue.model.api.SpeechModel`; all state of a line is in its `Row` and its part of the ring."""

    def __init__(
        self,
        weights: Weights,
        voices: Mapping[str, Voice],
        revision: str,
        dictionary: Dictionary = dictionaries.EMPTY,
        threads: int = 1,
        *,
        warm: bool = True,
    ) -> None:
        self._dictionary = dictionary
        self._runtime = Runtime(weights, threads)
        self._stepper = Stepper(self._runtime.graph("step"), SLOTS, for_many=warm)
        self._renderer = Renderer(self._runtime)
        for name in _OF_EVERY_LINE:
            self._runtime.graph(name)
        self._voices = dict(voices)
        self._rows: list[Row | None] = [None] * SLOTS
        self._spec = _spec(revision)

    @property
    def spec(self) -> ModelSpec:
        """What the engine may assume."""
        return self._spec

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The built-in voices, the default first."""
        return self._voices

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        """Text to script; ValueError when nothing can be spoken."""
        reading = read_text(text, language, self._dictionary, options)
        tokens = tuple((INDEX[phone.symbol], phone.tone, int(phone.word_start)) for phone in reading.phones)
        near = np.arange(len(tokens))[:, None] + np.arange(TEXT_KERNEL)
        (lengths,) = self._runtime.graph("durations")(**columns(tokens), near=near)
        mean, spread = lengths[:, 0], lengths[:, 1].clip(-3, 1)
        expected = np.exp(mean + 0.5 * np.exp(2 * spread))  # the mean of a log-normal
        units = _units(reading, expected.tolist(), np.exp(spread).tolist())
        return Script(text, reading.language, units, reading.words, tokens, reading.warnings, reading.feelings)

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """Mono PCM to a voice; ValueError when it is shorter than a second, silent or voiceless."""
        if len(pcm) < sample_rate:
            raise ValueError("The reference is shorter than a second: give 3 to 15 seconds of one person speaking.")
        import soxr  # only here: a line needs no other rate

        samples = soxr.resample(np.asarray(pcm, np.float32), sample_rate, SAMPLE_RATE).astype(np.float32)
        samples = samples[: LONGEST_REFERENCE_S * SAMPLE_RATE]
        level = float(np.sqrt(np.mean(samples**2)))
        if level < 1e-4:
            raise ValueError("The reference is silent: give 3 to 15 seconds of one person speaking.")
        log_f0 = track(with_bass(samples))
        if np.isnan(log_f0).mean() > 0.95:
            raise ValueError("There is hardly any voice in the reference: give one person speaking, without music.")
        heard = soxr.resample(samples, SAMPLE_RATE, speaker.RATE).astype(np.float32)
        mel = log_mel(levelled(samples))
        restored = self._restored(speaker.mel(heard))
        (each,) = self._runtime.graph("speaker")(mel=speaker.windows(restored))
        (strengths,) = self._runtime.graph("feeling")(statistics=prosody(mel, hold(log_f0, 0.0))[None])
        return Voice(
            self._spec.family,
            {
                "vector": speaker.vector_of(each),
                "spectrum": band.whole(speaker.band_levels(mel, ~np.isnan(log_f0))),
                "feeling": strengths[0, :NUM_EMOTIONS],
                "mean_log_f0": np.array([np.nanmean(log_f0)], np.float32),
                "pitch_scale": np.array([likely_scale(log_f0)], np.float32),
                "pace": np.array(np.clip(self._pace(mel), *PACES), np.float32),
            },
        )

    def _restored(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mel frames of a recording, in power, to those of the voice: what a telephone, noise or a room took is put back."""
        near = np.arange(len(mel))[:, None] + np.arange(_RESTORER_KERNEL)
        (restored,) = self._runtime.graph("restorer")(mel=mel, near=near)
        return restored

    def _pace(self, mel: NDArray[np.float32]) -> float:
        """Codes for each natural one in a recording whose text nobody knows."""
        enter, block = _PACE_KERNELS
        halves = np.arange(0, len(mel), 2)[:, None] + np.arange(enter)
        near = np.arange(len(halves))[:, None] + np.arange(block)
        (log_pace,) = self._runtime.graph("pace")(mel=mel, halves=halves, near=near)
        return float(np.exp(log_pace[0, 0]))

    def emotion(self, source: EmotionSource) -> EmotionConditioning:
        """A vector, or that of a recording, scaled by intensity; ValueError when it is out of range."""
        if source.voice is not None:
            vector = source.voice.arrays["feeling"]
        else:
            vector = np.asarray(source.vector if source.vector is not None else (0.0,) * NUM_EMOTIONS, np.float32)
        if vector.shape != (NUM_EMOTIONS,) or not np.isfinite(vector).all() or (vector < 0).any():
            raise ValueError(f"An emotion vector is {NUM_EMOTIONS} numbers from 0 to 1.")
        if not 0 <= source.intensity <= 1:
            raise ValueError("The intensity of an emotion is a number from 0 to 1.")
        total = float(vector.sum())
        scaled = vector * (source.intensity / max(1.0, total))
        pace = np.array(pace_of(scaled.tolist()))
        return EmotionConditioning(self._spec.family, {"vector": scaled.astype(np.float32), "pace": pace})

    def prefill(self, starts: Sequence[Start]) -> None:
        """Read each script into its slot, and hear what was said before it; the decoder has no other prefix."""
        for start in starts:
            assert self._rows[start.slot] is None, f"slot {start.slot} is taken"
            self._stepper.clear(start.slot)
            row = self._rows[start.slot] = Row(start)
            ring = self._stepper.ring[:, :, start.slot]
            row.reading, row.memory = prefill(self._runtime, start, ring, row.condition)

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        """The next code of each slot named: one step of all blocks of slots from the lowest one named to the highest."""
        if not steps:
            return []
        for step in steps:
            if step.emotion is not None:
                self._row(step.slot).feel(step.emotion)
        choices = self._stepper.step(self._rows, {step.slot: step for step in steps})
        return [self._take(step, choices[step.slot]) for step in steps]

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """All windows at once: a row's sound never depends on its neighbours."""
        rows = [self._row(window.slot) for window in windows]
        for row, window in zip(rows, windows, strict=True):
            assert window.first == (row.sound.codes if row.sound else 0), "windows come once and in order"
            assert window.first + len(window.spans) <= len(row.said), "a window before its codes"
        made = self._renderer.render(rows, windows)
        return [
            Fault(window.slot, str(each)) if isinstance(each, ArithmeticError) else each
            for window, each in zip(windows, made, strict=True)
        ]

    def release(self, slot: int) -> None:
        """Forget the slot and wipe its part of the ring."""
        self._rows[slot] = None
        self._stepper.clear(slot)

    def _row(self, slot: int) -> Row:
        row = self._rows[slot]
        assert row is not None, f"slot {slot} is free"
        return row

    def _take(self, step: Step, choice: Choice) -> Code | Fault:
        """Let a row do what was chosen for it."""
        if not choice.healthy:
            return Fault(step.slot, "the decoder produced a value that is not a number")
        row = self._row(step.slot)
        row.say(choice.digits, choice.advance)
        wants = choice.wants_stop and row.pointer == row.last_unit
        return Code(step.slot, pack(choice.digits), row.pointer, step.must_stop or (step.may_stop and wants))


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
        held_back_samples=HELD_BACK,
        head_samples=HEAD,
        runtime=RUNTIME,
        vocode_rows=4,  # of 2, 4 and 8 the one with the fewest underruns at 32 streams (docs/performance.md)
    )


def _units(reading: Reading, lengths: list[float], spreads: list[float]) -> tuple[Unit, ...]:
    return tuple(
        Unit(
            phone.symbol,
            "pause" if phone.symbol in PAUSES else "phone",
            phone.char_start,
            phone.char_end,
            phone.word,
            phone.pause_s * CODES_PER_SECOND if phone.pause_s else length,
            WRITTEN_SPREAD if phone.pause_s else spread,
            0.0 if phone.pause_s else ELASTICITY[kind_of(phone.symbol)],
            fixed=phone.pause_s > 0,
        )
        for phone, length, spread in zip(reading.phones, lengths, spreads, strict=True)
    )


def load(
    path: Path | None = None,
    device: str = "cpu",
    dictionary: Path | None = None,
    threads: int = 1,
    *,
    warm: bool = True,
) -> TinySpeech:
    """Load the shipped weights and voices, or those in the folder `path`, and the pronunciations in a file. Where it is not
    to be `warm`, what a line may need is made when one needs it.

    Raises FileNotFoundError or ValueError with a sentence a person can act on. The family is so small that copying
    to an accelerator and back would cost more than it saves, so the CPU is its only device.
    """
    if device != "cpu":
        raise ValueError("The bundled model runs on the CPU only: leave out the device.")
    own = dictionaries.load(dictionary)
    folder = path or _WEIGHTS
    manifest = read_manifest(folder / "manifest.json")
    if warm:
        warm_text()  # patterns are made now, not within the first line
    weights = read_weights(folder / manifest.file, manifest.sha256)
    return TinySpeech(weights, read_voices(folder / "voices.safetensors"), manifest.revision, own, threads, warm=warm)
