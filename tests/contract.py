"""The five laws of `model/api.py`, as functions to call on any family.

Each takes a loaded model and leaves it with every slot free. They listen to no words: whether a family
speaks well is the judge's business, not this file's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oncue.model.api import Code, EmotionSource, Fault, Samples, Script, SpeechModel, Start, Step, Window

SNR_DB = 80.0
"""What counts as the same samples where a family declares no other floor."""
RUNAWAY = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A line as it came out of a slot."""

    values: tuple[int, ...]
    units: tuple[int | None, ...]
    samples: Samples


class Row:
    """One line in one slot, decoded to its end before it is turned into sound."""

    def __init__(self, model: SpeechModel, text: str, slot: int, seed: int) -> None:
        self.model, self.slot = model, slot
        self.script: Script = model.read(text)
        self.codes: list[Code] = []
        voice = next(iter(model.voices.values()))
        emotion = model.emotion(EmotionSource())
        model.prefill([Start(slot, self.script, voice, emotion, self.script.natural_codes, seed)])

    @property
    def ended(self) -> bool:
        """The last code came."""
        return bool(self.codes) and self.codes[-1].stop

    def step(self) -> Step:
        """What a plain planner would ask: the natural pace, and a stop once the text is through."""
        natural, last = self.script.natural_codes, len(self.script.units) - 1
        unit = self.codes[-1].unit if self.codes else 0
        through = not self.model.spec.tracks_progress or (bool(self.codes) and unit == last)
        limit = len(self.codes) + 1 >= RUNAWAY * natural + 25
        return Step(self.slot, max(1.0, natural - len(self.codes)), through, must_stop=limit)

    def hear(self, result: Code | Fault) -> None:
        """One result of a decode."""
        assert isinstance(result, Code), f"a healthy row failed: {result}"
        assert result.slot == self.slot, "results come in the order of the steps"
        self.codes.append(result)

    def sound(self, spans: Sequence[int], sizes: Sequence[int]) -> Samples:
        """Turn all codes into sound in windows of these sizes, the last size going on to the end."""
        parts, first, index, owed = [np.zeros(0, np.float32)], 0, 0, 0
        while first < len(self.codes):
            size = min(sizes[min(index, len(sizes) - 1)], len(self.codes) - first)
            if len(self.codes) - first - size < self.model.spec.window.lookahead:
                size = len(self.codes) - first
            asked, final = tuple(spans[first : first + size]), first + size == len(self.codes)
            held_back = self.model.spec.held_back(owed + sum(asked), final=final)
            window = Window(self.slot, first, asked, final, owed=owed, held_back=held_back)
            (sound,) = self.model.vocode([window])
            assert not isinstance(sound, Fault), f"a healthy window failed: {sound}"
            assert sound.dtype == np.float32
            assert sound.shape == (window.samples,), "a window yields what it was asked"
            parts.append(sound)
            first, index, owed = first + size, index + 1, held_back
        return np.concatenate(parts)


def decode(rows: Sequence[Row]) -> None:
    """Decode rows side by side until all have ended."""
    while running := [row for row in rows if not row.ended]:
        for row, result in zip(running, running[0].model.decode([row.step() for row in running]), strict=True):
            row.hear(result)


def speak(model: SpeechModel, text: str, slot: int = 0, seed: int = 1, sizes: Sequence[int] = (8,)) -> Spoken:
    """A line alone in a slot, with spans that wander within the family's limits."""
    row = Row(model, text, slot, seed)
    decode([row])
    return finish(row, sizes)


def finish(row: Row, sizes: Sequence[int] = (8,)) -> Spoken:
    """Sound of a decoded row; its slot is released."""
    samples = row.sound(wandering_spans(row.model, len(row.codes)), sizes)
    row.model.release(row.slot)
    return Spoken(tuple(code.value for code in row.codes), tuple(code.unit for code in row.codes), samples)


def wandering_spans(model: SpeechModel, codes: int) -> list[int]:
    """Spans that differ from code to code, well within the hard limits."""
    low, high = (1 + (limit - 1) / 2 for limit in model.spec.stretch)
    factors = np.random.default_rng(7).uniform(low, high, codes)
    return [int(span) for span in np.rint(factors * float(model.spec.samples_per_code))]


def assert_same_sound(model: SpeechModel, one: Samples, other: Samples) -> None:
    """Equal length, and no more difference than the family declares."""
    assert len(one) == len(other)
    power = float(np.mean(one.astype(np.float64) ** 2))
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    floor = SNR_DB if model.spec.window.snr_db is None else model.spec.window.snr_db
    assert power > 0, "the line is silent"
    assert error == 0 or 10 * np.log10(power / error) >= floor, f"{10 * np.log10(power / error):.1f} dB < {floor} dB"


def check_split_invariance(model: SpeechModel, text: str) -> None:
    """Law 1: any split into windows yields the same samples as one window."""
    whole = speak(model, text, sizes=(100_000,))
    for sizes in ((1,), (3, 4, 6, 8), (5,), (13, 2)):
        split = speak(model, text, sizes=sizes)
        assert split.values == whole.values
        assert_same_sound(model, whole.samples, split.samples)


def check_exact_samples(model: SpeechModel, text: str) -> None:
    """Law 2: a window yields exactly the samples it was asked for, all of them numbers, at any span."""
    low, high = model.spec.stretch
    for factor in (low, 0.97, 1.0, high):
        row = Row(model, text, 0, 1)
        decode([row])
        ends = np.rint(np.arange(1, len(row.codes) + 1) * float(model.spec.samples_per_code) * factor).astype(int)
        samples = row.sound([int(span) for span in np.diff(ends, prepend=0)], (3, 5))
        model.release(0)
        assert len(samples) == ends[-1]
        assert np.isfinite(samples).all()


def check_slot_isolation(model: SpeechModel, text: str) -> None:
    """Law 3: a slot beside neighbours at other places, or reused after them, equals a slot alone."""
    alone = speak(model, text, slot=0, seed=1)
    slots = model.spec.slots
    early = [Row(model, text + text, slot, 50 + slot) for slot in range(1, slots)]
    for _ in range(5):
        for row in early:
            row.hear(model.decode([row.step()])[0])
    row = Row(model, text, 0, 1)
    while not row.ended:
        running = [each for each in [*early, row] if not each.ended]
        for each, result in zip(running, model.decode([each.step() for each in running]), strict=True):
            each.hear(result)
        if len(row.codes) == 4 and early:
            model.release(early.pop().slot)
    beside = finish(row)
    for each in early:
        model.release(each.slot)
    reused = speak(model, text, slot=slots - 1, seed=1)
    for other in (beside, reused):
        assert other.values == alone.values
        assert other.units == alone.units
        assert_same_sound(model, alone.samples, other.samples)


def check_seed(model: SpeechModel, text: str) -> None:
    """Law 4: same seed, same codes, whatever else is in the batch and in whatever order."""
    alone = speak(model, text, seed=11)
    rows = [Row(model, text, slot, 11) for slot in range(model.spec.slots)]
    decode(rows[::-1])
    for row in rows:
        together = finish(row)
        assert together.values == alone.values
        assert together.units == alone.units


def check_release(model: SpeechModel, text: str) -> None:
    """Law 5: release frees everything at once, in the middle of a line or on a free slot, and leaves no trace."""
    fresh = speak(model, text, seed=3)
    row = Row(model, text + text, 0, 99)
    for _ in range(6):
        row.hear(model.decode([row.step()])[0])
    model.release(0)
    model.release(0)
    again = speak(model, text, seed=3)
    assert again.values == fresh.values
    assert np.array_equal(again.samples, fresh.samples)


def check_model(model: SpeechModel, text: str = "Hello there, you. 你好，今天很好。") -> None:
    """All five laws."""
    check_split_invariance(model, text)
    check_exact_samples(model, text)
    check_slot_isolation(model, text)
    check_seed(model, text)
    check_release(model, text)
