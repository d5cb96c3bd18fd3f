from __future__ import annotations

import math

import numpy as np
import pytest

from oncue.model.tiny.layout import PITCH_CENTRE, PITCH_STEP
from oncue.model.tiny.melody import CODE_FEATURES, code_features, frame_pitch, frame_voicing


def test_a_frame_has_a_voice_where_its_digit_has() -> None:
    assert frame_voicing([[0, 30], [31, 0]]) == [0, 0, 1, 1, 1, 1, 0, 0]


def test_pitch_moves_in_a_line_between_digits_and_is_held_where_there_is_none() -> None:
    mean, up = math.log(100), PITCH_CENTRE + 4
    track = frame_pitch([[up, 0]], mean, 1.5, mean, voiced=True)
    assert track[1] == mean + 6 * PITCH_STEP
    assert track[0] == pytest.approx(mean + 3 * PITCH_STEP)
    assert track[2] == track[3] == track[1]


def test_a_voice_that_sets_in_begins_with_its_own_pitch() -> None:
    mean, up = math.log(100), PITCH_CENTRE + 4
    track = frame_pitch([[up, 0], [0, PITCH_CENTRE - 4]], mean, 1.0, mean + 1, voiced=False)
    assert track[:6] == [mean + 4 * PITCH_STEP] * 6
    assert track[6:] == [mean - 4 * PITCH_STEP] * 2


def test_pitch_in_pieces_is_the_pitch_of_the_whole() -> None:
    mean, digits = math.log(100), [[0, 0], [30, 36], [40, 0], [0, 20], [22, 0]]
    whole = frame_pitch(digits, mean, 1.0, mean, voiced=False)
    for cut in range(1, len(digits)):
        first = frame_pitch(digits[:cut], mean, 1.0, mean, voiced=False)
        second = frame_pitch(digits[cut:], mean, 1.0, first[-1], voiced=digits[cut - 1][-1] > 0)
        assert first + second == whole


def test_features_are_bounded_and_unvoiced_pitch_is_zero() -> None:
    digits = np.array([[0, 63, 0, 7, 3, 4, 1, 6]])
    features, wider = (code_features(digits, [2], scale) for scale in (1.0, 2.0))
    assert wider[0, 7] == 2 * features[0, 7]
    assert features.shape == (1, CODE_FEATURES)
    assert np.abs(features[0, :6]).max() == 1
    assert features[0, 6] == 0
    assert features[0, 8] == 0
    assert features[0, 9] == 1
