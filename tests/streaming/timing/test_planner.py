"""The planner's laws, on scripted speakers that are slow, fast, jittery or deaf to what they are told."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.model.api import Code, EmotionSource, Start
from oncue.streaming.engine.sequence import Segment, Sequence
from oncue.streaming.engine.windows import FIRST_RAMP, PlannedWindow
from oncue.streaming.timing.feasibility import NOTHING
from oncue.streaming.timing.planner import TAIL_CODES, Planner
from oncue.streaming.timing.targets import SegmentTarget
from oncue.streaming.timing.time_map import COMFORT
from tests.fakes import ScriptedModel, Speaker

LINES = [
    "Hi.",
    "好。",
    "Hello there, you.",
    "今天天气很好，我们一起去公园散步吧。",
    "One two, three four five six, seven eight.",
]
speakers = st.builds(Speaker, bias=st.floats(0.85, 1.15), jitter=st.floats(0, 0.35))
cases = st.tuples(speakers, st.sampled_from(LINES), st.floats(0.75, 1.25), st.integers(0, 1000))

MODEL = ScriptedModel()


def play(
    model: ScriptedModel, text: str, ratio: float | None, seed: int = 1, taken: list[PlannedWindow] | None = None
) -> Sequence:
    """Decode one segment to its end, windows planned as they fall due, and `taken` at once if a list is given."""
    script = model.read(text)
    target = None if ratio is None else round(ratio * script.natural_codes * float(model.spec.samples_per_code))
    sequence = Sequence(Segment(0, 0, script), 0, model.spec, FIRST_RAMP, SegmentTarget(target))
    emotion = model.emotion(EmotionSource())
    model.prefill([Start(0, script, model.voices["hum"], emotion, script.natural_codes, seed)])
    while not sequence.decode_done:
        (code,) = model.decode([sequence.step()])
        assert isinstance(code, Code)
        sequence.push(code)
        while taken is not None and sequence.windows:
            taken.append(sequence.vocoded())
    model.release(0)
    return sequence


def heedless(model: ScriptedModel) -> ScriptedModel:
    """The model as one whose decoder is not told how many codes are left."""
    model.spec = replace(model.spec, follows_codes_left=False)
    return model


@given(cases)
def test_the_spans_sum_to_the_target_exactly_whatever_the_speaker_does(case: tuple[Speaker, str, float, int]) -> None:
    speaker, text, ratio, seed = case
    planner = play(ScriptedModel(speaker=speaker), text, ratio, seed).planner
    assert planner.planned_samples == planner.target.samples


@given(cases)
def test_every_span_stays_within_the_limits_of_the_family(case: tuple[Speaker, str, float, int]) -> None:
    speaker, text, ratio, seed = case
    model = ScriptedModel(speaker=speaker)
    low, high = (limit * float(model.spec.samples_per_code) for limit in model.spec.stretch)
    assert all(low - 1 <= span <= high + 1 for span in play(model, text, ratio, seed).planner.spans)


@given(cases)
def test_the_text_is_always_finished_before_the_line_is(case: tuple[Speaker, str, float, int]) -> None:
    speaker, text, ratio, seed = case
    sequence = play(ScriptedModel(speaker=speaker), text, ratio, seed)
    assert sequence.timeline.char_at(sequence.planner.decoded - 1) == len(text)


@given(cases)
def test_a_speaker_that_can_follow_is_never_forced_on(case: tuple[Speaker, str, float, int]) -> None:
    speaker, text, ratio, seed = case
    assert play(ScriptedModel(speaker=speaker), text, ratio, seed).planner.forced_steps == 0


@given(st.floats(0.9, 1.1), st.integers(0, 50))
def test_a_speaker_deaf_to_codes_left_is_still_brought_to_the_sample(ratio: float, seed: int) -> None:
    model = ScriptedModel(speaker=Speaker(follows=False, jitter=0.2))
    planner = play(model, LINES[3], ratio, seed).planner
    assert planner.planned_samples == planner.target.samples


def test_a_long_line_is_barely_stretched_when_the_decoder_follows() -> None:
    planner = play(ScriptedModel(speaker=Speaker(jitter=0.2)), LINES[3], 1.1).planner
    assert np.sqrt(np.mean(np.log(np.array(planner.spans) / 960) ** 2)) < COMFORT / 2


@given(st.floats(0.75, 1.25), st.floats(0.85, 1.15))
def test_the_trailing_silence_stays_near_its_natural_length(ratio: float, bias: float) -> None:
    model = ScriptedModel(speaker=Speaker(bias=bias))
    sequence = play(model, LINES[3], ratio)
    last = len(sequence.segment.script.units) - 1
    codes = [sequence.timeline.unit_at(code) for code in range(sequence.planner.decoded)].count(last)
    assert codes <= sequence.segment.script.units[last].mean_codes * max(1, ratio) + TAIL_CODES + 1


@given(st.sampled_from(LINES), st.integers(0, 100))
def test_a_free_line_lasts_as_long_as_was_said_before(text: str, seed: int) -> None:
    planner = play(ScriptedModel(speaker=Speaker(jitter=0.1)), text, None, seed).planner
    model = ScriptedModel()
    promised = Planner(model.read(text), model.spec).estimate
    assert sum(planner.spans) == promised


@given(st.sampled_from(LINES), st.integers(0, 100))
def test_a_free_line_of_a_decoder_without_a_countdown_keeps_the_natural_samples_of_every_code(
    text: str, seed: int
) -> None:
    planner = play(heedless(ScriptedModel(speaker=Speaker(jitter=0.3))), text, None, seed).planner
    assert set(planner.spans) == {960}


@given(st.floats(0.8, 1.25))
def test_a_free_line_goes_at_the_pace_of_its_feeling_and_says_so_before(pace: float) -> None:
    model = ScriptedModel()
    script = model.read(LINES[3])
    sequence = Sequence(Segment(0, 0, script), 0, model.spec, FIRST_RAMP, pace=pace)
    assert sequence.planner.estimate == pytest.approx(pace * script.natural_codes * 960, abs=1)
    model.prefill([Start(0, script, model.voices["hum"], model.emotion(EmotionSource()), script.natural_codes, 1)])
    while not sequence.decode_done:
        (code,) = model.decode([sequence.step()])
        assert isinstance(code, Code)
        sequence.push(code)
    assert sequence.planner.decoded == pytest.approx(pace * script.natural_codes, rel=0.06)


def test_a_line_with_a_length_leaves_the_pace_of_a_feeling_alone() -> None:
    model = ScriptedModel()
    script = model.read(LINES[3])
    slow, plain = (
        Planner(script, model.spec, SegmentTarget(round(script.natural_codes * 960)), pace=pace).next_step()
        for pace in (1.25, 1.0)
    )
    assert slow == plain


def test_a_free_line_stops_only_after_its_text() -> None:
    model = heedless(ScriptedModel())
    planner = Planner(model.read("Hello."), model.spec)
    assert not planner.next_step().may_stop
    planner.push(Code(0, 1, 4, False))
    assert not planner.next_step().may_stop
    planner.push(Code(0, 1, 5, False))
    assert planner.next_step().may_stop


@pytest.mark.parametrize("target", [None, 40 * 960])
def test_a_decoder_stuck_on_a_unit_is_moved_on_and_in_the_end_stopped(target: int | None) -> None:
    model = ScriptedModel()
    planner = Planner(model.read("Hello."), model.spec, SegmentTarget(target))
    unit = 0
    for _ in range(500):
        step = planner.next_step()
        unit = min(5, unit + step.min_advance)
        planner.push(Code(0, 1, unit, step.must_stop))
        if step.must_stop:
            break
    assert planner.stopped
    assert unit == 5
    assert planner.forced_steps > 0


def test_a_decoder_that_dawdles_is_forced_through_all_its_words_within_the_budget() -> None:
    model = ScriptedModel(speaker=Speaker(bias=2.5, follows=False))
    sequence = play(model, LINES[4], 0.8)
    assert sequence.planner.planned_samples == sequence.planner.target.samples
    assert sequence.planner.forced_steps > 0


def test_the_ask_counts_down_with_the_budget() -> None:
    model = ScriptedModel()
    script = model.read(LINES[3])
    planner = Planner(script, model.spec, SegmentTarget(round(script.natural_codes * 960)))
    first = planner.next_step()
    planner.push(Code(0, 1, 0, False))
    assert planner.next_step().codes_left == first.codes_left - 1


@given(st.integers(5, 60), st.floats(0.8, 1.2))
def test_a_new_target_in_the_middle_is_met_and_what_was_sound_stays(codes: int, ratio: float) -> None:
    model = ScriptedModel()
    script = model.read(LINES[3])
    natural = round(script.natural_codes * 960)
    sequence = Sequence(Segment(0, 0, script), 0, model.spec, FIRST_RAMP, SegmentTarget(natural))
    model.prefill([Start(0, script, model.voices["hum"], model.emotion(EmotionSource()), 1.0, 1)])
    kept: tuple[int, ...] = ()
    while not sequence.decode_done:
        (code,) = model.decode([sequence.step()])
        assert isinstance(code, Code)
        sequence.push(code)
        if sequence.planner.decoded == codes:
            while sequence.windows and sequence.vocoded_codes < codes // 2:
                kept += sequence.vocoded().spans
            (possible,) = sequence.ranges()
            asked = round(min(max(ratio * natural, possible.low + 1), possible.high - 1))
            sequence.retarget(SegmentTarget(asked))
    assert tuple(sequence.planner.spans[: len(kept)]) == kept
    assert sequence.planner.planned_samples == sequence.planner.target.samples


@pytest.mark.parametrize("hasty_from", [2, 6, 12])
def test_a_decoder_that_ends_its_speech_far_too_early_still_ends_on_the_sample(hasty_from: int) -> None:
    model = ScriptedModel()
    script = model.read(LINES[-1])
    target = round(1.25 * script.natural_codes * float(model.spec.samples_per_code))
    planner = Planner(script, model.spec, SegmentTarget(target, closing=True))
    low, high = (limit * float(model.spec.samples_per_code) for limit in model.spec.stretch)
    last = len(script.units) - 1
    while not planner.stopped:
        step = planner.next_step()
        assert planner.decoded < 200
        unit = last if planner.decoded >= hasty_from * 4 else min(last - 1, planner.decoded // 4)
        planner.push(Code(0, 0, unit, step.must_stop or step.may_stop))
        if not planner.stopped and planner.queued > 8:
            planner.plan(1)
    planner.plan_rest()
    assert planner.planned_samples == target
    assert all(low - 1 <= span <= high + 1 for span in planner.spans)


@given(
    st.lists(st.integers(0, len(MODEL.read(LINES[3]).units)), unique=True, max_size=4).map(sorted), st.integers(0, 40)
)
def test_what_is_sound_stays_in_whatever_part_it_lies(places: list[int], kept: int) -> None:
    planner = play(MODEL, LINES[3], 1.1).planner
    parts = planner.ranges(kept, places)
    total = sum(parts, NOTHING)
    sound = sum(planner.spans[:kept])
    assert all(part.low <= part.natural + 1e-6 and part.natural <= part.high + 1e-6 for part in parts)
    assert abs(total.low - sound - 0.72 * 960 * (planner.decoded - kept)) < 1
    assert abs(total.high - sound - 1.4 * 960 * (planner.decoded - kept)) < 1


def test_a_segment_that_is_all_sound_can_become_nothing_else() -> None:
    planner = play(MODEL, LINES[3], 1.1).planner
    (part,) = planner.ranges(planner.decoded)
    assert part.low == part.high == planner.target.samples
    assert part.give == 0


@pytest.mark.parametrize("bias", [0.88, 1.12])
def test_a_free_line_lasts_as_long_as_it_was_planned_though_its_speaker_is_fast_or_slow(bias: float) -> None:
    model = ScriptedModel(speaker=Speaker(bias=bias, jitter=0.1))
    text = " ".join([LINES[4]] * 3)
    lengths = [len(play(model, text, None, seed).planner.spans) for seed in range(8)]
    assert float(np.mean(lengths)) == pytest.approx(model.read(text).natural_codes, rel=0.05)
