from __future__ import annotations

import numpy as np

from model.api import EmotionSource, Start, Step
from model.tiny.speech import TinySpeech
from model.tiny.steps import dice_of, gather


def test_shapes_do_not_depend_on_who_is_there(untrained: TinySpeech) -> None:
    voice, emotion = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    untrained.prefill([Start(1, untrained.read("你好。"), voice, emotion, 10.0, 7)])
    row = untrained._rows[1]
    untrained.release(1)
    alone, text = gather([None, row, None, None], {1: Step(1, 5.0, may_stop=False)}, untrained._networks.decoder.dim)
    full, _ = gather([row] * 4, {i: Step(i, 5.0, may_stop=False) for i in range(4)}, untrained._networks.decoder.dim)
    assert alone.timing.shape == full.timing.shape
    assert alone.condition.shape == full.condition.shape
    assert np.array_equal(alone.timing[1], full.timing[3])
    assert not text[0].any()


def test_numbers_depend_on_seed_and_position_alone(untrained: TinySpeech) -> None:
    voice, emotion = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    drawn = []
    for slot, seed in ((0, 7), (3, 7), (0, 8)):
        untrained.prefill([Start(slot, untrained.read("你好。"), voice, emotion, 10.0, seed)])
        drawn.append(dice_of(untrained._rows[slot]))
        untrained.release(slot)
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
