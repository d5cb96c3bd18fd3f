from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.model.api import Samples
from oncue.streaming.protocol.messages import RATES
from oncue.streaming.session.mouth import Mouth

RATE = 24000


def tone(hertz: float, seconds: float, level: float = 0.5, rate: int = RATE) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@given(st.lists(st.integers(0, 3000), max_size=6), st.integers(0, 9))
def test_the_values_do_not_depend_on_how_the_sound_was_cut(cuts: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).normal(0, 0.1, 6000).astype(np.float32)
    mouth, parts, at = Mouth(RATE), list[float](), 0
    for cut in cuts:
        parts += mouth.push(sound[at : at + cut])
        at += cut
    parts += mouth.push(sound[at:])
    assert tuple(parts) == Mouth(RATE).push(sound)


@pytest.mark.parametrize("rate", RATES)
def test_there_is_a_value_every_20_ms_at_every_rate(rate: int) -> None:
    mouth = Mouth(rate)
    assert len(mouth.push(np.zeros(rate, np.float32))) == 50
    assert (mouth.step, mouth.next_sample) == (rate // 50, rate)


def test_a_value_knows_no_sound_after_it() -> None:
    quiet, loud = np.zeros(4800, np.float32), tone(200, 0.2)
    assert Mouth(RATE).push(np.concatenate((quiet, loud)))[:11] == (0.0,) * 11


def test_silence_is_shut_a_loud_vowel_is_open_and_a_hiss_is_less_than_a_vowel() -> None:
    vowel, hiss = tone(300, 0.5), tone(5000, 0.5)
    assert max(Mouth(RATE).push(np.zeros(12000, np.float32))) == 0.0
    assert Mouth(RATE).push(vowel)[-1] > 0.95
    assert Mouth(RATE).push(hiss)[-1] < 0.3


def test_a_mouth_shuts_slower_than_it_opens() -> None:
    values = Mouth(RATE).push(np.concatenate((tone(300, 0.2), np.zeros(4800, np.float32))))
    opening = values[2] - values[0]
    closing = values[11] - values[13]
    assert opening > closing > 0
    assert values[-1] < 0.1


@pytest.mark.parametrize("rate", [8000, 48000])
def test_the_rate_changes_little(rate: int) -> None:
    assert abs(Mouth(rate).push(tone(250, 0.3, 0.05, rate))[-1] - Mouth(RATE).push(tone(250, 0.3, 0.05))[-1]) < 0.05
