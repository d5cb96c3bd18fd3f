"""Any interleaving of what a client may do, a network may lose and a clock may bring: the laws of a line hold.

`python -m tests.test_interleavings` plays 10,000 of them instead of the few of a test run.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter, deque
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from oncue.streaming.engine import events
from oncue.streaming.engine.engine import Engine, EngineLimits
from oncue.streaming.protocol import messages, wire
from oncue.streaming.session.reconnect import KeptSessions
from oncue.streaming.session.session import Session, SessionConfig
from tests.fakes import ScriptedModel, Speaker
from tests.resolvers import OneVoice

KEEP_S = 30.0
RESUME_BYTES = 40_000
STEP_S = 0.004
SLOTS = 2
MANY = 10_000
LONGEST_S = 60

texts = st.sampled_from(["Hi.", "Hello you.", "好，走。", "Ho. Be he, or me. ", "...", "", "a\x07"])
picks = st.integers(0, 5)
durations = st.sampled_from(
    [
        None,
        None,
        messages.Duration(ratio=1.1),
        messages.Duration(seconds=0.7),
        messages.Duration(ratio=3.0),
    ]
)


@dataclass(slots=True)
class Heard:
    """One line as its client has it."""

    text_open: bool
    started: int = 0
    end: int = 0
    over: int = 0
    gap: bool = False
    """The connection was lost since, and the line was not resumed."""
    end_lost: bool = False
    """Its end was sent and swallowed: it comes only to a client that resumes the line."""
    resumed: bool = False
    number: int | None = None


class Interleavings(RuleBasedStateMachine):
    """A client, a network that may swallow what is under way, sessions, an engine and a clock."""

    def __init__(self) -> None:
        super().__init__()
        speaker = Speaker(bias=1.05, jitter=0.2, fault_at={3: 5})
        self.model = ScriptedModel(slots=SLOTS, speaker=speaker, sample_rate=8000)
        self.engine = Engine(self.model, EngineLimits(utterances=4))
        self.kept = KeptSessions[Session](KEEP_S, 2)
        self.now = 0.0
        self.sessions: list[Session] = []
        self.network: deque[str | bytes] = deque()
        self.heard: dict[str, Heard] = {}
        self.spoken: set[int] = set()
        self.ends: Counter[int] = Counter()
        self.names, self.uids = itertools.count(), itertools.count()
        self.connected = False
        self.connect()

    @property
    def session(self) -> Session:
        return self.sessions[-1]

    def connect(self) -> None:
        """A new session; the client has forgotten the lines of the one before."""
        config = SessionConfig(
            f"s{len(self.sessions)}", self.model.spec, (), resume_s=KEEP_S, resume_bytes=RESUME_BYTES
        )
        self.sessions.append(Session(config, OneVoice.of(self.model), lambda: next(self.uids)))
        self.heard = {}
        self.connected = True
        self.say(messages.Open(audio=messages.AudioFormat(rate=8000), marks=("word", "viseme", "mouth")))

    def say(self, message: messages.FromClient) -> None:
        self.session.receive(wire.read_client(wire.encode(message)), self.now)
        self.pump()

    def pump(self) -> None:
        for session in self.sessions:
            for command in session.commands():
                if isinstance(command, events.Speak):
                    self.spoken.add(command.uid)
                self.engine.submit(command, self.now)
            frames = session.outgoing()
            if session is self.session and self.connected:
                self.network.extend(frame.data for frame in frames)

    def turn(self) -> None:
        wake = self.engine.next_wakeup(self.now)
        self.now = max(self.now + STEP_S, self.now if wake is None else wake)
        for event in self.engine.step(self.now):
            if isinstance(event, events.Finished) or (isinstance(event, events.Refused) and event.terminal):
                self.ends[event.uid] += 1
                assert self.ends[event.uid] == 1, "a line ends once"
            for session in self.sessions:
                session.handle(event, self.now)
        self.pump()

    def rest(self) -> None:
        """Turn until nothing is left to do."""
        for _ in range(5000):
            if self.engine.next_wakeup(self.now) is None:
                return
            self.turn()
        raise AssertionError("the engine never came to rest")

    def hear(self, data: str | bytes) -> None:
        message = wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)
        if isinstance(message, wire.AudioFrame):
            (line,) = [line for line in self.heard.values() if line.number == message.number]
            assert not line.over, "no frame after done"
            assert message.start == line.end or (line.gap and message.start > line.end), "frames join"
            line.end, line.gap = message.end, False
        elif isinstance(message, messages.Started):
            line = self.heard[message.id]
            line.started += 1
            assert line.started == 1 or line.end == 0
            line.number = message.number
        elif isinstance(message, messages.Done):
            line = self.heard[message.id]
            line.over += 1
            assert line.over == 1, "one done"
            assert line.started or line.gap, "started before done"
            assert message.samples == line.end or (line.gap and message.samples >= line.end)
            if message.reason == "complete" and message.target_samples is not None:
                assert message.samples == message.target_samples
        elif isinstance(message, messages.Marks):
            line = self.heard[message.id]
            assert all(mark.start >= line.end for mark in message.marks), "marks are never late"
        elif isinstance(message, messages.Error) and message.id in self.heard:
            line = self.heard[message.id]
            line.over = max(line.over, int(message.terminal))  # a request about a line that is over is told so too
            if "first_sample" in message.detail:  # what it asks for is forgotten: it was not resumed
                line.gap, line.resumed = True, False

    def play_out(self) -> None:
        """A player that was paused goes on to the end: each report is good for a second."""
        for _ in range(LONGEST_S):
            self.rest()
            for identity in list(self.heard) if self.session.active else ():
                self.say(messages.Played(identity, LONGEST_S * 8000))

    def pick(self, index: int) -> str:
        known = list(self.heard) or ["nobody"]
        return known[index % len(known)]

    @precondition(lambda self: self.connected)
    @rule(text=texts, final=st.booleans(), duration=durations, seed=st.integers(0, 3), priority=st.integers(0, 1))
    def speak(self, text: str, final: bool, duration: messages.Duration | None, seed: int, priority: int) -> None:
        identity = f"l{next(self.names)}"
        self.heard[identity] = Heard(not final)
        self.say(messages.Speak(identity, text, final=final, duration=duration, seed=seed, priority=priority))

    @precondition(lambda self: self.connected)
    @rule(index=picks, text=texts)
    def append(self, index: int, text: str) -> None:
        self.say(messages.Append(self.pick(index), text))

    @precondition(lambda self: self.connected)
    @rule(index=picks)
    def finish(self, index: int) -> None:
        self.say(messages.Finish(self.pick(index)))

    @precondition(lambda self: self.connected)
    @rule(index=picks, duration=durations)
    def update(self, index: int, duration: messages.Duration | None) -> None:
        self.say(messages.Update(self.pick(index), duration, messages.Emotion(preset="happy")))

    @precondition(lambda self: self.connected)
    @rule(index=picks, fade_ms=st.sampled_from([0, 40, 300]), word=st.booleans())
    def cancel(self, index: int, fade_ms: int, word: bool) -> None:
        self.say(messages.Cancel(self.pick(index), fade_ms, "word" if word else "now"))

    @precondition(lambda self: self.connected)
    @rule(index=picks, samples=st.integers(0, 9000))
    def played(self, index: int, samples: int) -> None:
        self.say(messages.Played(self.pick(index), samples))

    @precondition(lambda self: self.connected)
    @rule(on=st.booleans())
    def hold(self, on: bool) -> None:
        self.session.hold(on=on)
        self.pump()

    @rule(count=st.integers(1, 25))
    def turns(self, count: int) -> None:
        for _ in range(count):
            self.turn()

    @rule(count=st.integers(1, 40))
    def read(self, count: int) -> None:
        for _ in range(min(count, len(self.network))):
            self.hear(self.network.popleft())

    @precondition(lambda self: self.connected)
    @rule()
    def drop(self) -> None:
        """The network swallows all that the client has not read."""
        self.connected = False
        for told in (wire.decode_server(data) for data in self.network if isinstance(data, str)):
            if isinstance(told, messages.Done) or (
                isinstance(told, messages.Error) and told.terminal and told.id in self.heard
            ):
                self.heard[str(told.id)].end_lost = True
        self.network.clear()
        for line in self.heard.values():
            line.gap, line.resumed = not line.over, False
        if self.session.resumable:
            self.session.detach()
            for gone in self.kept.keep(self.session.name, self.session, self.now):
                gone.expire()
        else:
            self.session.abandon()
        self.pump()

    @precondition(lambda self: not self.connected)
    @rule(chosen=st.lists(st.booleans(), min_size=6, max_size=6))
    def resume(self, chosen: list[bool]) -> None:
        """Go on with some lines where they broke off; with a new session when there is none to go on with."""
        wanted = [
            (identity, line)
            for (identity, line), take in zip(self.heard.items(), chosen, strict=False)
            if take and not line.over
        ]
        if not wanted or self.kept.take(self.session.name) is None:
            self.connect()
            return
        self.connected = True
        for identity, line in wanted:
            line.gap, line.resumed = False, True
            if not line.end:
                line.started = 0
            self.say(messages.Resume(self.session.name, identity, line.end))

    @rule(seconds=st.sampled_from([1.0, KEEP_S]))
    def wait(self, seconds: float) -> None:
        """Time goes by, and with it the time to resume."""
        self.rest()
        self.now += seconds
        for session in self.kept.expire(self.now):
            session.expire()
        self.pump()

    @precondition(lambda self: self.connected)
    @rule()
    def close(self) -> None:
        self.say(messages.Close())

    def teardown(self) -> None:
        """Whatever was done: in the end everything is over, once, and nothing is held."""
        if self.connected:
            self.session.hold(on=False)
            self.say(messages.Close())
            self.play_out()
        self.wait(0.0)
        self.wait(KEEP_S)
        self.rest()
        assert set(self.ends) == self.spoken, "every line that was spoken has an end"
        assert self.engine.active == 0
        assert not self.model.busy
        assert len(self.kept) == 0
        assert not any(session.active for session in self.sessions)
        if self.connected:
            self.read(len(self.network))
            assert all(line.over == 1 or (line.end_lost and not line.resumed) for line in self.heard.values())
        attached = {self.session} if self.connected else set()
        assert not any(session._replay.bytes for session in self.sessions if session not in attached)
        assert all(session._replay.bytes <= RESUME_BYTES for session in self.sessions)


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=25, stateful_step_count=20, deadline=None, derandomize=True)


def main(examples: int) -> None:
    """Play so many, the same ones every time."""
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{examples} interleavings kept the laws")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
