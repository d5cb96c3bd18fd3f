from __future__ import annotations

import itertools
from fractions import Fraction
from typing import ClassVar

import msgspec
import numpy as np
import pytest

from oncue.model.api import ModelSpec, Voice, WindowSpec
from oncue.streaming.engine import events
from oncue.streaming.engine.label import LabelRequest
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import EngineLost
from oncue.streaming.session import recipes
from oncue.streaming.session.codecs import PLAIN, Codec, Pcm
from oncue.streaming.session.line_output import lost_line
from oncue.streaming.session.recipes import SessionRecipe
from oncue.streaming.session.session import Session, SessionConfig
from oncue.streaming.timing.targets import DurationTarget
from tests.resolvers import OneVoice

VOICE = Voice("fake", {"v": np.ones(2, np.float32)})
NAMES = OneVoice(VOICE, {"hum", VOICE.key}, (1.0, *[0.0] * 7))
SPEC = ModelSpec(
    "fake", "1", 24000, Fraction(25), 2, WindowSpec(0, 0), True, True, (0.5, 2.0), (0.5, 2.0), ("zh", "en")
)  # fmt: skip


class Talk:
    """A session and what came out of it."""

    def __init__(self, **opened: object) -> None:
        uids = itertools.count(100)
        self.session = Session(SessionConfig("s", SPEC, ("hum",)), NAMES, lambda: next(uids))
        if opened.pop("greet", True):
            self.send(messages.Open(**opened))  # type: ignore[arg-type]
            assert isinstance(self.take()[0], messages.Ready)

    def send(self, message: messages.FromClient | str, now: float = 0.0) -> None:
        self.session.receive(wire.read_client(message if isinstance(message, str) else wire.encode(message)), now)

    def hear(self, event: events.Event, now: float = 0.0) -> None:
        self.session.handle(event, now)

    def take(self) -> list[messages.ServerMessage | wire.AudioFrame]:
        frames = [out.data for out in self.session.outgoing()]
        return [wire.unpack_audio(f) if isinstance(f, bytes) else wire.decode_server(f) for f in frames]

    def speak(self, identity: str = "a", **fields: object) -> events.Speak:
        self.send(messages.Speak(identity, "hello", **fields))  # type: ignore[arg-type]
        (command,) = self.session.commands()
        assert isinstance(command, events.Speak)
        return command

    def error(self) -> messages.Error:
        (message,) = self.take()
        assert isinstance(message, messages.Error)
        return message


def chunk(uid: int, start: int, count: int) -> events.AudioChunk:
    return events.AudioChunk(uid, start, np.full(count, 0.1, np.float32), ())


def finished(uid: int, samples: int, target: int | None = None) -> events.Finished:
    return events.Finished(uid, "complete", samples, target, 5, {"forced_steps": 0.0})


def test_nothing_is_heard_before_open() -> None:
    talk = Talk(greet=False)
    talk.send(messages.Speak("a", "hello"))
    assert talk.error().code == "bad_message"
    assert talk.session.commands() == []


@pytest.mark.parametrize(
    ("opened", "word"),
    [
        (messages.Open(protocol=2), "protocol"),
        (messages.Open(audio=messages.AudioFormat(codec="opus")), "pcm_s16le"),
    ],
)
def test_what_this_server_has_not_is_refused_in_a_plain_sentence(opened: messages.FromClient, word: str) -> None:
    talk = Talk(greet=False)
    talk.send(opened)
    error = talk.error()
    assert error.code == "bad_message"
    assert word in error.message


def test_a_second_open_is_refused() -> None:
    talk = Talk()
    talk.send(messages.Open())
    assert talk.error().code == "bad_message"


def test_a_line_is_everything_the_client_said_of_it() -> None:
    command = Talk(lead_ms=700).speak(
        duration=messages.Duration(end_at=2.5),
        emotion=messages.Emotion(preset="happy", intensity=0.5),
        language="en",
        seed=9,
        strict=True,
        priority=3,
        voice="hum",
    )
    assert command.duration == DurationTarget(seconds=2.5)
    assert command.emotion.intensity == 0.5
    assert (command.language, command.seed, command.strict, command.priority) == ("en", 9, True, 3)
    assert (command.text, command.voice.key, command.lead_s) == ("hello", VOICE.key, 0.7)


def test_a_line_has_the_label_that_it_names_or_else_its_sessions() -> None:
    assert Talk().speak().label is None
    assert Talk().speak(label="rhythm", label_place="start").label == LabelRequest("rhythm", "start")
    talk = Talk(label="speech", label_place="start")
    assert talk.speak("a").label == LabelRequest("speech", "start")
    assert talk.speak("b", label="rhythm").label == LabelRequest("rhythm", "start")
    assert talk.speak("c", label_place="end").label == LabelRequest("speech", "end")
    assert talk.speak("d", label="none").label is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "text_empty"), (" \n", "text_empty"), ("x" * 4001, "text_too_long"), ("a\x07b", "unpronounceable")],
)
def test_text_that_cannot_be_spoken_is_one_error_and_no_line(text: str, code: str) -> None:
    talk = Talk()
    talk.send(messages.Speak("a", text))
    error = talk.error()
    assert (error.id, error.code) == ("a", code)
    assert text not in error.message or not text.strip()
    assert talk.session.active == 0
    talk.speak("a")  # the id was not used up


def test_an_unknown_voice_is_refused() -> None:
    talk = Talk()
    talk.send(messages.Speak("a", "x", voice="nobody"))
    assert talk.error().code == "unknown_voice"


def test_an_id_is_used_once_in_a_session() -> None:
    talk = Talk()
    uid = talk.speak("a").uid
    talk.hear(events.Started(uid, 10, None, None))
    talk.hear(finished(uid, 0))
    talk.take()
    talk.send(messages.Speak("a", "again"))
    assert talk.error().code == "duplicate_id"


@pytest.mark.parametrize(
    "message",
    [
        messages.Append("b", "x"),
        messages.Finish("b"),
        messages.Update("b", messages.Duration(ratio=1.0)),
        messages.Cancel("b"),
        messages.Played("b", 1),
    ],
)
def test_a_message_about_a_line_nobody_has_is_refused(message: messages.FromClient) -> None:
    talk = Talk()
    talk.speak("a")
    talk.send(message)
    error = talk.error()
    assert (error.code, error.id) == ("unknown_id", "b")


def test_an_error_says_whether_a_line_of_its_id_is_left() -> None:
    talk = Talk()
    talk.send(messages.Speak("a", ""))
    assert talk.error().terminal
    talk.speak("a")
    talk.send(messages.Update("a"))
    assert not talk.error().terminal
    talk.send(messages.Speak("a", "again"))
    assert not talk.error().terminal
    talk.send("{")
    assert not talk.error().terminal


def test_a_broken_message_is_answered_under_its_id_and_the_session_goes_on() -> None:
    talk = Talk()
    talk.send('{"type":"speak","id":"a","text":"x","bogus":1}')
    error = talk.error()
    assert error.id == "a"
    assert "bogus" in error.message
    talk.speak("a")


def test_text_may_follow_until_it_is_finished() -> None:
    talk = Talk()
    uid = talk.speak("a", final=False).uid
    talk.send(messages.Append("a", " there"))
    talk.send(messages.Finish("a"))
    assert talk.session.commands() == [events.Append(uid, " there"), events.Append(uid, "", final=True)]
    talk.send(messages.Append("a", "more"))
    assert talk.error().code == "bad_message"


def test_appended_text_counts_toward_the_limit() -> None:
    talk = Talk()
    talk.speak("a", final=False)
    talk.send(messages.Append("a", "x" * 3990))
    talk.send(messages.Append("a", "x" * 10))
    assert talk.error().code == "text_too_long"


def test_update_cancel_and_played_become_commands_in_model_samples() -> None:
    talk = Talk(audio=messages.AudioFormat(rate=48000))
    uid = talk.speak("a").uid
    talk.send(messages.Update("a", messages.Duration(ratio=0.9)))
    talk.send(messages.Played("a", 480))
    talk.send(messages.Cancel("a", fade_ms=20, at="word"))
    assert talk.session.commands() == [
        events.Update(uid, DurationTarget(ratio=0.9), None),
        events.Played(uid, 240),
        events.Cancel(uid, 0.02, "word"),
    ]


def test_an_update_of_nothing_is_refused() -> None:
    talk = Talk()
    talk.speak("a")
    talk.send(messages.Update("a"))
    assert talk.error().code == "bad_message"


def test_overlapping_lines_have_their_own_numbers() -> None:
    talk = Talk()
    uids = [talk.speak(identity).uid for identity in "abc"]
    for uid in uids:
        talk.hear(events.Started(uid, 10, None, None))
    numbers = [message.number for message in talk.take() if isinstance(message, messages.Started)]
    assert len(set(numbers)) == 3


def test_a_refused_line_gets_one_error_and_no_done() -> None:
    talk = Talk()
    uid = talk.speak().uid
    talk.hear(events.Refused(uid, "busy", "later", retry=True, detail={}))
    talk.hear(finished(uid, 0))
    assert talk.error().code == "busy"
    assert talk.session.active == 0


def test_a_refused_update_does_not_end_the_line() -> None:
    talk = Talk()
    uid = talk.speak().uid
    talk.hear(events.Refused(uid, "duration_infeasible", "no", retry=False, detail={"nearest_s": 2.0}, terminal=False))
    assert talk.error().detail == {"nearest_s": 2.0}
    assert talk.session.active == 1


def test_a_line_whose_engine_is_lost_ends_with_engine_lost() -> None:
    talk = Talk()
    started, waiting = talk.speak("a").uid, talk.speak("b").uid
    talk.hear(events.Started(started, 10, None, None))
    talk.hear(chunk(started, 0, 240))
    talk.take()
    talk.hear(lost_line(started, 240, EngineLost("gone")))
    talk.hear(lost_line(waiting, 0, EngineLost("gone")))
    done, error = talk.take()
    assert isinstance(done, messages.Done)
    assert isinstance(error, messages.Error)
    assert done.reason == "failed"
    assert done.error is not None
    assert (done.error.code, done.error.retry, error.code) == ("engine_lost", True, "engine_lost")
    assert done.samples == 240


def test_close_lets_every_line_end_first() -> None:
    talk = Talk()
    uid = talk.speak("a", final=False).uid
    talk.send(messages.Close())
    assert talk.session.commands() == [events.Append(uid, "", final=True)]
    assert not talk.session.finished
    talk.send(messages.Speak("b", "x"))
    assert talk.error().code == "bad_message"
    talk.hear(events.Started(uid, 10, None, None))
    talk.hear(finished(uid, 0))
    assert talk.session.finished


def test_a_draining_server_takes_no_new_line() -> None:
    talk = Talk()
    talk.session.draining = True
    talk.send(messages.Speak("a", "x"))
    error = talk.error()
    assert (error.code, error.retry) == ("draining", True)


def test_an_abandoned_session_cancels_what_it_had() -> None:
    talk = Talk()
    uids = {talk.speak("a").uid, talk.speak("b").uid}
    talk.session.abandon()
    assert {command.uid for command in talk.session.commands() if isinstance(command, events.Cancel)} == uids


def test_lines_of_a_held_session_are_held_and_so_are_new_ones() -> None:
    talk = Talk()
    first = talk.speak("a").uid
    talk.session.hold(on=True)
    talk.send(messages.Speak("b", "x"))
    hold, speak, second = talk.session.commands()
    assert hold == events.Hold(first, on=True)
    assert second == events.Hold(speak.uid, on=True)


class Told(Pcm):
    """An encoder that keeps what it is told of the client."""

    lags: ClassVar[list[float]] = []

    def lag(self, seconds: float) -> None:
        self.lags.append(seconds)


def test_every_line_is_told_how_far_the_client_lags_where_its_codec_can_do_something_about_it() -> None:
    codecs = {**PLAIN, "opus": Codec(Told, (48_000,), adapts=True)}
    uids = itertools.count()
    session = Session(SessionConfig("s", SPEC, ("hum",), codecs), NAMES, lambda: next(uids))
    assert not session.adapts
    session.receive(messages.Open(audio=messages.AudioFormat("opus", 48_000)), 0.0)
    for name in "ab":
        session.receive(messages.Speak(name, "hello"), 0.0)
    assert session.adapts
    session.lag(0.7)
    assert Told.lags == [0.7, 0.7]
    assert not Talk().session.adapts


def test_every_message_is_a_json_object_with_a_type() -> None:
    talk = Talk()
    uid = talk.speak().uid
    talk.hear(events.Started(uid, 10, None, None))
    for out in talk.session.outgoing():
        assert msgspec.json.decode(out.data)["type"] == "started"


def dropped(**opened: object) -> tuple[Talk, int]:
    """A session with a line under way, 480 samples of which were sent, and then no connection any more."""
    talk = Talk(**opened)
    uid = talk.speak("a").uid
    talk.hear(events.Started(uid, 1440, None, None))
    talk.hear(chunk(uid, 0, 240))
    talk.hear(chunk(uid, 240, 240))
    talk.take()
    talk.session.detach()
    talk.session.commands()
    return talk, uid


def frames_of(told: list[messages.ServerMessage | wire.AudioFrame]) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in told if isinstance(item, wire.AudioFrame)]


@pytest.mark.parametrize("from_sample", [0, 100, 240, 480])
def test_a_line_is_resumed_at_the_very_sample(from_sample: int) -> None:
    talk, uid = dropped()
    talk.hear(chunk(uid, 480, 480))
    assert talk.take() == [], "nobody is there to hear it"
    talk.send(messages.Resume("s", "a", from_sample))
    ready, *told = talk.take()
    assert isinstance(ready, messages.Ready)
    assert ready.session == "s"
    assert any(isinstance(item, messages.Started) for item in told) == (from_sample == 0)
    talk.hear(chunk(uid, 960, 480))
    talk.hear(finished(uid, 1440))
    told += talk.take()
    edges = [from_sample, *(end for _, end in frames_of(told))]
    assert [start for start, _ in frames_of(told)] == edges[:-1]
    assert edges[-1] == 1440
    assert isinstance(told[-1], messages.Done)


def test_a_line_that_ended_while_nobody_was_there_is_resumed_to_its_end() -> None:
    talk, uid = dropped()
    talk.hear(finished(uid, 480))
    assert talk.session.resumable
    talk.send(messages.Resume("s", "a", 240))
    told = talk.take()
    assert frames_of(told) == [(240, 480)]
    assert isinstance(told[-1], messages.Done)
    talk.send(messages.Resume("s", "a", 240))
    assert talk.error().code == "unknown_id", "it is handed out once"


def test_a_sample_out_of_reach_is_refused_with_what_is_there_and_may_be_asked_for_again() -> None:
    talk, _ = dropped()
    talk.send(messages.Resume("s", "a", 481))
    _ready, error = talk.take()
    assert isinstance(error, messages.Error)
    assert (error.code, error.terminal) == ("bad_message", False)
    assert error.detail == {"first_sample": 0, "last_sample": 480}
    talk.send(messages.Resume("s", "a", 480))
    assert talk.take() == []


def test_lines_are_resumed_one_by_one_and_the_others_stay_silent() -> None:
    talk = Talk()
    uids = {identity: talk.speak(identity).uid for identity in "ab"}
    for uid in uids.values():
        talk.hear(events.Started(uid, 480, None, None))
    talk.take()
    talk.session.detach()
    talk.send(messages.Resume("s", "b", 0))
    talk.take()
    talk.hear(chunk(uids["a"], 0, 240))
    talk.hear(chunk(uids["b"], 0, 240))
    assert frames_of(talk.take()) == [(0, 240)]
    talk.send(messages.Resume("s", "a", 0))
    assert frames_of(talk.take()) == [(0, 240)]


def test_a_line_nobody_took_up_again_is_cancelled_when_its_time_is_over_and_a_resumed_one_is_not() -> None:
    talk = Talk()
    uids = {identity: talk.speak(identity).uid for identity in "ab"}
    talk.session.detach()
    talk.send(messages.Resume("s", "b", 0))
    talk.session.commands()
    talk.session.expire()
    assert talk.session.commands() == [events.Cancel(uids["a"], fade_s=0.0)]
    talk.take()
    talk.hear(events.Started(uids["a"], 480, None, None))
    talk.hear(events.Finished(uids["a"], "cancelled", 0, None, 0, {}))
    assert isinstance(talk.take()[-1], messages.Done), "its client is told"


def test_what_is_kept_is_bounded_and_what_a_lost_client_may_not_have_heard_is_held_back_for_it() -> None:
    uids = itertools.count()
    session = Session(SessionConfig("s", SPEC, ("hum",), resume_bytes=100_000), NAMES, lambda: next(uids))
    session.receive(messages.Open(), 0.0)
    session.receive(messages.Speak("a", "hello"), 0.0)
    session.handle(events.Started(0, 10, None, None), 0.0)
    start = 0
    for _ in range(30):
        session.handle(chunk(0, start, 2400), 0.0)
        start += 2400
    assert session._replay.bytes <= 100_000
    session.detach()
    session.commands()
    heard = start
    for _ in range(20):
        session.handle(chunk(0, start, 2400), 0.0)
        start += 2400
        if events.Hold(0, on=True) in session.commands():
            break
    assert start - heard <= 30_000, "a held line makes no more"
    session.receive(messages.Resume("s", "a", heard), 0.0)
    sound = [wire.unpack_audio(out.data) for out in session.outgoing() if isinstance(out.data, bytes)]
    assert (sound[0].start, sound[-1].end) == (heard, start)
    assert session.commands() == [events.Hold(0, on=False)]


def test_a_connection_that_was_lost_while_its_client_did_not_read_leaves_no_hold_behind() -> None:
    talk = Talk()
    uid = talk.speak("a").uid
    talk.session.hold(on=True)
    talk.session.commands()
    talk.session.detach()
    assert talk.session.commands() == [events.Hold(uid, on=False)]


def test_a_line_that_was_not_resumed_may_still_be_cancelled_and_its_end_is_told() -> None:
    talk, uid = dropped()
    talk.send(messages.Resume("s", "nobody", 0))
    _ready, error = talk.take()
    assert isinstance(error, messages.Error)
    assert (error.code, error.terminal) == ("unknown_id", True)
    talk.send(messages.Cancel("a"))
    talk.hear(chunk(uid, 480, 48))
    assert not talk.take(), "a client that did not resume a line has no use for its fade"
    talk.hear(events.Finished(uid, "cancelled", 528, None, 0, {}))
    assert [type(item) for item in talk.take()] == [messages.Done]
    talk.session.expire()
    assert not talk.take()


def test_a_request_about_a_line_whose_end_is_still_to_be_told_does_not_end_it() -> None:
    talk, uid = dropped()
    talk.hear(finished(uid, 480))
    talk.send(messages.Resume("s", "nobody", 0))
    talk.take()
    talk.send(messages.Finish("a"))
    assert not talk.error().terminal
    talk.session.expire()
    assert [type(item) for item in talk.take()] == [messages.Done]


def test_an_end_that_was_sent_before_the_loss_comes_again_only_with_its_line() -> None:
    talk, uid = dropped()
    talk.send(messages.Resume("s", "a", 0))
    talk.hear(finished(uid, 480))
    talk.take()
    for wanted, told in (("nobody", False), ("a", True)):
        talk.session.detach()
        talk.send(messages.Resume("s", wanted, 0))
        assert any(isinstance(item, messages.Done) for item in talk.take()) == told
        if not told:
            continue
        talk.session.expire()
        assert not talk.take()


def test_the_end_of_a_line_outlives_what_was_kept_of_it() -> None:
    uids = itertools.count()
    session = Session(SessionConfig("s", SPEC, ("hum",), resume_bytes=20_000), NAMES, lambda: next(uids))
    session.receive(messages.Open(), 0.0)
    for uid, identity in enumerate("ab"):
        session.receive(messages.Speak(identity, "hello"), 0.0)
        session.handle(events.Started(uid, 10, None, None), 0.0)
    session.detach()
    session.handle(chunk(0, 0, 480), 0.0)
    session.handle(finished(0, 480), 0.0)
    session.receive(messages.Resume("s", "b", 0), 0.0)
    for start in range(0, 24_000, 2400):
        session.handle(chunk(1, start, 2400), 0.0)
    session.outgoing()
    session.expire()
    (end,) = session.outgoing()
    assert isinstance(end.data, str)
    assert isinstance(wire.decode_server(end.data), messages.Done)


def test_a_session_nobody_keeps_and_that_of_another_cannot_be_resumed() -> None:
    fresh = Talk(greet=False)
    fresh.send(messages.Resume("gone", "a", 0))
    error = fresh.error()
    assert (error.code, error.id, error.terminal) == ("unknown_id", "a", True)
    fresh.send(messages.Open())
    fresh.take()
    fresh.send(messages.Resume("other", "a", 0))
    assert fresh.error().code == "bad_message"


def test_an_id_that_was_refused_while_nobody_was_there_is_free_again() -> None:
    talk, uid = dropped()
    talk.hear(events.Refused(uid, "duration_infeasible", "no", retry=False, detail={}))
    talk.send(messages.Resume("s", "a", 0))
    assert isinstance(talk.take()[-1], messages.Error)
    assert talk.speak("a").text == "hello"


def test_a_line_that_ended_and_was_not_taken_up_in_time_is_told_to_be_over_to_a_client_that_is_back() -> None:
    talk, uid = dropped()
    talk.hear(finished(uid, 480))
    talk.send(messages.Resume("s", "nobody", 0))
    talk.take()
    talk.session.expire()
    (done,) = talk.take()
    assert isinstance(done, messages.Done)
    assert done.samples == 480
    assert talk.session._replay.bytes == 0


def taken_up(recipe: SessionRecipe) -> Talk:
    talk = Talk(greet=False)
    talk.session.take_up(recipe)
    return talk


def recipe_of(*sessions: Session) -> SessionRecipe:
    """What a keeper of recipes makes of a session's changes."""
    whole = SessionRecipe(messages.Open())
    for change in itertools.chain(*(session.changes() for session in sessions)):
        match change:
            case recipes.Opened():
                whole = SessionRecipe(change.opened)
            case recipes.Asked():
                lines = {**whole.lines, change.line: change.recipe}
                whole = SessionRecipe(whole.opened, change.numbered, lines)
            case recipes.Unasked() if not change.ended:
                lines = {line: kept for line, kept in whole.lines.items() if line != change.line}
                whole = SessionRecipe(whole.opened, whole.numbered, lines)
    sent: SessionRecipe = msgspec.json.decode(msgspec.json.encode(whole), type=SessionRecipe)
    return sent


@pytest.mark.parametrize("from_sample", [0, 1, 150, 300])
def test_another_server_goes_on_with_a_line_at_the_very_sample(from_sample: int) -> None:
    first = Talk()
    first.speak("x")
    spoken = first.speak("a", seed=5)
    second = taken_up(recipe_of(first.session))
    second.send(messages.Resume("s", "a", from_sample))
    ready = second.take()
    assert [type(message) for message in ready] == [messages.Ready]
    (again,) = second.session.commands()
    assert isinstance(again, events.Speak)
    assert (again.text, again.seed, again.voice, again.heard_samples) == ("hello", 5, spoken.voice, from_sample)
    second.hear(events.Started(again.uid, 300, None, None))
    for start in (0, 100, 200):
        second.hear(chunk(again.uid, start, 100))
    second.hear(finished(again.uid, 300))
    told = second.take()
    sound = [frame for frame in told if isinstance(frame, wire.AudioFrame)]
    assert sum(frame.samples for frame in sound) == 300 - from_sample
    assert [frame.start for frame in sound][:1] == ([from_sample] if from_sample < 300 else [])
    assert {frame.number for frame in sound} <= {1}
    assert isinstance(told[-1], messages.Done)
    assert told[-1].samples == 300


def test_a_line_that_is_lost_twice_while_it_is_made_again_still_goes_on_where_it_should() -> None:
    first = Talk()
    first.speak("a")
    second = taken_up(recipe_of(first.session))
    second.send(messages.Resume("s", "a", 250))
    (again,) = second.session.commands()
    second.hear(chunk(again.uid, 0, 100))
    second.session.detach()
    second.hear(chunk(again.uid, 100, 100))
    second.session.commands()
    second.send(messages.Resume("s", "a", 250))
    second.hear(chunk(again.uid, 200, 100))
    second.hear(finished(again.uid, 300))
    assert [(frame.start, frame.samples) for frame in second.take() if isinstance(frame, wire.AudioFrame)] == [
        (250, 50)
    ]


def test_text_that_came_in_pieces_is_asked_for_again_in_the_same_pieces() -> None:
    first = Talk()
    first.speak("a", final=False)
    first.send(messages.Append("a", " there", flush=True))
    first.send(messages.Finish("a"))
    commands = first.session.commands()
    second = taken_up(recipe_of(first.session))
    second.send(messages.Resume("s", "a", 0))
    asked = second.session.commands()
    assert [type(command) for command in asked] == [events.Speak, events.Append, events.Append]
    assert [(c.text, c.final, c.flush) for c in asked[1:] if isinstance(c, events.Append)] == [
        (c.text, c.final, c.flush) for c in commands if isinstance(c, events.Append)
    ]


def test_a_session_that_was_taken_up_goes_on_as_if_nothing_had_been() -> None:
    first = Talk(marks=("word",))
    first.speak("a")
    second = taken_up(recipe_of(first.session))
    second.send(messages.Resume("s", "a", 0))
    second.take()
    second.session.commands()
    assert second.speak("b").uid
    second.send(messages.Speak("a", "hello"))
    assert [message.code for message in second.take() if isinstance(message, messages.Error)] == ["duplicate_id"]
    (kept,) = (
        change for change in second.session.changes() if isinstance(change, recipes.Asked) and change.line == "b"
    )
    assert kept.recipe.number == 1


def test_what_cannot_be_made_again_to_the_sample_is_not_taken_up() -> None:
    first = Talk()
    for line in "abcd":
        first.speak(line, final=line != "d", max_wait_ms=100 if line == "d" else None)
    first.send(messages.Update("a", messages.Duration(ratio=1.1)))
    first.send(messages.Cancel("b"))
    first.send(messages.Append("d", " more"))
    recipe = recipe_of(first.session)
    assert set(recipe.lines) == {"c"}
    second = taken_up(recipe)
    second.send(messages.Resume("s", "a", 0))
    told = second.take()[-1]
    assert isinstance(told, messages.Error)
    assert (told.code, told.terminal) == ("unknown_id", True)


def test_the_recipe_of_a_line_that_has_ended_may_be_forgotten_after_a_while() -> None:
    talk = Talk()
    line = talk.speak("a")
    talk.session.changes()
    talk.hear(chunk(line.uid, 0, 10))
    talk.hear(finished(line.uid, 10))
    assert talk.session.changes() == [recipes.Unasked("a", ended=True)]
