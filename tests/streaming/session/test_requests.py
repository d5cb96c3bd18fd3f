from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import EmotionSource, Voice
from oncue.streaming.engine import events
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import TextTooLong, UnknownVoice, Unpronounceable
from oncue.streaming.session.requests import check_text, duration_target, emotion_source, speak_command
from oncue.streaming.timing.targets import DurationTarget
from tests.resolvers import OneVoice

HUM = Voice("fake", {"v": np.ones(2, np.float32)})
NAMES = OneVoice(HUM, {"hum"}, (1.0, *[0.0] * 7))


def test_a_line_of_which_only_the_text_was_said_is_free_and_plain_and_by_the_first_voice() -> None:
    command = speak_command(messages.Speak("a", "hello"), 7, 1.5, NAMES)
    assert command == events.Speak(7, "hello", HUM)


def test_the_end_of_a_line_on_its_own_clock_is_its_length() -> None:
    end, length = messages.Duration(end_at=2.5), messages.Duration(seconds=2.5)
    assert duration_target(end) == duration_target(length) == DurationTarget(seconds=2.5)
    assert duration_target(messages.Duration(free=True)) == DurationTarget()
    assert duration_target(None) is None


def test_a_feeling_is_a_voice_a_vector_or_what_the_resolver_makes_of_words() -> None:
    vector = (0.5,) * 8
    told = {
        messages.Emotion(voice="hum", intensity=0.5): EmotionSource(voice=HUM, intensity=0.5),
        messages.Emotion(vector=vector): EmotionSource(vector=vector),
        messages.Emotion(preset="happy"): EmotionSource(vector=(1.0, *[0.0] * 7)),
    }
    assert all(emotion_source(spec, NAMES) == source for spec, source in told.items())
    assert emotion_source(None, NAMES) is None
    with pytest.raises(UnknownVoice):
        emotion_source(messages.Emotion(voice="nobody"), NAMES)


def test_text_is_counted_with_what_came_before_it() -> None:
    check_text("x" * 10, 3990)
    with pytest.raises(TextTooLong) as refused:
        check_text("x" * 11, 3990)
    assert refused.value.detail == {"characters": 4001}


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x7f", "\x9f", "\ud800"])
def test_a_control_character_is_refused_with_its_place(char: str) -> None:
    with pytest.raises(Unpronounceable) as refused:
        check_text(f"ab{char}", 0)
    assert refused.value.detail == {"char": 2}
    check_text("a\tb\r\n字", 0)
