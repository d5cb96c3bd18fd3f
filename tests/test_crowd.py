"""Two hundred sessions on one engine in simulated time: those who do not read cost those who do nothing."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pytest

from oncue.model.api import Code, Fault, Samples, Start, Step, Window
from oncue.server.sessions.send_queue import SendQueue
from oncue.streaming.engine import events
from oncue.streaming.engine.engine import Engine, EngineLimits
from oncue.streaming.protocol import messages
from oncue.streaming.session.session import Session, SessionConfig
from tests.fakes import ScriptedModel
from tests.resolvers import OneVoice

SESSIONS = 200
SILENT = 50
TEXT = "abc defg hijkl mno pqrs tuv wxyz be it so."
RATE: Final = 8000
LEAD_MS = 400
BUDGET_S = 1.0
SLOW_S = 1.5
STALLS = ((0.8, 0.7), (2.2, 0.7))
"""When the machine is taken away, and for how long: longer than the lead, so that everybody runs dry."""


class CostlyModel(ScriptedModel):
    """Counts what its calls would cost on a machine that 200 lines keep about a third busy."""

    spent_s = 0.0

    def prefill(self, starts: Sequence[Start]) -> None:
        self.spent_s += 0.0005 + 0.00015 * len(starts)
        super().prefill(starts)

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        self.spent_s += 0.001 + 0.00002 * len(steps)
        return super().decode(steps)

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        self.spent_s += 0.0005 + 0.0002 * len(windows)
        return super().vocode(windows)


class Listener:
    """One client with no buffer of its own, and the server's end of its connection."""

    def __init__(self, session: Session, arrives_at: float, reads: bool) -> None:
        self.session, self.arrives_at, self.reads = session, arrives_at, reads
        self.queue = SendQueue(1 << 20, BUDGET_S)
        self.held_at: float | None = None
        self.cut_off = False
        self.most_waiting_s = 0.0
        self.chunks = self.misses = 0
        self._waiting_s = 0.0
        self._dry_at: float | None = None

    def deliver(self, now: float) -> None:
        for frame in self.session.outgoing():
            self.queue.put(frame)
            if self.reads:
                self._hear(frame.audio_s, now)
                self.queue.drop()
            else:
                self._waiting_s += frame.audio_s
                self.most_waiting_s = max(self.most_waiting_s, self._waiting_s)
        if self.held_at is None and self.queue.full:
            self.held_at = now
            self.session.hold(on=True)

    def mind(self, now: float) -> None:
        """The server's patience with a client that does not read."""
        if self.held_at is not None and not self.cut_off and now >= self.held_at + SLOW_S:
            self.cut_off = True
            self.session.abandon()

    def _hear(self, seconds: float, now: float) -> None:
        if not seconds:
            return
        if self._dry_at is None or now > self._dry_at:
            self.misses += self._dry_at is not None
            self._dry_at = now
        self._dry_at += seconds
        self.chunks += 1


@dataclass(frozen=True, slots=True)
class Outcome:
    chunks: int
    misses: int
    silent: list[Listener]


def play(silent: int) -> Outcome:
    """All listeners who read, and `silent` others who do not."""
    model = CostlyModel(slots=SESSIONS, sample_rate=RATE)
    engine = Engine(model, EngineLimits(utterances=SESSIONS + 1))
    uids = itertools.count()
    arrivals = np.cumsum(np.random.default_rng(11).exponential(0.6 / SESSIONS, SESSIONS))
    # Every fourth one does not read, and is not there at all when there is no silent listener.
    listeners = [
        Listener(
            Session(SessionConfig(f"s{index}", model.spec, ()), OneVoice.of(model), lambda: next(uids)),
            at,
            bool(index % 4),
        )
        for index, at in enumerate(arrivals.tolist())
        if index % 4 or silent
    ]
    assert sum(not listener.reads for listener in listeners) == silent
    owners = _run(engine, model, listeners)
    assert engine.active == 0
    assert not model.busy
    assert len(owners) == len(listeners)
    readers = [listener for listener in listeners if listener.reads]
    return Outcome(
        sum(listener.chunks for listener in readers),
        sum(listener.misses for listener in readers),
        [listener for listener in listeners if not listener.reads],
    )


def _run(engine: Engine, model: CostlyModel, listeners: list[Listener]) -> dict[int, Listener]:
    waiting = [(listener.arrives_at, index) for index, listener in enumerate(listeners)]
    heapq.heapify(waiting)
    owners: dict[int, Listener] = {}
    stalls, now = list(STALLS), 0.0
    while waiting or engine.active:
        while waiting and waiting[0][0] <= now:
            _open(listeners[heapq.heappop(waiting)[1]], now)
        for listener in listeners:
            listener.mind(now)
            for command in listener.session.commands():
                if isinstance(command, events.Speak):
                    owners[command.uid] = listener
                engine.submit(command, now)
        if stalls and now >= stalls[0][0]:
            now += stalls.pop(0)[1]
        model.spent_s = 0.0
        happened = engine.step(now)
        now += model.spent_s
        for event in happened:
            owners[event.uid].session.handle(event, now)
            owners[event.uid].deliver(now)
        if not happened:
            now = _next(engine, waiting, listeners, now)
        assert now < 30, "the crowd never came to rest"
    return owners


def _open(listener: Listener, now: float) -> None:
    listener.session.receive(messages.Open(audio=messages.AudioFormat(rate=RATE), marks=(), lead_ms=LEAD_MS), now)
    listener.session.receive(messages.Speak("a", TEXT, seed=round(now * 1e6)), now)


def _next(engine: Engine, waiting: list[tuple[float, int]], listeners: list[Listener], now: float) -> float:
    """When anything can happen next."""
    times = [waiting[0][0]] if waiting else []
    wake = engine.next_wakeup(now)
    times += [wake] if wake is not None else []
    times += [
        listener.held_at + SLOW_S for listener in listeners if listener.held_at is not None and not listener.cut_off
    ]
    return max(now + 0.0005, min(times, default=now))


@pytest.fixture(scope="module")
def without() -> Outcome:
    return play(0)


@pytest.fixture(scope="module")
def among() -> Outcome:
    return play(SILENT)


def test_listeners_miss_no_more_deadlines_beside_fifty_who_never_read(without: Outcome, among: Outcome) -> None:
    assert without.misses > 0, "a machine that never stalls would prove nothing"
    assert among.misses <= 1.1 * without.misses


def test_all_who_read_hear_everything(without: Outcome, among: Outcome) -> None:
    assert among.chunks == without.chunks > 150


def test_those_who_do_not_read_are_held_within_their_budget_and_then_cut_off(among: Outcome) -> None:
    assert len(among.silent) == SILENT
    assert all(listener.cut_off for listener in among.silent)
    assert all(listener.most_waiting_s <= BUDGET_S + 1.0 for listener in among.silent)


if __name__ == "__main__":
    one, other = play(0), play(SILENT)
    print(f"misses {one.misses} of {one.chunks} without, {other.misses} of {other.chunks} with {SILENT} who never read")
