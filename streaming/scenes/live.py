"""A scene on the wire: messages of the client and frames of the session go in, lines for the session and plans for the client come out.

It stands beside a session and speaks through it like its client would, so a scene's lines have marks, pacing and errors like all
others; their ids are the scene's, a slash and the line's. No clock is read here.
"""

from __future__ import annotations

import numpy as np

from oncue.model.api import Samples
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.audio import edges, from_s16le
from oncue.streaming.protocol.errors import BadMessage, OnCueError
from oncue.streaming.scenes.planner import Place
from oncue.streaming.scenes.run import Action, Ask, Cut, Drop, Retime, SceneRun
from oncue.streaming.scenes.scene import Scene, SceneError, scene_of
from oncue.streaming.scenes.speaking import speak_of

_GUESS_S_PER_CHARACTER = 0.07
_ONSET_S = 0.4
"""So much sound is heard before it is decided where a line begins."""
_TOLD_S = 0.005
"""A plan that moved by less is not told again."""
_CUT_FADE_MS = 30


class _Sounding:
    """A line under way: its samples as they come, and what its session says of it."""

    def __init__(self) -> None:
        self.parts: list[Samples] = []
        self.samples = 0
        self.onset: int | None = None
        self.words: list[float] = []
        self.ended = False

    def pcm(self) -> Samples:
        """All that came."""
        self.parts = [np.concatenate(self.parts)] if self.parts else []
        return self.parts[0] if self.parts else np.zeros(0, np.float32)


class LiveScene:
    """One scene of one connection. Every line that is said begins once, is told of, and ends, or is among the lost."""

    def __init__(self, message: messages.Scene, rate: int, now: float) -> None:
        """Raises BadMessage for a scene that cannot be played."""
        self.identity = message.id
        self._rate = rate
        try:
            self._scene: Scene = scene_of(message.scene)
            guesses = {
                name: max(0.3, _GUESS_S_PER_CHARACTER * len(line.text)) for name, line in self._scene.lines.items()
            }
            self._run = SceneRun(self._scene, guesses)
            self._zero = now + self._scene.pre_roll
            for choice, option in message.choices.items():
                self._run.choose(choice, option, -self._scene.pre_roll)
            for name, at_s in message.cues.items():
                self._run.cue(name, at_s)
        except SceneError as error:
            raise BadMessage(str(error)) from error
        self._sounding: dict[str, _Sounding] = {}
        self._numbers: dict[int, str] = {}
        self._generation: dict[str, int] = {}
        self._told: dict[str, messages.ScenePlace] = {}
        self._dropped: set[str] = set()
        self.lost: list[str] = []
        self.over = False

    @property
    def finished(self) -> bool:
        """Every line was heard out."""
        return self.over or self._run.finished

    def clock(self, now: float) -> float:
        """What the scene's clock says."""
        return now - self._zero

    def receive(self, message: messages.Choose | messages.Cue, now: float) -> None:
        """Something was decided. Raises BadMessage."""
        try:
            if isinstance(message, messages.Choose):
                self._run.choose(message.choice, message.option, self.clock(now))
            else:
                self._run.cue(message.cue, self.clock(now) if message.at is None else message.at)
        except SceneError as error:
            raise BadMessage(str(error)) from error

    def observe(self, event: messages.ServerMessage | wire.AudioFrame) -> None:
        """What the session says to its client; of other lines it is ignored."""
        if isinstance(event, wire.AudioFrame):
            name = self._numbers.get(event.number)
            if name is not None and event.codec == wire.CODEC_PCM_S16LE:
                self._heard(name, from_s16le(event.pcm))
            return
        name = self._line_of(getattr(event, "id", None))
        if name is None:
            return
        match event:
            case messages.Started():
                self._numbers[event.number] = name
                self._expected(name, event.planned_samples)
            case messages.Plan():
                self._expected(name, event.planned_samples)
            case messages.Audio():
                self._heard(name, from_s16le(event.data))
            case messages.Marks():
                self._words(name, event)
            case messages.Done():
                self._ended(name, event)
            case messages.Error() if event.terminal:
                self._fail(name)
            case _:
                pass

    def poll(self, now: float) -> tuple[list[messages.ClientMessage], list[messages.ServerMessage]]:
        """What is to be said to the session and to the client now."""
        if self.over:
            return [], []
        commands: list[messages.ClientMessage] = []
        for action in self._run.poll(self.clock(now)):
            commands += self._command(action)
        told = self._news(now)
        if self._run.finished:
            self.over = True
            told.append(messages.SceneDone(self.identity, "complete", tuple(self.lost)))
        return commands, told

    def stop(self) -> tuple[list[messages.ClientMessage], list[messages.ServerMessage]]:
        """End it: what is not made never will be."""
        self.over = True
        commands = [self._cancel(name, 0) for name in self._sounding]
        return [one for some in commands for one in some], [
            messages.SceneDone(self.identity, "cancelled", tuple(self.lost))
        ]

    def _id(self, name: str) -> str:
        """A line's id in the session; one that was dropped and is asked for again has another."""
        generation = self._generation.get(name, 0)
        return f"{self.identity}/{name}" if not generation else f"{self.identity}/{name}~{generation}"[:64]

    def _line_of(self, identity: str | None) -> str | None:
        if identity is None or not identity.startswith(f"{self.identity}/"):
            return None
        name = identity[len(self.identity) + 1 :].partition("~")[0]
        return name if name in self._sounding and self._id(name) == identity else None

    def _command(self, action: Action) -> list[messages.ClientMessage]:
        name = action.line.id
        match action:
            case Ask():
                return self._asked(action)
            case Retime() if not self._sounding[
                name
            ].ended:  # else it was made already, to the length that was expected
                return [messages.Update(self._id(name), messages.Duration(seconds=action.seconds))]
            case Drop():
                cancel = self._cancel(name, 0)
                self._sounding.pop(name, None)
                # What was made of it before the cancel arrives is still on its way, and is no part of what comes after it.
                self._numbers = {number: line for number, line in self._numbers.items() if line != name}
                self._generation[name] = self._generation.get(name, 0) + 1
                self._dropped.add(name)
                return cancel
            case Cut():
                return self._cancel(name, _CUT_FADE_MS)
            case _:
                return []

    def _asked(self, action: Ask) -> list[messages.ClientMessage]:
        name = action.line.id
        self._sounding[name] = _Sounding()
        try:
            return [speak_of(self._scene, action.line, action.seconds, self._id(name))]
        except OnCueError:
            self._fail(name)
            return []

    def _cancel(self, name: str, fade_ms: int) -> list[messages.ClientMessage]:
        """Make no more of a line, if there is more to be made."""
        line = self._sounding.get(name)
        return [] if line is None or line.ended else [messages.Cancel(self._id(name), fade_ms)]

    def _expected(self, name: str, samples: int) -> None:
        if self._sounding[name].onset is None:
            self._run.expected(name, samples / self._rate)

    def _heard(self, name: str, pcm: Samples) -> None:
        line = self._sounding[name]
        line.parts.append(pcm)
        line.samples += len(pcm)
        if line.onset is None and line.samples >= _ONSET_S * self._rate:
            self._begin(name, line)

    def _begin(self, name: str, line: _Sounding) -> None:
        first, last = edges(line.pcm(), self._rate)
        if last > first:
            line.onset = first
            self._run.sounded(name, first / self._rate)
            self._run.worded(name, tuple(line.words))

    def _words(self, name: str, marks: messages.Marks) -> None:
        line = self._sounding[name]
        for mark in marks.marks:
            if mark.kind == "word":
                line.words.append(mark.start / self._rate)
        if line.onset is not None:
            self._run.worded(name, tuple(line.words))

    def _ended(self, name: str, done: messages.Done) -> None:
        line = self._sounding[name]
        line.ended = True
        if done.reason == "failed":
            self._fail(name)
            return
        if line.onset is None and line.samples:
            self._begin(name, line)
        if line.onset is None:
            self._run.sounded(name, 0.0)  # it is there and nothing is heard of it
        _, last = edges(line.pcm(), self._rate) if line.samples else (0, 0)
        if done.reason == "complete" or done.samples:
            self._run.made(name, last / self._rate)

    def _fail(self, name: str) -> None:
        self._sounding[name].ended = True
        if name not in self.lost:
            self.lost.append(name)
        self._run.failed(name)

    def _news(self, now: float) -> list[messages.ServerMessage]:
        """The places that have changed since they were told."""
        changed = []
        for name, place in self._run.plan.places.items():
            line = self._sounding.get(name)
            onset_s = None if line is None or line.onset is None else line.onset / self._rate
            new = _told_of(place, onset_s, dropped=name in self._dropped and line is None)
            if not _same(self._told.get(name), new):
                self._told[name] = new
                changed.append(new)
        if not changed:
            return []
        return [messages.ScenePlan(self.identity, round(self.clock(now), 4), tuple(changed))]


def _told_of(place: Place, onset_s: float | None, *, dropped: bool) -> messages.ScenePlace:
    status = "dropped" if dropped and place.status == "skipped" else place.status
    return messages.ScenePlace(
        place.line,
        status,
        _rounded(place.start_s),
        _rounded(place.end_s),
        _rounded(place.cut_s),
        _rounded(onset_s),
        place.late_s,
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def _same(one: messages.ScenePlace | None, two: messages.ScenePlace) -> bool:
    """Whether a client need not be told again."""
    if one is None or one.status != two.status or (one.onset is None) != (two.onset is None):
        return False
    pairs = ((one.start, two.start), (one.end, two.end), (one.cut, two.cut))
    return all((a is None) == (b is None) and (a is None or b is None or abs(a - b) < _TOLD_S) for a, b in pairs)
