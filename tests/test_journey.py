"""Text in, frames out, with no socket, no thread and no clock but a number."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest

from oncue.streaming.engine.engine import Engine
from oncue.streaming.protocol import messages, wire
from oncue.streaming.session.session import Session, SessionConfig
from tests.fakes import ScriptedModel
from tests.resolvers import OneVoice

TICK_S = 0.004


class Stage:
    """One client, one engine, one clock."""

    def __init__(self, opened: messages.Open | None = None) -> None:
        model = ScriptedModel()
        uids = itertools.count()
        self.engine = Engine(model)
        self.session = Session(SessionConfig("s", model.spec, ()), OneVoice.of(model), lambda: next(uids))
        self.now = 0.0
        self.told: list[messages.ServerMessage] = []
        self.times: list[tuple[float, str]] = []
        self.pcm: dict[int, bytes] = defaultdict(bytes)
        self.say(opened or messages.Open())

    def say(self, message: messages.FromClient) -> None:
        self.session.receive(wire.read_client(wire.encode(message)), self.now)
        self.pump()

    def pump(self) -> None:
        for command in self.session.commands():
            self.engine.submit(command, self.now)
        for out in self.session.outgoing():
            if isinstance(out.data, bytes):
                frame = wire.unpack_audio(out.data)
                assert frame.start == len(self.pcm[frame.number]) // 2
                self.pcm[frame.number] += frame.pcm
                self.times.append((self.now, "audio"))
            else:
                self.told.append(wire.decode_server(out.data))

    def step(self) -> None:
        wake = self.engine.next_wakeup(self.now)
        self.now = max(self.now + TICK_S, wake if wake is not None else 0.0)
        for event in self.engine.step(self.now):
            self.times.append((self.now, type(event).__name__))
            self.session.handle(event, self.now)
        self.pump()

    def run(self, steps: int = 20_000) -> None:
        for _ in range(steps):
            if not self.session.active:
                return
            self.step()
        raise AssertionError("the lines did not end")

    def done(self, identity: str) -> messages.Done:
        (found,) = [m for m in self.told if isinstance(m, messages.Done) and m.id == identity]
        return found

    def sound(self, identity: str) -> bytes:
        (number,) = [m.number for m in self.told if isinstance(m, messages.Started) and m.id == identity]
        return self.pcm[number]


TEXT = "A line that is long enough to be heard while it is still being decoded, word by word."


def test_sound_leaves_before_the_line_is_decoded() -> None:
    stage = Stage()
    stage.say(messages.Speak("a", TEXT))
    stage.run()
    kinds = [kind for _, kind in stage.times]
    assert "Decoded" in kinds[kinds.index("audio") :]


@pytest.mark.parametrize("rate", messages.RATES)
def test_a_line_ends_on_the_sample_it_was_told_to_at_every_rate(rate: int) -> None:
    stage = Stage(messages.Open(audio=messages.AudioFormat(rate=rate)))  # type: ignore[arg-type]
    stage.say(messages.Speak("free", TEXT))
    stage.run()
    seconds = round(stage.done("free").samples / rate * 1.07, 3)
    stage.say(messages.Speak("told", TEXT, duration=messages.Duration(seconds=seconds)))
    stage.run()
    done = stage.done("told")
    assert done.reason == "complete"
    assert done.samples == done.target_samples == round(seconds * rate) == len(stage.sound("told")) // 2


def test_a_line_beside_others_sounds_as_it_does_alone() -> None:
    alone, crowd = Stage(), Stage()
    alone.say(messages.Speak("a", TEXT, seed=5))
    alone.run()
    for identity, seed in (("x", 1), ("a", 5), ("y", 2), ("z", 3), ("w", 4)):
        crowd.say(messages.Speak(identity, TEXT, seed=seed))
        crowd.step()
    crowd.run()
    assert crowd.sound("a") == alone.sound("a")


def test_every_admitted_line_has_one_end_whatever_was_done_to_it() -> None:
    stage = Stage()
    stage.say(messages.Speak("whole", TEXT))
    stage.say(messages.Speak("parts", "First, ", final=False))
    stage.say(messages.Speak("cut", TEXT))
    for _ in range(40):
        stage.step()
    stage.say(messages.Append("parts", "then the rest."))
    stage.say(messages.Update("whole", messages.Duration(ratio=1.1)))
    stage.say(messages.Cancel("cut"))
    stage.say(messages.Close())
    stage.run()
    ends = [m.id for m in stage.told if isinstance(m, messages.Done)]
    assert sorted(ends) == ["cut", "parts", "whole"]
    assert stage.done("cut").reason == "cancelled"
    assert stage.session.finished
    for identity in ends:
        assert len(stage.sound(identity)) // 2 == stage.done(identity).samples


def test_word_marks_cover_the_text_in_order_within_the_sound() -> None:
    stage = Stage()
    stage.say(messages.Speak("a", TEXT))
    stage.run()
    marks = [mark for m in stage.told if isinstance(m, messages.Marks) for mark in m.marks]
    starts = np.array([mark.start for mark in marks])
    assert [mark.char_start for mark in marks] == sorted(mark.char_start for mark in marks)
    assert (np.diff(starts) >= 0).all()
    assert marks[-1].end <= stage.done("a").samples
    assert marks[0].text == "A"
