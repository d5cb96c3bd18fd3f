from hypothesis import given
from hypothesis import strategies as st

from oncue.model.api import EmotionSource
from oncue.streaming.engine.sequence import Segment, Sequence
from oncue.streaming.engine.windows import FIRST_RAMP, NEXT_RAMP, PlannedWindow, WindowRamp
from oncue.streaming.timing.targets import SegmentTarget, Waypoint
from tests.fakes import ScriptedModel, Speaker
from tests.streaming.timing.test_planner import LINES, play

MODEL = ScriptedModel(speaker=Speaker(jitter=0.3))


def fresh(ramp: WindowRamp = FIRST_RAMP) -> Sequence:
    return Sequence(Segment(0, 0, MODEL.read(LINES[3])), 0, MODEL.spec, ramp)


@given(st.sampled_from(LINES), st.one_of(st.none(), st.floats(0.8, 1.2)), st.integers(0, 50))
def test_windows_follow_each_other_without_gap_and_only_the_last_is_final(
    text: str, ratio: float | None, seed: int
) -> None:
    sequence = play(MODEL, text, ratio, seed)
    windows = list(sequence.windows)
    assert [window.first for window in windows] == [0, *(window.end for window in windows[:-1])]
    assert windows[-1].end == sequence.planner.decoded
    assert [window.final for window in windows] == [False] * (len(windows) - 1) + [True]
    assert sum(window.samples for window in windows) == sequence.planner.planned_samples


def test_the_windows_are_the_same_whenever_they_become_sound() -> None:
    late, taken = play(MODEL, LINES[3], 1.1), list[PlannedWindow]()
    play(MODEL, LINES[3], 1.1, taken=taken)
    assert taken == list(late.windows)


def test_an_emotion_goes_with_one_step_only() -> None:
    sequence = fresh()
    emotion = MODEL.emotion(EmotionSource((0.5,) * 8))
    sequence.set_emotion(emotion)
    assert sequence.step().emotion is emotion
    assert sequence.step().emotion is None


def test_nothing_can_be_planned_early_without_the_codes_the_vocoder_looks_at() -> None:
    assert not fresh(NEXT_RAMP).plan_early()


def test_a_sequence_is_done_when_its_last_window_is_sound() -> None:
    sequence = play(MODEL, LINES[2], None)
    while sequence.windows:
        assert not sequence.done
        sequence.vocoded()
    assert sequence.done
    assert sequence.vocoded_samples == sequence.planner.planned_samples


def test_what_is_sound_already_cannot_be_reached_again() -> None:
    sequence = play(MODEL, LINES[3], 1.0)
    (before,) = sequence.ranges()
    while sequence.windows:
        sequence.vocoded()
    (after,) = sequence.ranges()
    assert before.low < after.low == after.natural == after.high < before.high


def test_a_unit_that_is_asked_for_is_heard_then_and_lies_later_among_the_codes() -> None:
    model = ScriptedModel(head=480)
    script = model.read(LINES[3])
    target = SegmentTarget(None, (Waypoint(6, 30_000),))
    sequence = Sequence(Segment(0, 0, script), 0, model.spec, FIRST_RAMP, target)
    assert sequence.target == target
    assert sequence.planner.target.waypoints == (Waypoint(6, 30_480),)
    sequence.retarget(SegmentTarget(None, (Waypoint(7, 31_000),)))
    assert sequence.planner.target.waypoints == (Waypoint(7, 31_480),)
