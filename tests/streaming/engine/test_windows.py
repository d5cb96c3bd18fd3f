from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.engine.windows import FIRST_RAMP, NEXT_RAMP, PlannedWindow, WindowRamp


@given(st.integers(0, 10), st.integers(1, 60), st.sampled_from([FIRST_RAMP, NEXT_RAMP]))
def test_the_last_windows_take_every_code_and_none_is_tiny(index: int, unplanned: int, ramp: WindowRamp) -> None:
    sizes = ramp.last(index, unplanned)
    assert sum(sizes) == unplanned
    assert all(size >= 3 for size in sizes[1:])


def test_the_first_window_is_due_as_soon_as_its_codes_are_decoded() -> None:
    assert not FIRST_RAMP.due(0, 2)
    assert FIRST_RAMP.due(0, 3)


def test_a_vocoder_that_looks_ahead_gets_its_lookahead_in_every_window() -> None:
    ramp = FIRST_RAMP.at_least(5)
    assert [ramp.lookahead(index) for index in range(5)] == [5, 5, 5, 8, 12]
    assert not ramp.due(0, 7)
    assert ramp.due(0, 8)


def test_a_vocoder_that_holds_sound_back_gets_a_longer_first_window() -> None:
    ramp = FIRST_RAMP.longer(1)
    assert [ramp.size(index) for index in range(5)] == [4, 4, 6, 8, 8]
    assert not ramp.due(0, 3)
    assert ramp.due(0, 4)


def test_windows_grow_and_then_stay() -> None:
    sizes = [FIRST_RAMP.size(index) for index in range(9)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == sizes[-2]


def test_a_window_knows_its_end_and_its_samples() -> None:
    window = PlannedWindow(4, (900, 1000), False, ())
    assert (window.end, window.samples) == (6, 1900)
    assert PlannedWindow(4, (900, 1000), False, (), owed=500, held_back=700).samples == 1700
