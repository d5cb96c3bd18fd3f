from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import CODE_SAMPLES, HOP, MAX_ADVANCE, PITCH_CENTRE, PITCH_LEVELS, PITCH_STEP
from oncue.model.training.data.prepare import align, closing_cut, pitch_digits, settled


@settings(derandomize=True, deadline=None)
@given(st.lists(st.integers(400, 6000), min_size=1, max_size=40))
def test_the_pointer_moves_forward_by_steps_that_can_be_said_and_names_the_unit_where_it_can(
    lengths: list[int],
) -> None:
    ends = np.cumsum([*lengths, 4 * CODE_SAMPLES])
    aligned = align(ends, int(ends[-1]) // CODE_SAMPLES)
    assert np.array_equal(np.cumsum(aligned.advance), aligned.pointer)
    assert aligned.advance.min() >= 0
    assert aligned.advance.max() <= MAX_ADVANCE
    wanted = np.searchsorted(ends, (np.arange(len(aligned.pointer)) + 1) * CODE_SAMPLES - 1, side="right")
    assert (aligned.pointer <= wanted).all()
    assert aligned.pointer[-1] == len(lengths)


def test_dwell_starts_anew_with_every_unit() -> None:
    aligned = align(np.array([CODE_SAMPLES * 3, CODE_SAMPLES * 5]), 5)
    assert aligned.dwell.tolist() == [0, 1, 2, 0, 1]


def test_pitch_digits_are_relative_to_the_voice_and_zero_without_voice() -> None:
    track = np.full(8, np.log(200), np.float32)
    track[4:] = np.nan
    assert pitch_digits(track, float(np.log(200)), 1.0).tolist() == [[PITCH_CENTRE, PITCH_CENTRE], [0, 0]]
    for scale, levels in ((1.0, 6), (2.0, 3), (0.5, 12)):
        assert pitch_digits(track, float(np.log(200)) - 6 * PITCH_STEP, scale)[0, 0] == PITCH_CENTRE + levels
    assert pitch_digits(track, 0.0, 1.0).max() == PITCH_LEVELS - 1


def test_the_silence_that_the_teacher_gives_to_the_phone_before_a_mark_belongs_to_the_mark() -> None:
    audio = np.zeros(100 * HOP, np.int16)
    audio[: 40 * HOP] = 8000
    audio[55 * HOP : 70 * HOP] = 8000
    phones = np.array([INDEX["a"], INDEX[","], INDEX["m"], INDEX["a"], INDEX["."]])
    ends = np.array([50, 52, 60, 90, 100]) * HOP
    assert (settled(ends, phones, audio) // HOP).tolist() == [42, 52, 60, 72, 100]


def test_a_closing_pause_is_cut_to_many_lengths_and_never_made_longer() -> None:
    rng = np.random.default_rng(0)
    long, short = np.array([24_000, 60_000]), np.array([24_000, 25_000])
    kept = [closing_cut(long, rng) - 24_000 for _ in range(50)]
    assert 0.2 * 24_000 < min(kept) < 0.35 * 24_000
    assert 0.55 * 24_000 < max(kept) < 0.7 * 24_000
    assert closing_cut(short, rng) == 25_000
