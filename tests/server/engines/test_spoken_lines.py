from __future__ import annotations

import numpy as np

from oncue.model.api import Voice
from oncue.server.engines.spoken_lines import EndedLine, SpokenLines
from oncue.streaming.engine import events

VOICE = Voice("scripted", {"pitch": np.array([1.0])})
OTHER = Voice("scripted", {"pitch": np.array([2.0])})
DONE = events.Finished(1, "complete", 100, None, 5, {})
CANCELLED = events.Finished(1, "cancelled", 50, None, 2, {})


class Heard:
    def __init__(self) -> None:
        self.events: list[events.Event] = []
        self.ended: list[EndedLine] = []

    def sink(self, event: events.Event, _at: float) -> None:
        self.events.append(event)


def test_a_line_whose_voice_is_taken_back_ends_with_that_reason() -> None:
    heard = Heard()
    lines = SpokenLines(heard.ended.append)
    sink = lines.begin(events.Speak(1, "Hello", VOICE), heard.sink)
    other = lines.begin(events.Speak(2, "Hello", OTHER), heard.sink)
    assert sink is not None
    assert other is not None
    assert lines.revoke(VOICE.key) == [1]
    sink(CANCELLED, 0.0)
    (told,) = heard.events
    assert isinstance(told, events.Finished)
    assert told.reason == "failed"
    assert told.error is not None
    assert told.error.code == "voice_revoked"
    assert heard.ended == [EndedLine("", VOICE.key, 5, 50, "voice_revoked")]


def test_a_line_that_was_complete_already_stays_complete() -> None:
    heard = Heard()
    lines = SpokenLines(None)
    sink = lines.begin(events.Speak(1, "Hello", VOICE), heard.sink)
    assert sink is not None
    lines.revoke(VOICE.key)
    sink(DONE, 0.0)
    assert heard.events == [DONE]


def test_no_line_begins_with_a_voice_that_was_taken_back() -> None:
    heard = Heard()
    lines = SpokenLines(heard.ended.append)
    lines.revoke(VOICE.key)
    assert lines.begin(events.Speak(1, "Hello", VOICE), heard.sink) is None
    (told,) = heard.events
    assert isinstance(told, events.Refused)
    assert (told.code, told.terminal) == ("voice_revoked", True)
    assert heard.ended[0].reason == "voice_revoked"


def test_text_that_comes_later_is_counted_and_kept_only_if_asked() -> None:
    for keep in (False, True):
        heard = Heard()
        lines = SpokenLines(heard.ended.append, keep_text=keep)
        sink = lines.begin(events.Speak(1, "Hello", VOICE, final=False), heard.sink)
        assert sink is not None
        lines.note(events.Append(1, " you"))
        lines.note(events.Append(7, "nobody's"))
        sink(DONE, 0.0)
        assert heard.ended == [EndedLine("", VOICE.key, 9, 100, "complete", "Hello you" if keep else None)]
