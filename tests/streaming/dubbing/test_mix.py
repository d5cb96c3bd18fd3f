from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.dubbing.fit import StretchedSpan, TimeMap
from oncue.streaming.dubbing.mix import (
    PlacedLine,
    SpeechSpan,
    background,
    laid_over,
    merged,
    share_down,
    stretched,
    taken_down,
    voice_track,
)
from tests import sounds

RATE = 16_000
spans_st = st.lists(
    st.tuples(st.floats(0, 5.5), st.floats(0.05, 1.5)).map(lambda pair: SpeechSpan(pair[0], pair[0] + pair[1])),
    max_size=5,
)


def noise(seconds: float, channels: int = 2, seed: int = 0) -> np.ndarray:
    return (0.05 * np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))).astype(np.float32)


@settings(max_examples=12, deadline=None)
@given(spans_st)
def test_outside_the_spans_every_sample_is_the_originals(spans: list[SpeechSpan]) -> None:
    pcm = noise(6.0)
    share = share_down(merged(spans), len(pcm), RATE)
    made = background(pcm, RATE, merged(spans))
    assert made.shape == pcm.shape
    assert np.array_equal(made[share == 0], pcm[share == 0])
    assert np.abs(np.diff(share)).max(initial=0) < 0.01  # no click


def test_speech_goes_down_to_what_is_under_it_and_the_background_goes_on() -> None:
    under = noise(6.0, 1)
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(6 * RATE) / RATE).astype(np.float32)[:, None]
    speech = np.zeros((6 * RATE, 1), np.float32)
    speech[2 * RATE : 4 * RATE, 0] = sounds.speech(2.0, RATE)
    made = background(under + tone + speech, RATE, [SpeechSpan(2.0, 4.0)])
    middle = slice(round(2.2 * RATE), round(3.8 * RATE))
    left = made[middle] - tone[middle]
    assert np.square(left).mean() < 1.2 * np.square(under[middle]).mean() < 0.2 * np.square(speech[middle]).mean()
    kept = float((made[middle] * tone[middle]).sum() / (tone[middle] * tone[middle]).sum())
    assert 0.5 < kept < 1.2


def test_a_stem_takes_the_place_of_the_original_inside_the_spans() -> None:
    pcm, stem = noise(3.0), noise(3.0, seed=1)
    made = background(pcm, RATE, [SpeechSpan(1.0, 2.0)], stem)
    assert np.array_equal(made[: RATE - 1], pcm[: RATE - 1])
    assert np.array_equal(made[round(1.1 * RATE) : round(1.9 * RATE)], stem[round(1.1 * RATE) : round(1.9 * RATE)])


def test_only_speech_that_a_line_stands_for_is_taken_down() -> None:
    speech = [SpeechSpan(1, 3), SpeechSpan(5, 7), SpeechSpan(8, 18)]
    found = taken_down(speech, [(1.2, 2.9), (9.0, 10.0)], 20.0)
    assert [(round(span.start_s, 2), round(span.end_s, 2)) for span in found] == [(0.88, 3.18), (8.76, 10.36)]
    assert taken_down(speech, [], 20.0) == ()


def test_lines_are_placed_to_the_sample_and_one_that_reaches_into_the_next_is_faded_before_it() -> None:
    ones = np.ones(1000, np.float32)
    track = voice_track([PlacedLine(-100, ones, 0.5), PlacedLine(500, ones, 1.0)], 2000, RATE)
    assert track[0] == 0.5
    assert track[499] < 0.01
    assert track[500] == 1.0
    assert not track[1500:].any()


def test_the_voice_gives_way_where_the_sum_would_clip_and_nothing_else_does() -> None:
    under = np.full((8000, 2), 0.6, np.float32)
    voice = np.zeros(8000, np.float32)
    voice[3000:3100] = 0.9
    voice[6000:6100] = 0.2
    made = laid_over(under, voice, (0, 1))
    assert np.abs(made).max() <= 0.99
    assert np.array_equal(made[:1000], under[:1000])
    assert np.allclose(made[6000:6100], 0.8)
    assert np.array_equal(laid_over(under, voice, (0,))[:, 1], under[:, 1])


def test_a_slowed_background_is_as_long_as_the_picture_and_the_same_outside_what_is_slowed() -> None:
    clock = TimeMap((StretchedSpan(1.0, 2.0, 1.1), StretchedSpan(3.0, 3.5, 1.05)))
    pcm = 0.1 * np.sin(2 * np.pi * 200 * np.arange(4 * RATE) / RATE).astype(np.float32)[:, None]
    made = stretched(pcm, RATE, clock)
    assert len(made) == round(clock(4.0) * RATE)
    assert np.array_equal(made[:RATE], pcm[:RATE])
    assert np.array_equal(made[-RATE // 2 :], pcm[-RATE // 2 :])
    spectrum = np.abs(np.fft.rfft(made[RATE : round(2.1 * RATE), 0]))
    assert abs(np.argmax(spectrum) / 1.1 - 200) < 3  # slower, not lower
    assert np.abs(np.diff(made[:, 0])).max() < 0.03
