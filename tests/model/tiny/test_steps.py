from __future__ import annotations

import numpy as np

from oncue.model.api import EmotionSource, Start, Step
from oncue.model.tiny.layout import MAX_ADVANCE
from oncue.model.tiny.rows import Row
from oncue.model.tiny.speech import TinySpeech
from oncue.model.tiny.steps import IMPOSSIBLE, gather


def row_of(model: TinySpeech, slot: int, seed: int = 7) -> Row:
    voice, emotion = next(iter(model.voices.values())), model.emotion(EmotionSource())
    model.prefill([Start(slot, model.read("你好。"), voice, emotion, 10.0, seed)])
    row = model._rows[slot]
    model.release(slot)
    assert row is not None
    return row


def test_shapes_do_not_depend_on_who_is_there(untrained: TinySpeech) -> None:
    row, dim = row_of(untrained, 1), untrained._networks.decoder.dim
    alone = gather([None, row, None, None], {1: Step(1, 5.0, may_stop=False)}, dim)
    full = gather([row] * 4, {i: Step(i, 5.0, may_stop=False) for i in range(4)}, dim)
    assert alone.timing.shape == full.timing.shape
    assert alone.condition.shape == full.condition.shape
    assert np.array_equal(alone.timing[1], full.timing[3])
    assert not alone.seen[0].any()


def test_numbers_depend_on_seed_and_position_alone(untrained: TinySpeech) -> None:
    drawn = [row_of(untrained, slot, seed).noise.at(3).copy() for slot, seed in ((0, 7), (3, 7), (0, 8))]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_the_pointer_moves_as_far_as_it_must_and_stays_in_the_text(untrained: TinySpeech) -> None:
    row, dim = row_of(untrained, 0), untrained._networks.decoder.dim

    def allowed(least: int) -> list[int]:
        noise = gather([row] * 4, {0: Step(0, 5.0, may_stop=False, min_advance=least)}, dim).noise
        return [move for move in range(MAX_ADVANCE + 1) if noise[0, move] > IMPOSSIBLE / 2]

    assert allowed(0) == [0, 1, 2, 3]
    assert allowed(2) == [2, 3]
    row.say((1,) * 8, row.last_unit - 1)
    assert allowed(0) == [0, 1]
    assert allowed(3) == [1]
