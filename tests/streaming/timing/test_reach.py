from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.timing import reach
from oncue.streaming.timing.budget import NOTHING
from tests.fakes import ScriptedModel
from tests.streaming.timing.test_planner import LINES, play

MODEL = ScriptedModel()
SCRIPT = MODEL.read(LINES[3])
cuts = st.lists(st.integers(0, len(SCRIPT.units)), unique=True, max_size=4).map(sorted)


@given(cuts)
def test_the_parts_of_a_script_add_up_to_the_whole(places: list[int]) -> None:
    parts = reach.of_script(SCRIPT, MODEL.spec, places)
    (whole,) = reach.of_script(SCRIPT, MODEL.spec)
    total = sum(parts, NOTHING)
    assert len(parts) == len(places) + 1
    assert all(abs(one - two) < 1e-6 for one, two in pairwise((total.natural, whole.natural)))
    assert abs(total.low - 0.6 * whole.natural) < 1e-6
    assert abs(total.high - 1.6 * whole.natural) < 1e-6


@given(cuts, st.integers(0, 40))
def test_what_is_sound_stays_in_whatever_part_it_lies(places: list[int], kept: int) -> None:
    planner = play(MODEL, LINES[3], 1.1).planner
    parts = reach.of_planner(planner, MODEL.spec, kept, places)
    total = sum(parts, NOTHING)
    sound = sum(planner.spans[:kept])
    assert all(part.low <= part.natural + 1e-6 and part.natural <= part.high + 1e-6 for part in parts)
    assert abs(total.low - sound - 0.72 * 960 * (planner.decoded - kept)) < 1
    assert abs(total.high - sound - 1.4 * 960 * (planner.decoded - kept)) < 1


def test_a_segment_that_is_all_sound_can_become_nothing_else() -> None:
    planner = play(MODEL, LINES[3], 1.1).planner
    (part,) = reach.of_planner(planner, MODEL.spec, planner.decoded)
    assert part.low == part.high == planner.target
    assert part.give == 0
