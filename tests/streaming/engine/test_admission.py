import pytest

from oncue.model.api import EmotionSource
from oncue.streaming.engine.admission import Admission
from oncue.streaming.engine.events import Append, Speak
from oncue.streaming.engine.scheduler import EngineLimits
from oncue.streaming.engine.utterance import Utterance
from oncue.streaming.protocol.errors import BadMessage, Busy, DuplicateId, TextTooLong, Unpronounceable
from tests.fakes import ScriptedModel

MODEL = ScriptedModel()
ADMISSION = Admission(MODEL, EngineLimits(utterances=2, text_chars=100))


def admit(text: str, *, final: bool = True, alive: dict[int, Utterance] | None = None) -> Utterance:
    return ADMISSION.admit(Speak(1, text, MODEL.voices["hum"], final=final), alive or {}, 0.0)


def test_a_short_line_becomes_one_segment_and_a_long_one_several_in_place() -> None:
    assert len(admit("Hello there you.").segments) == 1
    text = "今天天气很好，我们一起去公园散步吧。" * 5
    segments = admit(text).segments
    assert len(segments) > 1
    assert all(text[segment.char_start :].startswith(segment.script.text) for segment in segments)


def test_a_line_that_is_alive_or_too_many_are_refused() -> None:
    one = admit("Hi.")
    with pytest.raises(DuplicateId):
        admit("Hi.", alive={1: one})
    with pytest.raises(Busy):
        admit("Hi.", alive={2: one, 3: one})


def test_the_model_says_what_cannot_be_spoken() -> None:
    with pytest.raises(Unpronounceable, match="control character"):
        admit("a\x07")


def test_appended_text_that_is_too_long_is_left_out_and_the_end_is_still_taken() -> None:
    line = admit("Hello there. You", final=False)
    with pytest.raises(TextTooLong):
        ADMISSION.append(line, Append(1, "x" * 200, final=True))
    assert not line.open
    assert [segment.script.text for segment in line.segments] == ["Hello there. ", "You"]


def test_text_after_the_end_is_refused() -> None:
    with pytest.raises(BadMessage):
        ADMISSION.append(admit("Hi."), Append(1, "more"))


def test_an_emotion_out_of_range_is_a_mistake_of_the_message() -> None:
    with pytest.raises(BadMessage):
        ADMISSION.emotion(EmotionSource((5.0,) * 8))
