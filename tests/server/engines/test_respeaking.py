from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from oncue.model.api import Voice
from oncue.server.engines import respeaking
from oncue.server.engines.handle import Sink
from oncue.server.engines.respeaking import Respeaking
from oncue.streaming.engine import events
from oncue.streaming.engine.engine import Engine
from oncue.streaming.protocol.errors import EngineLost
from oncue.streaming.session.line_output import lost_line
from oncue.streaming.timing.targets import DurationTarget
from tests.fakes import ScriptedModel, Speaker

TEXT = "A long line that is spoken by one engine, and then by another one. It goes on for a while, and ends."
PLAIN = Voice("scripted", {"pitch": np.array([220.0])})
UIDS = itertools.count(1)


class Machine:
    """Engines of arithmetic on a clock that a test turns by hand, one after another as they die."""

    def __init__(self) -> None:
        self.now, self.up = 0.0, True
        self.told: list[events.Event] = []
        self.lines = Respeaking(self.submit, lambda: self.up)
        self._sinks: dict[int, Sink] = {}
        self._start()

    def _start(self) -> None:
        self.engine = Engine(ScriptedModel(speaker=Speaker(bias=1.2, jitter=0.3)))

    def submit(self, command: events.Command, sink: Sink) -> None:
        if isinstance(command, events.Speak):
            self._sinks[command.uid] = sink
        self.engine.submit(command, self.now)

    def speak(self, text: str = TEXT, **asked: Any) -> int:
        uid = next(UIDS)
        self.lines.begin(events.Speak(uid, text, PLAIN, **asked), lambda event, at: self.told.append(event), 24000)
        return uid

    def tell(self, command: events.Command) -> None:
        if self.lines.note(command):
            self.submit(command, lambda event, at: None)

    def play(self, until: Callable[[], bool], most: int = 4000) -> None:
        for _ in range(most):
            if until():
                return
            for event in self.engine.step(self.now):
                self._sinks[event.uid](event, self.now)
            self.now += 0.01
        raise AssertionError("it took too long")

    def kill(self) -> None:
        """The engine dies with all its lines; another begins empty."""
        sinks, self._sinks = self._sinks, {}
        self._start()
        for uid, sink in sinks.items():
            if uid in self.lines._lines:
                sink(lost_line(uid, 0, EngineLost("gone")), self.now)

    @property
    def sound(self) -> np.ndarray:
        chunks = [event for event in self.told if isinstance(event, events.AudioChunk)]
        assert [chunk.start for chunk in chunks] == [0, *np.cumsum([len(chunk.samples) for chunk in chunks])][
            : len(chunks)
        ]
        return np.concatenate([chunk.samples for chunk in chunks])

    @property
    def marks(self) -> list[events.Mark]:
        return [mark for event in self.told if isinstance(event, events.AudioChunk) for mark in event.marks]

    @property
    def end(self) -> events.Finished:
        ends = [event for event in self.told if events.is_terminal(event)]
        assert len(ends) == 1
        assert ends == self.told[-1:]
        assert isinstance(ends[0], events.Finished)
        return ends[0]

    def ended(self) -> bool:
        return any(map(events.is_terminal, self.told))

    def heard(self, samples: int) -> Callable[[], bool]:
        return lambda: sum(len(event.samples) for event in self.told if isinstance(event, events.AudioChunk)) >= samples


def alone(**asked: Any) -> Machine:
    machine = Machine()
    machine.speak(**asked)
    machine.play(machine.ended)
    return machine


@pytest.mark.parametrize("killed_at", [0, 1, 9_000, 70_000])
@pytest.mark.parametrize("duration", [DurationTarget(), DurationTarget(seconds=6.0), DurationTarget(ratio=0.9)])
async def test_a_line_whose_engine_dies_is_heard_to_its_end_sample_for_sample(
    killed_at: int, duration: DurationTarget
) -> None:
    expected = alone(duration=duration)
    machine = Machine()
    machine.speak(duration=duration)
    machine.play(machine.heard(killed_at))
    machine.kill()
    machine.play(machine.ended)
    assert machine.end.reason == "complete"
    assert np.array_equal(machine.sound, expected.sound)
    assert machine.marks == expected.marks
    assert sum(isinstance(event, events.Started) for event in machine.told) == 1
    codes = [event.codes for event in machine.told if isinstance(event, events.Decoded)]
    assert codes == sorted(set(codes))
    assert machine.lines.respoken == 1


async def test_what_was_heard_is_made_again_without_waiting_for_playback() -> None:
    machine = Machine()
    machine.speak()
    machine.play(machine.heard(100_000))
    machine.kill()
    before = machine.now
    machine.play(machine.heard(110_000))
    assert machine.now - before < 2.0, "four seconds were to be made again, in real time it takes four"


async def test_text_that_came_in_pieces_is_given_to_the_other_engine_too() -> None:
    expected = alone()
    machine = Machine()
    uid = machine.speak(TEXT[:70], final=False)
    machine.tell(events.Append(uid, TEXT[70:], final=True))
    machine.play(machine.heard(30_000))
    machine.kill()
    machine.play(machine.ended)
    assert np.array_equal(machine.sound, expected.sound)


async def test_a_line_that_was_changed_on_the_way_is_not_guessed_at() -> None:
    machine = Machine()
    uid = machine.speak()
    machine.play(machine.heard(9_000))
    machine.tell(events.Update(uid, DurationTarget(ratio=1.1)))
    machine.kill()
    assert (machine.end.reason, machine.end.error and machine.end.error.code) == ("failed", "engine_lost")
    assert machine.end.samples == len(machine.sound)


async def test_a_line_that_kills_each_engine_at_the_same_place_is_tried_no_third_time() -> None:
    machine = Machine()
    machine.speak()
    machine.play(machine.heard(9_000))
    machine.kill()
    assert not machine.ended()
    machine.kill()
    assert machine.end.error is not None


async def test_a_line_waits_for_an_engine_and_can_be_cancelled_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respeaking, "_LOOK_S", 0.001)
    machine = Machine()
    first, _ = machine.speak(), machine.speak()
    machine.play(machine.heard(20_000))
    machine.up = False
    machine.kill()
    assert machine.lines.waiting == 2
    machine.tell(events.Cancel(first))
    assert machine.lines.waiting == 1
    (end,) = (event for event in machine.told if isinstance(event, events.Finished))
    assert (end.uid, end.reason) == (first, "cancelled")
    machine.up = True
    async with asyncio.timeout(5):
        while machine.lines.waiting:
            await asyncio.sleep(0.001)
    machine.play(lambda: sum(map(events.is_terminal, machine.told)) == 2)
    assert machine.told[-1].uid != first


async def test_no_engine_in_time_is_engine_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respeaking, "PATIENCE_S", 0.0)
    machine = Machine()
    machine.speak()
    machine.play(machine.heard(9_000))
    machine.up = False
    machine.kill()
    assert machine.end.error is not None
    assert machine.end.error.retry


async def test_when_the_pool_ends_so_do_the_lines_that_wait() -> None:
    machine = Machine()
    machine.speak()
    machine.play(machine.heard(9_000))
    machine.up = False
    machine.kill()
    machine.lines.close()
    assert machine.end.samples == len(machine.sound)
