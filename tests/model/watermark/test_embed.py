import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.watermark.code import KEY_BYTES, Payload, SignTable
from oncue.model.watermark.embed import GAIN_DB, LineMark, MarkFilters, Samples, log_gains

SIGNS = SignTable(bytes(KEY_BYTES)).of(Payload(7, 20_000))
FILTERS = MarkFilters(SIGNS, 24_000)


def noise(samples: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 9_600), max_size=8), st.integers(0, 200_000))
def test_the_mark_does_not_depend_on_where_the_sound_is_cut(cuts: list[int], at: int) -> None:
    sound, line = noise(9_600), LineMark(FILTERS, at)
    pieces = np.concatenate([line.mark(piece) for piece in np.split(sound, sorted(cuts))])
    assert np.abs(pieces - LineMark(FILTERS, at).mark(sound)).max() < 1e-7


def test_a_line_that_is_taken_up_in_the_middle_is_marked_as_the_whole_one() -> None:
    sound, at = noise(48_000), 12_345
    whole = LineMark(FILTERS, 0).mark(sound)
    assert np.abs(LineMark(FILTERS, at).mark(sound[at:])[FILTERS.taps :] - whole[at + FILTERS.taps :]).max() < 1e-7


def test_nothing_is_late_and_nothing_is_early() -> None:
    click = np.zeros(4_800, np.float32)
    click[1_000] = 0.5
    marked = LineMark(FILTERS, 0).mark(click)
    assert np.abs(marked[:1_000]).max() < 1e-7
    assert np.abs(marked).argmax() == 1_000


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_no_frequency_is_raised_or_lowered_by_more_than_the_gain_and_none_on_average(rate: int) -> None:
    gains = log_gains(SIGNS, np.fft.rfftfreq(1024, 1 / rate))
    assert np.abs(gains).max() <= GAIN_DB * np.log(10) / 20 + 1e-9
    assert np.abs(gains.mean(axis=0)).max() < 1e-9
    sound = noise(rate)
    marked = LineMark(MarkFilters(SIGNS, rate), 0).mark(sound)
    assert abs(10 * np.log10((marked**2).mean() / (sound**2).mean())) < 0.2


def test_a_rate_without_whole_half_chips_is_refused() -> None:
    with pytest.raises(ValueError, match="11025 Hz"):
        MarkFilters(SIGNS, 11_025)


def test_no_sound_is_marked_as_no_sound() -> None:
    assert len(LineMark(FILTERS, 5).mark(noise(0))) == 0
