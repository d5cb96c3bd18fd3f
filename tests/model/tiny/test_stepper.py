from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import EmotionSource, Start, Step
from oncue.model.tiny.layout import DIGIT_LEVELS, MAX_ADVANCE
from oncue.model.tiny.rows import Row
from oncue.model.tiny.speech import TinySpeech
from oncue.model.tiny.stepper import BLOCK, Choice, Stepper


def row_of(model: TinySpeech, seed: int) -> Row:
    voice, emotion = next(iter(model.voices.values())), model.emotion(EmotionSource())
    model.prefill([Start(0, model.read("你好。"), voice, emotion, 10.0, seed)])
    row = model._row(0)
    model.release(0)
    return row


def test_choices_stay_in_the_text_and_in_the_levels(untrained: TinySpeech) -> None:
    row, stepper = row_of(untrained, 7), Stepper(untrained._runtime.graph("step"), BLOCK)
    for _ in range(12):
        choice = stepper.step([row, None, None, None], {0: Step(0, 4.0, may_stop=False, min_advance=1)})[0]
        room = row.last_unit - row.pointer
        assert min(1, room) <= choice.advance <= min(MAX_ADVANCE, room)
        assert all(0 <= digit < levels for digit, levels in zip(choice.digits, DIGIT_LEVELS, strict=True))
        row.say(choice.digits, choice.advance)
    assert row.pointer == row.last_unit


@pytest.mark.parametrize("rows", range(2, 8))
def test_a_row_is_the_same_to_the_bit_in_one_block_and_in_many_together(untrained: TinySpeech, rows: int) -> None:
    graph = untrained._runtime.graph("step")
    told = []
    for most in (BLOCK, rows * BLOCK):
        stepper = Stepper(graph, rows * BLOCK)
        stepper._most = most
        every = [row_of(untrained, seed) for seed in range(rows * BLOCK)]
        steps = {index: Step(index, 5.0 + index, may_stop=False) for index in range(len(every))}
        choices: list[Choice] = []
        for _ in range(3):
            for index, choice in stepper.step(every, steps).items():
                every[index].say(choice.digits, choice.advance)
                choices.append(choice)
        told.append((choices, stepper.grounds.copy(), stepper.ring.copy()))
    assert told[0][0] == told[1][0]
    assert np.array_equal(told[0][1], told[1][1])
    assert np.array_equal(told[0][2], told[1][2])


def test_where_a_kernel_heeds_how_many_rows_there_are_every_block_is_whole_and_a_call(
    untrained: TinySpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Stepper(untrained._runtime.graph("step"), 8)._most in {BLOCK, 8}
    monkeypatch.setattr(Stepper, "_indifferent", lambda _self, _rows, _sizes: False)
    stepper, row = Stepper(untrained._runtime.graph("step"), 8), row_of(untrained, 1)
    stepper.step([row] * 8, {index: Step(index, 5.0, may_stop=False) for index in (3, 4)})
    assert set(stepper._calls) == {(0, 4), (4, 8)}


def test_where_it_does_not_few_rows_are_computed_alone_and_many_with_their_neighbours(
    untrained: TinySpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stepper, "_indifferent", lambda _self, _rows, _sizes: True)
    stepper, row = Stepper(untrained._runtime.graph("step"), 8), row_of(untrained, 1)
    for index in ((5,), (3, 5), (1, 6)):
        stepper.step([row] * 8, {each: Step(each, 5.0, may_stop=False) for each in index})
    assert set(stepper._calls) == {(5, 6), (3, 6), (0, 8)}


def test_blocks_that_no_row_lies_in_are_left_out(untrained: TinySpeech, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stepper, "_indifferent", lambda _self, _rows, _sizes: True)
    stepper, row = Stepper(untrained._runtime.graph("step"), 16), row_of(untrained, 1)
    stepper.step([row] * 16, {each: Step(each, 5.0, may_stop=False) for each in (1, 6, 13)})
    assert set(stepper._calls) == {(0, 8), (12, 16)}


@pytest.mark.parametrize("rows", range(1, BLOCK))
def test_a_row_is_the_same_to_the_bit_in_few_rows_and_in_many(untrained: TinySpeech, rows: int) -> None:
    graph = untrained._runtime.graph("step")
    step = Step(0, 5.0, may_stop=False)
    few, many = Stepper(graph, 2 * BLOCK), Stepper(graph, 2 * BLOCK)
    every = [row_of(untrained, seed) for seed in range(2 * BLOCK)]
    few.step(every, dict.fromkeys(range(1, 1 + rows), step))
    many.step(every, dict.fromkeys(range(2 * BLOCK), step))
    assert np.array_equal(few.grounds[1 : 1 + rows], many.grounds[1 : 1 + rows])
