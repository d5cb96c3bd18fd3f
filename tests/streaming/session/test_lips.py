from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.model.api import Samples
from oncue.model.text.phones import PAUSES, SYMBOLS
from oncue.streaming.engine.events import Mark, MarkKind
from oncue.streaming.protocol.messages import RATES
from oncue.streaming.session.lips import SHAPES, MouthTracker, VisemeTracker

VISEMES = {"sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"}
lengths = st.lists(st.tuples(st.sampled_from(SYMBOLS[1:]), st.integers(1, 900), st.integers(1, 900)), max_size=12)


def phone(symbol: str, start: int, end: int) -> Mark:
    kind: MarkKind = "pause" if symbol in PAUSES else "phone"
    return Mark(kind, symbol, 0, 1, start, end)


def test_every_phone_of_the_front_end_has_shapes_and_every_shape_is_one_of_the_fifteen() -> None:
    assert set(SYMBOLS[1:]) <= set(SHAPES)
    assert {name for shapes in SHAPES.values() for name in shapes} == VISEMES


@given(lengths, st.integers(40, 700))
def test_shapes_come_in_order_without_overlap_and_never_after_the_chunk_they_begin_in(
    told: list[tuple[str, int, int]], chunk: int
) -> None:
    """The real length of a phone is not the one that was expected when it began."""
    marks, at = [], 30
    for symbol, real, expected in told:
        marks.append(phone(symbol, at, at + expected))
        at += real
    lips, shapes, end = VisemeTracker(), [], 0
    while end < at:
        new = lips.push([mark for mark in marks if end <= mark.start < end + chunk], end + chunk)
        assert all(end <= shape.start < end + chunk for shape in new)
        shapes += new
        end += chunk
    assert all(one.start <= other.start for one, other in pairwise(shapes))
    starts = {mark.start: SHAPES[mark.text][0] for mark in marks}
    assert all((start, name) in {(shape.start, shape.text) for shape in shapes} for start, name in starts.items())
    assert not shapes or (shapes[0].text, shapes[0].start) == ("sil", 0)


def test_a_diphthong_is_two_shapes_and_the_open_one_is_longer() -> None:
    first, second = VisemeTracker().push([phone("AY", 0, 900)], 1000)[-2:]
    assert (first.text, first.start, first.end) == ("aa", 0, 600)
    assert (second.text, second.start, second.end) == ("ih", 600, 900)


def test_a_phone_that_is_shorter_than_expected_loses_the_shapes_it_had_no_time_for() -> None:
    lips = VisemeTracker()
    begun = lips.push([phone("iang", 0, 1200)], 200)
    assert [shape.text for shape in begun][-1] == "ih"
    rest = lips.push([phone("b", 250, 400)], 2000)
    assert [(shape.text, shape.start) for shape in rest] == [("PP", 250)]


def test_a_pause_shuts_the_mouth_and_a_phone_nobody_knows_has_no_shape() -> None:
    shapes = VisemeTracker().push([phone("a", 0, 100), phone(",", 100, 300), phone("#7", 300, 400)], 500)
    assert [shape.text for shape in shapes] == ["aa", "sil"]


RATE = 24000


def tone(hertz: float, seconds: float, level: float = 0.5, rate: int = RATE) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@given(st.lists(st.integers(0, 3000), max_size=6), st.integers(0, 9))
def test_the_values_do_not_depend_on_how_the_sound_was_cut(cuts: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).normal(0, 0.1, 6000).astype(np.float32)
    mouth, parts, at = MouthTracker(RATE), list[float](), 0
    for cut in cuts:
        parts += mouth.push(sound[at : at + cut])
        at += cut
    parts += mouth.push(sound[at:])
    assert tuple(parts) == MouthTracker(RATE).push(sound)


@pytest.mark.parametrize("rate", RATES)
def test_there_is_a_value_every_20_ms_at_every_rate(rate: int) -> None:
    mouth = MouthTracker(rate)
    assert len(mouth.push(np.zeros(rate, np.float32))) == 50
    assert (mouth.step, mouth.next_sample) == (rate // 50, rate)


def test_a_value_knows_no_sound_after_it() -> None:
    quiet, loud = np.zeros(4800, np.float32), tone(200, 0.2)
    assert MouthTracker(RATE).push(np.concatenate((quiet, loud)))[:11] == (0.0,) * 11


def test_silence_is_shut_a_loud_vowel_is_open_and_a_hiss_is_less_than_a_vowel() -> None:
    vowel, hiss = tone(300, 0.5), tone(5000, 0.5)
    assert max(MouthTracker(RATE).push(np.zeros(12000, np.float32))) == 0.0
    assert MouthTracker(RATE).push(vowel)[-1] > 0.95
    assert MouthTracker(RATE).push(hiss)[-1] < 0.3


def test_a_mouth_shuts_slower_than_it_opens() -> None:
    values = MouthTracker(RATE).push(np.concatenate((tone(300, 0.2), np.zeros(4800, np.float32))))
    opening = values[2] - values[0]
    closing = values[11] - values[13]
    assert opening > closing > 0
    assert values[-1] < 0.1


@pytest.mark.parametrize("rate", [8000, 48000])
def test_the_rate_changes_little(rate: int) -> None:
    assert (
        abs(MouthTracker(rate).push(tone(250, 0.3, 0.05, rate))[-1] - MouthTracker(RATE).push(tone(250, 0.3, 0.05))[-1])
        < 0.05
    )
