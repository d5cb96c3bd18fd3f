from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from oncue.model.api import EmotionSource, Samples, Start, Step, Window
from oncue.model.tiny import synth
from oncue.model.tiny.layout import HOP, PITCH_CENTRE
from oncue.model.tiny.render import HEAD, white
from oncue.model.tiny.speech import TinySpeech
from oncue.model.training.networks.networks import Networks


def drone(model: TinySpeech, span: int, sizes: Sequence[int] = (20,)) -> Samples:
    """Twenty codes of the voice's own pitch, each so many samples long, in windows of these sizes."""
    start = Start(0, model.read("好。"), next(iter(model.voices.values())), model.emotion(EmotionSource()), 20.0, 1)
    model.prefill([start])
    row = model._rows[0]
    assert row is not None
    for _ in range(20):
        row.say((PITCH_CENTRE, PITCH_CENTRE, 4, 4, 4, 4, 4, 4), 0)
    parts, first, owed = [], 0, 0
    for size in sizes:
        held_back = model.spec.held_back(owed + size * span, final=first + size == 20)
        window = Window(0, first, (span,) * size, first + size == 20, owed=owed, held_back=held_back)
        (sound,) = model.vocode([window])
        assert isinstance(sound, np.ndarray)
        assert len(sound) == window.samples
        parts.append(sound)
        first, owed = first + size, held_back
    model.release(0)
    return np.concatenate(parts)


def pitch_hz(sound: Samples) -> float:
    middle = sound[len(sound) // 3 : 2 * len(sound) // 3].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 16)) ** 2
    full = np.fft.irfft(spectrum)
    lags = np.arange(100, 400)
    return 24_000 / float(lags[np.argmax(full[lags])])


@pytest.fixture(scope="module")
def humming(networks: Networks, untrained: TinySpeech) -> TinySpeech:
    """The family with nothing but harmonics in its sound, as a steady vowel has it."""
    tensors = networks.tensors()
    bias = tensors["vocoder.parts.bias"].copy()
    bias[2 * synth.BINS : 4 * synth.BINS] = -20.0
    return TinySpeech({**tensors, "vocoder.parts.bias": bias}, untrained.voices, "humming")


@pytest.mark.parametrize("span", [700, 960, 1300])
def test_a_stretched_line_keeps_its_pitch(humming: TinySpeech, span: int) -> None:
    sound = drone(humming, span)
    assert len(sound) == 20 * span
    assert pitch_hz(sound) == pytest.approx(120, rel=0.03)


@pytest.fixture(scope="module")
def bare(networks: Networks, untrained: TinySpeech) -> TinySpeech:
    """The family whose filters do nothing: its sound is the pulses of its pitch."""
    tensors = networks.tensors()
    bias = np.zeros_like(tensors["vocoder.parts.bias"])
    bias[2 * synth.BINS : 4 * synth.BINS] = -20.0
    still = np.zeros_like(tensors["vocoder.parts.weight"])
    return TinySpeech({**tensors, "vocoder.parts.weight": still, "vocoder.parts.bias": bias}, untrained.voices, "bare")


@pytest.mark.parametrize("span", [691, 960, 1001, 1344])
@pytest.mark.parametrize("sizes", [(20,), (1,) * 20, (3, 4, 6, 7), (19, 1)])
def test_sound_begins_with_its_first_code_and_ends_with_its_last(
    bare: TinySpeech, span: int, sizes: tuple[int, ...]
) -> None:
    mean = float(next(iter(bare.voices.values())).arrays["mean_log_f0"][0])
    made, _ = synth.pulse_train(np.full((20 * span + HEAD) // HOP + 1, mean, np.float32), synth.start(mean))
    pulses = made[HEAD:]
    sound = drone(bare, span, sizes)
    inside = slice(HOP, -HOP)
    assert np.allclose(sound[inside], pulses[: 20 * span][inside], atol=2e-3 * np.abs(pulses).max())
    assert np.abs(sound[-HOP:]).max() > 0.1 * np.abs(pulses).max()


def test_a_window_out_of_order_is_our_mistake(untrained: TinySpeech) -> None:
    start = Start(
        0, untrained.read("好。"), next(iter(untrained.voices.values())), untrained.emotion(EmotionSource()), 9, 1
    )
    untrained.prefill([start])
    untrained.decode([Step(0, 5.0, may_stop=False)])
    with pytest.raises(AssertionError, match="order"):
        untrained.vocode([Window(0, 1, (960,), final=False)])
    untrained.release(0)


def test_noise_is_white_of_unit_power_and_the_same_in_any_window() -> None:
    whole = white(5, 0, 40)
    parts = [white(5, first, count) for first, count in ((0, 1), (1, 7), (8, 32))]
    assert np.array_equal(np.concatenate(parts), whole)
    assert float(np.square(whole).mean()) == pytest.approx(1, abs=0.03)
    assert float(whole.mean()) == pytest.approx(0, abs=0.03)
    assert float((whole[1:] * whole[:-1]).mean()) == pytest.approx(0, abs=0.03)
    assert not np.array_equal(white(6, 0, 40), whole)


def test_a_line_that_rests_is_silent_and_a_pause_within_one_is_not_touched(untrained: TinySpeech) -> None:
    voice, plain = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    script = untrained.read("好，好。")
    pauses = [index for index, unit in enumerate(script.units) if unit.kind == "pause"]
    assert pauses[-1] == len(script.units) - 1 > pauses[0]
    levels = []
    for pause in (pauses[0], pauses[-1]):
        untrained.prefill([Start(0, script, voice, plain, 20.0, 1)])
        row = untrained._row(0)
        for advance in (*(1,) * pause, *(0,) * 10):
            row.say((0, 0, 4, 4, 4, 4, 4, 4), advance)
        (sound,) = untrained.vocode([Window(0, 0, (960,) * len(row.said), final=True)])
        untrained.release(0)
        assert isinstance(sound, np.ndarray)
        levels.append(np.abs(sound[(pause + 6) * 960 :]).max() / np.abs(sound[: pause * 960]).max())
    assert levels[0] > 0.1
    assert levels[1] < 0.01


def test_windows_of_several_lines_at_once_are_those_of_each_alone(untrained: TinySpeech) -> None:
    voice, plain = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())

    def begun(slot: int) -> None:
        untrained.prefill([Start(slot, untrained.read("好。"), voice, plain, 20.0, slot)])
        for number in range(9):
            untrained._row(slot).say((30 + slot, 30, number % 8, 4, 4, slot, 4, 4), 0)

    held = untrained.spec.held_back_samples
    windows = [[Window(slot, 0, (960,) * (slot + 2), final=False, held_back=held) for slot in range(3)]]
    windows.append([Window(slot, slot + 2, (900 + slot,), final=False, owed=held, held_back=held) for slot in range(3)])
    made: list[list[object]] = []
    for together in (True, False):
        for slot in range(3):
            begun(slot)
        rounds = windows if together else [[window] for each in windows for window in each]
        made.append([sound for each in rounds for sound in untrained.vocode(each)])
        for slot in range(3):
            untrained.release(slot)
    for one, other in zip(*made, strict=True):
        assert isinstance(one, np.ndarray)
        assert np.array_equal(one, other)
