import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.protocol.audio import edges, fade_out, from_s16le, onset, to_s16le
from tests import sounds


@given(st.lists(st.integers(-32767, 32767)))
def test_16_bit_samples_survive_the_way_there_and_back(values: list[int]) -> None:
    data = np.array(values, "<i2").tobytes()
    assert to_s16le(from_s16le(data)) == data


def test_loud_samples_are_clipped_and_never_wrap() -> None:
    assert from_s16le(to_s16le(np.array([7.0, -7.0], np.float32))).tolist() == [1.0, -1.0]


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="16-bit"):
        from_s16le(b"\x00")


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_fade_ends_in_silence_and_leaves_the_rest_alone(length: int, fade: int) -> None:
    faded = fade_out(np.ones(length, np.float32), fade)
    assert len(faded) == length
    assert np.all(faded[: max(0, length - fade)] == 1)
    assert length == 0 or fade == 0 or abs(faded[-1]) < 1e-6
    assert np.all(np.diff(faded) <= 0)


def test_edges_are_where_sound_begins_and_ends() -> None:
    pcm = sounds.between_silences(sounds.speech(1.0, 16_000), 0.5, 16_000)
    first, last = edges(pcm, 16_000)
    assert abs(first / 16_000 - 0.5) < 0.03
    assert abs(last / 16_000 - 1.5) < 0.05
    assert edges(np.zeros(100, np.float32), 16_000) == (0, 0)


def test_a_sound_begins_in_the_middle_of_its_soft_beginning() -> None:
    rate = 16_000
    loud = np.ones(rate // 2, np.float32)
    soft = np.full(rate // 20, 10 ** (-32.5 / 20), np.float32)
    quiet = np.zeros(rate // 4, np.float32)
    assert onset(np.concatenate([quiet, loud]), rate) == len(quiet)
    assert abs(onset(np.concatenate([quiet, soft, loud]), rate) - len(quiet) - len(soft) // 2) <= rate // 200
    assert onset(quiet, rate) == 0
