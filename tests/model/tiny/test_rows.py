from __future__ import annotations

import math

import numpy as np
import pytest

from oncue.model.api import EmotionSource, Start, Voice
from oncue.model.tiny.layout import CONDITION_DIM
from oncue.model.tiny.rows import GLIDE_CODES, Row
from oncue.model.tiny.speech import TinySpeech


@pytest.fixture
def row(untrained: TinySpeech) -> Row:
    voice, emotion = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    untrained.prefill([Start(2, untrained.read("你好。"), voice, emotion, 10.0, 7)])
    taken = untrained._rows[2]
    untrained.release(2)
    assert taken is not None
    return taken


def test_what_is_left_of_the_text_falls_with_every_code_and_never_below_zero(row: Row) -> None:
    left = [row.natural_left]
    for move in (0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0):
        row.say((1,) * 8, min(move, row.last_unit - row.pointer))
        left.append(row.natural_left)
    assert left == sorted(left, reverse=True)
    assert left[-1] >= 0


def test_a_whole_script_is_left_before_the_first_code(row: Row) -> None:
    assert row.natural_left == pytest.approx(sum(row.natural))
    assert row.previous() == (0,) * 8


def test_dwell_counts_codes_since_the_pointer_moved(row: Row) -> None:
    for move in (0, 0, 1, 0, 0):
        row.say((1,) * 8, move)
    assert [code.dwell for code in row.said] == [0, 1, 0, 1, 2]
    assert row.dwell == 3


def test_what_a_sound_took_too_long_is_made_good_by_those_after_it_but_not_without_end(row: Row) -> None:
    assert row.late(1.0) == pytest.approx(0.5 - row.natural[0])
    row.say((1,) * 8, 0)
    assert row.late(1.0) == pytest.approx(1.5 - row.natural[0])
    row.say((1,) * 8, 1)
    assert row.late(1.0) == pytest.approx(1.5 + (1 - row.natural[0]) - row.natural[1])
    for _ in range(40):
        row.say((1,) * 8, 0)
    row.say((1,) * 8, 1)
    assert row.late(1.0) == pytest.approx(1.5 + 2 - row.natural[2])


def test_a_row_is_hurried_where_it_is_to_be_quicker_than_its_feeling_makes_it(untrained: TinySpeech) -> None:
    voice, script = next(iter(untrained.voices.values())), untrained.read("你好。")
    for emotion in (EmotionSource(), EmotionSource((0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))):
        felt = untrained.emotion(emotion)
        own = felt.pace * script.natural_codes
        found = [Row(Start(0, script, voice, felt, ratio * own, 7)).hurry for ratio in (0.7, 0.75, 0.8, 0.85, 1.0, 1.3)]
        assert found == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0, 0.0])


def test_there_are_no_phones_beyond_the_ends(row: Row) -> None:
    assert row.phones_at(0)[0] == 0
    assert row.phones_at(row.last_unit)[2] == 0


def test_another_feeling_comes_over_a_line_in_even_steps_and_stays(row: Row, untrained: TinySpeech) -> None:
    row.say((1,) * 8, 0)
    row.feel(untrained.emotion(EmotionSource((0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0))))
    for _ in range(GLIDE_CODES + 3):
        row.say((1,) * 8, 0)
    sad = [float(code.emotion[2]) for code in row.said]
    steps = [step / GLIDE_CODES for step in range(GLIDE_CODES)]
    assert sad == pytest.approx([*steps, 1.0, 1.0, 1.0, 1.0])
    assert sad[-1] == 1.0


def test_a_line_that_has_not_begun_changes_its_feeling_at_once(row: Row, untrained: TinySpeech) -> None:
    row.feel(untrained.emotion(EmotionSource((1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))))
    row.say((1,) * 8, 0)
    assert float(row.said[0].emotion[0]) == 1.0


def test_the_decoder_is_told_how_wide_the_melody_is(untrained: TinySpeech) -> None:
    voice, emotion = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    wide = Voice("tiny", {**voice.arrays, "pitch_scale": np.array([2.0], np.float32)})
    row = Row(Start(0, untrained.read("你好。"), wide, emotion, 10.0, 7))
    assert float(row.condition[-1]) == pytest.approx(math.log(2.0))
    assert len(row.condition) == CONDITION_DIM


def test_a_script_at_its_speakers_pace_is_read_at_the_reference_rate(untrained: TinySpeech) -> None:
    voice, emotion = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    script = untrained.read("你好。")
    slow = Voice("tiny", {**voice.arrays, "pace": np.array(1.3, np.float32)})
    row = Row(Start(0, script.paced(slow.pace), slow, emotion, 10.0, 7))
    assert row.natural == pytest.approx([unit.mean_codes for unit in script.units])
