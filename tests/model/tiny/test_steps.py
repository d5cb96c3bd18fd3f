from __future__ import annotations

import numpy as np

from oncue.model.api import EmotionSource, Start, Step
from oncue.model.tiny.layout import MAX_ADVANCE
from oncue.model.tiny.rows import Memory, Row
from oncue.model.tiny.speech import TinySpeech
from oncue.model.tiny.steps import IMPOSSIBLE, Told, timing_features


def row_of(model: TinySpeech, slot: int, seed: int = 7) -> Row:
    voice, emotion = next(iter(model.voices.values())), model.emotion(EmotionSource())
    model.prefill([Start(slot, model.read("你好。"), voice, emotion, 10.0, seed)])
    row = model._rows[slot]
    model.release(slot)
    assert row is not None
    return row


def test_a_row_that_does_not_step_keeps_what_it_had(untrained: TinySpeech) -> None:
    row, told = row_of(untrained, 1), Told(4, 256, 64)
    told.fill([None, row, None, None], {1: Step(1, 5.0, may_stop=False)})
    before = told.timing.copy()
    told.fill([row] * 4, {3: Step(3, 5.0, may_stop=False)})
    assert np.array_equal(told.timing[:3], before[:3])
    assert np.array_equal(told.timing[1], told.timing[3])
    assert np.array_equal(told.arrivals[1], told.arrivals[3])
    assert not told.seen[0].any()


def test_the_ring_is_seen_up_to_here_and_never_where_the_step_will_be(untrained: TinySpeech) -> None:
    row, told = row_of(untrained, 0), Told(4, 256, 64)
    for position in (0, 5, 63, 64, 100):
        row.memory = Memory(position, (0,) * 8)
        assert told.fill([row], {0: Step(0, 5.0, may_stop=False)}) == [position]
        seen = told.mask[0, 0, 0] == 0
        assert seen.sum() == min(position, 63)
        assert not seen[position % 64]


def test_timing_is_bounded_whatever_is_left() -> None:
    left = np.array([0.0, 3.0, 500.0], np.float32)
    told = timing_features(np.stack([left, left * 2, left * 0, left + 1, left], 1))
    assert np.isfinite(told).all()
    assert np.abs(told[:, 0]).max() <= 1.2


def test_numbers_depend_on_seed_and_position_alone(untrained: TinySpeech) -> None:
    drawn = [row_of(untrained, slot, seed).noise.at(3).copy() for slot, seed in ((0, 7), (3, 7), (0, 8))]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_the_pointer_moves_as_far_as_it_must_and_stays_in_the_text(untrained: TinySpeech) -> None:
    row, told = row_of(untrained, 0), Told(4, 256, 64)

    def allowed(least: int) -> list[int]:
        told.fill([row] * 4, {0: Step(0, 5.0, may_stop=False, min_advance=least)})
        return [move for move in range(MAX_ADVANCE + 1) if told.noise[0, move] > IMPOSSIBLE / 2]

    assert allowed(0) == [0, 1, 2, 3]
    assert allowed(2) == [2, 3]
    row.say((1,) * 8, row.last_unit - 1)
    assert allowed(0) == [0, 1]
    assert allowed(3) == [1]


def test_a_hurried_row_that_is_late_is_urged_to_move_on_and_one_that_has_time_is_left_alone(
    untrained: TinySpeech,
) -> None:
    row, told = row_of(untrained, 0), Told(4, 256, 64)

    def urged(hurry: float, codes_left: float) -> float:
        row.hurry = hurry
        told.fill([row] * 4, {0: Step(0, codes_left, may_stop=False)})
        return float(told.noise[0, 1])

    plan = row.natural_left
    assert urged(1.0, 0.1 * plan) > urged(0.5, 0.1 * plan) > urged(0.0, 0.1 * plan)
    assert urged(1.0, 9 * plan) < urged(0.0, 9 * plan)
    assert urged(0.0, 0.1 * plan) == urged(0.0, 9 * plan)
