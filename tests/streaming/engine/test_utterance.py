import pytest

from oncue.model.api import EmotionSource
from oncue.streaming.engine.events import Speak
from oncue.streaming.engine.utterance import TextReading, Utterance
from oncue.streaming.protocol.errors import DurationInfeasible
from oncue.streaming.timing.targets import DurationTarget
from tests.fakes import ScriptedModel

MODEL = ScriptedModel()
TEXT = "Hello there, you."
NATURAL = MODEL.read(TEXT).natural_codes * 960


def line(segments: int, duration: DurationTarget, *, final: bool = True, strict: bool = False) -> Utterance:
    speak = Speak(1, TEXT * segments, MODEL.voices["hum"], duration=duration, final=final, strict=strict)
    utterance = Utterance(speak, MODEL.emotion(EmotionSource()), MODEL.spec, 0.0)
    utterance.add_text("", final=final)
    add(utterance, segments)
    return utterance


def add(utterance: Utterance, segments: int) -> None:
    for _ in range(segments):
        utterance.add_segments([TextReading(len(utterance.segments) * len(TEXT), MODEL.read(TEXT))])


def test_segments_begin_one_after_another_with_their_share_and_their_own_seed() -> None:
    utterance = line(2, DurationTarget(seconds=3.001))
    utterance.promise_length()
    first = utterance.begin(0)
    assert utterance.live[0].planner.target.samples == round(3.001 * 24000 / 2)
    assert first.planned_codes == utterance.live[0].planner.target.samples / 960
    assert utterance.waiting is None, "the next one waits for the last code of this one"


def test_a_strict_line_out_of_reach_is_refused_before_it_starts() -> None:
    with pytest.raises(DurationInfeasible):
        line(1, DurationTarget(ratio=2.0), strict=True).promise_length()


def test_an_open_line_in_seconds_keeps_its_newest_segment_waiting() -> None:
    utterance = line(1, DurationTarget(seconds=5), final=False)
    utterance.promise_length()
    assert utterance.waiting is None
    add(utterance, 1)
    assert utterance.waiting is utterance.segments[0]
    utterance.begin(0)
    assert utterance.live[0].planner.target.samples == round(NATURAL)


def test_text_that_would_not_fit_in_an_open_line_is_shortened_at_once() -> None:
    utterance = line(4, DurationTarget(seconds=3 * NATURAL / 24000), final=False)
    utterance.begin(0)
    assert utterance.live[0].planner.target.samples == round(0.75 * NATURAL)


def test_the_end_of_the_text_settles_the_length_and_warns_when_it_is_out_of_reach() -> None:
    utterance = line(1, DurationTarget(seconds=60), final=False)
    utterance.promise_length()
    utterance.add_text("", final=True)
    warning = utterance.promise_whole_text()
    assert warning is not None
    assert utterance.target_samples == int(1.6 * NATURAL)


def test_the_estimate_of_a_free_line_is_its_natural_length() -> None:
    assert line(3, DurationTarget()).estimate() == round(3 * NATURAL)


def test_a_line_is_complete_only_when_nothing_is_left_to_say_or_to_come() -> None:
    assert not line(1, DurationTarget()).complete
    assert line(0, DurationTarget()).complete
    assert not line(0, DurationTarget(), final=False).complete
