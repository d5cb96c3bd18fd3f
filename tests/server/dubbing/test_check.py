from __future__ import annotations

import numpy as np

from oncue.server.dubbing.check import _heard, openness
from oncue.server.dubbing.dub import LineReport
from tests import sounds

RATE = 16_000


def line(number: int, start_s: float, end_s: float) -> LineReport:
    return LineReport(number, "Ada", "Hello.", start_s, end_s, start_s, end_s, 9.0, 1.0, 1.0, "fits", "")


def test_an_onset_is_that_of_the_line_also_where_the_line_before_ends_just_before_it() -> None:
    lines = [line(1, 0.5, 1.95), line(2, 2.0, 3.0)]
    voice = np.zeros(4 * RATE, np.float32)
    for one in lines:
        part = sounds.speech(one.end_s - one.start_s, RATE, seed=one.number)
        voice[round(one.start_s * RATE) : round(one.start_s * RATE) + len(part)] = part
    first, second = _heard(voice, RATE, lines[0], None, lines[1]), _heard(voice, RATE, lines[1], lines[0], None)
    assert first.off_ms is not None
    assert second.off_ms is not None
    assert max(abs(first.off_ms), abs(second.off_ms)) < 20
    assert first.end_s is not None
    assert abs(first.end_s - 1.95) < 0.05


def test_a_line_that_is_not_heard_has_no_onset() -> None:
    assert _heard(np.zeros(4 * RATE, np.float32), RATE, line(1, 0.5, 1.0), None, None).onset_s is None


def test_an_open_mouth_is_dark_and_a_picture_that_never_changes_has_none() -> None:
    assert openness([0.8, 0.8, 0.2, 0.5])[2] > 0.95
    assert openness([0.5] * 10) == (0.0,) * 10
    assert openness([]) == ()
