import math
from dataclasses import replace

import pytest

from oncue.model.api import Code
from oncue.streaming.timing.progress import CARRIED_CODES, PRIOR_CODES, Progress, Tempo
from tests.fakes import ScriptedModel

MODEL = ScriptedModel()
SCRIPT = MODEL.read("You are, here.")
UNTRACKED = replace(MODEL.spec, tracks_progress=False)


def told(units: list[int], pace: float = 1.0) -> Progress:
    progress = Progress(SCRIPT, MODEL.spec, Tempo())
    for unit in units:
        progress.push(Code(0, 0, unit, False), pace)
    return progress


def test_before_the_first_code_everything_is_left() -> None:
    progress = told([])
    assert progress.left() == pytest.approx(SCRIPT.natural_codes)
    assert progress.left(3) == pytest.approx(sum(unit.mean_codes for unit in SCRIPT.units[:3]))
    assert progress.left(0) == 0


def test_a_unit_that_is_spoken_counts_with_what_it_has_left_and_never_with_nothing() -> None:
    after = sum(unit.mean_codes for unit in SCRIPT.units[2:])
    assert told([1]).left() == pytest.approx(SCRIPT.units[1].mean_codes + after)
    assert told([1] + [1] * 9).left() == pytest.approx(0.5 + after)
    assert told([2]).left(2) == 0


def test_units_passed_inside_a_code_begin_at_even_parts_of_it() -> None:
    progress = told([0, 2])
    assert [progress.began(unit) for unit in range(3)] == pytest.approx([0, 4 / 3, 5 / 3])
    assert math.isinf(progress.began(3))
    assert math.isinf(progress.began(progress.end))


def test_a_pointer_that_runs_back_is_held() -> None:
    assert told([2, 1]).units == [2, 2]


@pytest.mark.parametrize("bias", [0.85, 1.15])
def test_the_bias_of_a_speaker_is_learned_against_what_it_was_asked(bias: float) -> None:
    script = MODEL.read("今天天气很好我们一起去公园散步吧。" * 4)
    progress, spent, pace = Progress(script, MODEL.spec, Tempo()), 0.0, 0.8
    for unit, each in enumerate(script.units[:-1]):
        spent += each.mean_codes * pace * bias
        while progress.decoded < round(spent):
            progress.push(Code(0, 0, unit, False), pace)
    assert progress.tempo.bias == pytest.approx(math.log(bias), abs=0.03)


def test_what_was_learned_is_carried_on_but_not_held_for_ever() -> None:
    long = Tempo(230.0, 200.0).carried()
    assert long.bias == pytest.approx(Tempo(230.0, 200.0).bias)
    assert long.asked == CARRIED_CODES
    assert Tempo().carried() == Tempo(PRIOR_CODES, PRIOR_CODES)


def test_where_nobody_knows_the_text_passes_at_the_pace_asked_for() -> None:
    progress = Progress(SCRIPT, UNTRACKED, Tempo())
    for _ in range(5):
        progress.push(Code(0, 0, None, False), 2.0)
    assert progress.left() == pytest.approx(SCRIPT.natural_codes - 2.5)
    assert progress.text_done
    assert progress.tempo == Tempo()
    assert not progress.pauses.any()
    assert set(progress.exponents) == {1.0}


def test_a_speaker_is_stuck_only_beyond_anything_natural() -> None:
    assert not told([1] * 3).stuck(1.0)
    assert told([1] * 40).stuck(1.0)
    assert not told([1] * 10).stuck(5.0)


def test_the_pauses_that_were_reached_are_counted() -> None:
    pause = next(index for index, unit in enumerate(SCRIPT.units) if unit.kind == "pause")
    progress = told([0])
    assert progress.pause_codes(pause - 1) == 0
    assert progress.pause_codes(pause) == SCRIPT.units[pause].mean_codes
