"""The silence after the last word is as long as it is by nature, whatever length the line was told to have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.model.api import Code
from oncue.streaming.timing.planner import Planner
from oncue.streaming.timing.progress import Progress, Tempo
from oncue.streaming.timing.targets import SegmentTarget, Waypoint, speech_end
from oncue.streaming.timing.time_map import COMFORT, CodeSpans
from tests.fakes import ScriptedModel
from tests.streaming.simulation import TEMPERS, cases, speak

MODEL = ScriptedModel()
TEXT = "Hello there, you and all the others."
PAUSE_CODES = 6.0
NATURAL = MODEL.read(TEXT).natural_codes


def begins(target: int, waypoints: tuple[Waypoint, ...] = ()) -> Waypoint | None:
    """Where the closing pause of TEXT begins before anything is spoken."""
    progress = Progress(MODEL.read(TEXT), MODEL.spec, Tempo())
    return speech_end(target, waypoints, progress, CodeSpans(MODEL.spec, 0.0), MODEL.spec)


@pytest.mark.parametrize("ratio", [0.75, 0.9, 1.0, 1.25])
def test_the_pause_keeps_its_length(ratio: float) -> None:
    target = round(ratio * NATURAL * 960)
    end = begins(target)
    assert end is not None
    assert target - end.samples == pytest.approx(PAUSE_CODES * 960, abs=1)


@given(st.floats(0.05, 3.0))
def test_it_gives_way_where_the_speech_cannot(ratio: float) -> None:
    target = round(ratio * NATURAL * 960)
    end = begins(target)
    assert end is not None
    low, high = (factor * (NATURAL - PAUSE_CODES) * 960 for factor in MODEL.spec.ratio)
    assert end.samples <= target
    assert min(low, target) - 1 <= end.samples <= high + 1


def test_words_before_a_cue_do_not_count() -> None:
    word = MODEL.read(TEXT).units.index(next(unit for unit in MODEL.read(TEXT).units if unit.word == 6))
    left = sum(unit.mean_codes for unit in MODEL.read(TEXT).units[word:]) - PAUSE_CODES
    end = begins(round(NATURAL * 960) + 96_000, (Waypoint(word, 48_000),))
    assert end is not None
    assert end.samples == pytest.approx(48_000 + MODEL.spec.ratio[1] * left * 960, abs=1)


def test_a_pause_that_has_begun_is_left_alone() -> None:
    progress = Progress(MODEL.read(TEXT), MODEL.spec, Tempo())
    for unit in (progress.closing_pause, progress.closing_pause):
        progress.push(Code(0, 0, unit, stop=False), 1.0)
    placed = CodeSpans(MODEL.spec, 0.0)
    placed.spans, placed.samples = [960, 960], 1920
    assert speech_end(96_000, (), progress, placed, MODEL.spec) is None


def test_noisy_speakers_end_their_speech_on_time() -> None:
    takes = [speak(case) for case in cases(TEMPERS[:6], 24)]
    assert sum(abs(take.speech_end_s) <= 0.05 for take in takes) >= 23


@pytest.mark.parametrize("text", [TEXT, "Strengths of the twelfth month.", "好戏就要开始了。"])
def test_a_decoder_that_moves_only_when_it_is_made_to_begins_the_pause_where_the_time_map_can_put_it(text: str) -> None:
    script = MODEL.read(text)
    planner = Planner(script, MODEL.spec, SegmentTarget(round(script.natural_codes * 960), closing=True))
    pause = planner.goals[0]
    unit = 0
    while unit < pause.unit:
        unit += planner.next_step().min_advance
        planner.push(Code(0, 0, unit, stop=False))
    assert planner.began(pause.unit) <= pause.samples / 960 / (1 - COMFORT)
