from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.protocol.errors import DurationInfeasible
from oncue.streaming.timing.feasibility import (
    EASY_RATIO,
    NOTHING,
    LengthRange,
    Promise,
    heard_early,
    promise,
    script_ranges,
)
from oncue.streaming.timing.targets import DurationTarget
from tests.fakes import ScriptedModel
from tests.streaming.timing.test_planner import LINES

MODEL = ScriptedModel()
SCRIPT = MODEL.read(LINES[3])
NATURAL = LengthRange(60_000, 100_000, 160_000, 100_000)
cuts = st.lists(st.integers(0, len(SCRIPT.units)), unique=True, max_size=4).map(sorted)


@given(cuts)
def test_the_parts_of_a_script_add_up_to_the_whole(places: list[int]) -> None:
    parts = script_ranges(SCRIPT, MODEL.spec, places)
    (whole,) = script_ranges(SCRIPT, MODEL.spec)
    total = sum(parts, NOTHING)
    assert len(parts) == len(places) + 1
    assert all(abs(one - two) < 1e-6 for one, two in pairwise((total.natural, whole.natural)))
    assert abs(total.low - 0.6 * whole.natural) < 1e-6
    assert abs(total.high - 1.6 * whole.natural) < 1e-6


def test_a_length_within_reach_is_promised_without_a_word() -> None:
    decided = promise(DurationTarget(seconds=4.0), 100_000, NATURAL, 24000, True)
    assert (decided.samples, decided.warning) == (96_000, None)


def test_a_free_line_is_promised_nothing() -> None:
    assert promise(DurationTarget(), 100_000, NATURAL, 24000, True).samples is None


@pytest.mark.parametrize(("ratio", "nearest"), [(0.1, 60_000), (5.0, 160_000)])
def test_a_length_beyond_reach_becomes_the_nearest_or_is_refused_with_it(ratio: float, nearest: int) -> None:
    target = DurationTarget(ratio=ratio)
    decided = promise(target, 100_000, NATURAL, 24000, False)
    assert decided.samples == nearest
    assert decided.warning is not None
    with pytest.raises(DurationInfeasible) as caught:
        promise(target, 100_000, NATURAL, 24000, True)
    assert caught.value.detail == {"nearest_s": nearest / 24000}


@given(st.sampled_from(EASY_RATIO), st.floats(10_000, 1_000_000))
def test_the_widest_easy_ratio_is_easy_however_it_is_rounded(ratio: float, natural: float) -> None:
    possible = LengthRange(0.0, natural, 2 * natural, natural)
    assert promise(DurationTarget(ratio=ratio), natural, possible, 24000, True) == Promise(round(ratio * natural))


@pytest.mark.parametrize("ratio", [0.7, 1.4])
def test_a_hard_ratio_is_promised_with_a_warning_even_if_strict(ratio: float) -> None:
    decided = promise(DurationTarget(ratio=ratio), 100_000, NATURAL, 24000, True)
    assert decided.samples == round(ratio * 100_000)
    assert decided.warning is not None


@given(st.integers(0, 2000), st.lists(st.integers(0, 5000), min_size=1, max_size=4))
def test_what_the_first_part_lacks_in_sound_the_last_one_has(head: int, lows: list[int]) -> None:
    parts = [LengthRange(low, low + 10.0, low + 20.0, 1.0) for low in lows]
    heard = heard_early(parts, head)
    assert sum(part.high for part in heard) == pytest.approx(sum(part.high for part in parts))
    assert sum(part.natural for part in heard) == pytest.approx(sum(part.natural for part in parts))
    assert all(part.low >= 0 for part in heard)
    if len(parts) > 1:
        assert heard[0].low == max(0, lows[0] - head)
