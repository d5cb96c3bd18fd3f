from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.scenes.mix import SoundedLine, heard_part, mixed, panned

RATE = 8000
line_st = st.tuples(st.sampled_from("ab"), st.integers(-2000, 9000), st.integers(1, 4000), st.floats(0.1, 1.0))


@settings(max_examples=30, deadline=None)
@given(st.lists(line_st, max_size=5), st.floats(-1, 1))
def test_the_stems_sum_to_the_mix_and_nothing_clips(rows: list[tuple[str, int, int, float]], pan: float) -> None:
    lines = [
        SoundedLine(f"l{index}", who, np.full(count, level, np.float32), first)
        for index, (who, first, count, level) in enumerate(rows)
    ]
    made = mixed(lines, {"a": panned(pan, 3.0), "b": panned(0.0, 0.0)}, 10_000, RATE)
    assert made.mix.shape == (10_000, 2)
    assert np.array_equal(sum(stem.astype(np.int32) for stem in made.stems.values()), made.mix)
    assert np.abs(made.mix.astype(np.int32)).max() <= 32767


def test_a_line_lies_at_its_sample_and_on_its_side() -> None:
    line = SoundedLine("l", "a", np.full(100, 0.5, np.float32), 300)
    made = mixed([line], {"a": panned(-1.0, 0.0)}, 1000, RATE)
    assert np.nonzero(made.mix[:, 0])[0][[0, -1]].tolist() == [300, 399]
    assert not made.mix[:, 1].any()
    assert np.allclose(panned(0.0, 0.0), 0.5**0.5)


def test_a_line_that_is_stopped_ends_there_without_a_click() -> None:
    line = SoundedLine("l", "a", np.ones(4000, np.float32), 0, cut_sample=1000)
    sound = heard_part(line, RATE)
    assert len(sound) == 1000
    assert np.abs(np.diff(np.append(sound, 0))).max() < 0.02
