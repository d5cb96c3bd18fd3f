"""A hand on the engine's crank: a fake clock, the commands at their times, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from oncue.model.api import Samples, SpeechModel
from oncue.streaming.engine.engine import Engine, EngineLimits
from oncue.streaming.engine.events import (
    AudioChunk,
    Command,
    Decoded,
    Event,
    Finished,
    Planned,
    Refused,
    Speak,
    Started,
)
from tests.fakes import ScriptedModel

E = TypeVar("E", Started, Planned, Decoded, AudioChunk, Refused, Finished)

SHORT = "Hello there, you."
STEP_S = 0.004
"""What a step of the model is taken to cost."""


class Counted(SpeechModel, Protocol):
    """A model that tells which of its slots are held."""

    @property
    def busy(self) -> set[int]:
        """Slots that were filled and not released."""
        ...


@dataclass
class Run:
    """What came out, with times."""

    events: list[tuple[float, Event]] = field(default_factory=list)

    def of(self, kind: type[E], uid: int = 1) -> list[E]:
        return [event for _, event in self.events if isinstance(event, kind) and event.uid == uid]

    def sound(self, uid: int = 1) -> Samples:
        return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in self.of(AudioChunk, uid))])

    def end(self, uid: int = 1) -> Finished:
        (finished,) = self.of(Finished, uid)
        return finished


def turn(model: Counted, commands: list[tuple[float, Command]], limits: EngineLimits | None = None) -> Run:
    """Turn the crank until nothing can happen any more; everything must be given back by then."""
    engine, run, now = Engine(model, limits or EngineLimits()), Run(), 0.0
    waiting = sorted(commands, key=lambda pair: pair[0])
    while True:
        while waiting and waiting[0][0] <= now:
            engine.submit(waiting.pop(0)[1], now)
        run.events.extend((now, event) for event in engine.step(now))
        wakeup = engine.next_wakeup(now)
        if wakeup is None and not waiting:
            break
        soonest = min(time for time in (wakeup, waiting[0][0] if waiting else None) if time is not None)
        now = max(now + STEP_S, soonest)
        assert now < 60, "the engine never came to rest"
    assert engine.active == 0
    assert not model.busy
    return run


def line(uid: int = 1, text: str = SHORT, **more: object) -> Speak:
    return Speak(uid, text, ScriptedModel().voices["hum"], **more)  # type: ignore[arg-type]


def check_laws(run: Run, uids: set[int]) -> None:
    """What holds of every line whatever was commanded."""
    for uid in uids:
        own = [event for _, event in run.events if event.uid == uid]
        refusals = [event for event in own if isinstance(event, Refused) and event.terminal]
        ends = [event for event in own if isinstance(event, Finished)]
        starts = [event for event in own if isinstance(event, Started)]
        assert len(ends) + len(refusals) == 1
        assert len(starts) == len(ends)
        if not ends:
            continue
        assert isinstance(own[0], Started) or (isinstance(own[0], Refused) and not own[0].terminal)
        assert not [event for event in own[own.index(ends[0]) + 1 :] if not isinstance(event, Refused)]
        at = 0
        for chunk in run.of(AudioChunk, uid):
            assert chunk.start == at
            assert len(chunk.samples)
            assert all(0 <= mark.start <= mark.end and mark.start >= chunk.start for mark in chunk.marks)
            at += len(chunk.samples)
        assert ends[0].samples == at
        if ends[0].reason == "complete" and ends[0].target_samples is not None:
            assert at == ends[0].target_samples
