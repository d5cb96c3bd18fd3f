"""When each line of a scene is heard: from what is written, what is known by now, and the time, to a place for every line.

A plan is made anew whenever something becomes known. The laws: what has begun to sound is never moved; every line that is chosen
has one place and no other has any; nobody speaks two lines at once; the same facts give the same plan. Nothing is spoken here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from oncue.streaming.scenes.scene import Line, Scene, default_gap, word_shares

SHORTEST_S = 0.1
BREATH_S = 0.08
"""Between two lines of one character where they would overlap."""

Status = Literal["planned", "waiting", "skipped", "begun"]


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of a line. Times are seconds from its first sound."""

    natural_s: float
    """How long it is by itself, as expected or as it came out."""
    words_s: tuple[float, ...] = ()
    """When each of its words begins, as far as that is known."""
    length_s: float | None = None
    """How long it is, once that is certain."""
    made: bool = False
    """Whether there is sound of it already, so that it can begin at once."""
    begun_s: float | None = None
    """When on the scene's clock it began to be heard."""
    late_s: float = 0.0
    """How much later than written it began."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known by now."""

    lines: Mapping[str, LineFacts]
    choices: Mapping[str, str] = field(default_factory=dict)
    """What was chosen."""
    cues: Mapping[str, float] = field(default_factory=dict)
    """When cues came, on the scene's clock; those of the file need not be here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is on the scene's clock. Times are None while it waits for a cue, and where it is not said."""

    line: str
    status: Status
    start_s: float | None = None
    end_s: float | None = None
    cut_s: float | None = None
    """When it is stopped by another line; None where it ends by itself."""
    late_s: float = 0.0
    """How much later than written it begins, because that was known too late or its speaker was still speaking."""

    @property
    def length_s(self) -> float | None:
        """How long it is heard."""
        return None if self.start_s is None or self.end_s is None else self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """A place for every line, in the order of the file."""

    places: Mapping[str, Place]

    @property
    def end_s(self) -> float:
        """When the last line ends that has a place."""
        return max((place.end_s for place in self.places.values() if place.end_s is not None), default=0.0)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Lines that wait for a cue."""
        return tuple(name for name, place in self.places.items() if place.status == "waiting")


def plan(scene: Scene, facts: Facts, now_s: float, ready_s: float = 0.0) -> ScenePlan:
    """Places for all lines. What has not begun begins now at the earliest, and `ready_s` later where no sound of it was made yet.

    A choice that was not made is planned as its default. A line that hangs on one that is not said hangs on what that would
    have hung on.
    """
    return _Planning(scene, facts, now_s, now_s + ready_s).plan()


def dependent(scene: Scene, choice: str) -> tuple[str, ...]:
    """Lines that are said or not by a choice."""
    return tuple(line.id for line in scene.lines.values() if any(name == choice for name, _ in scene.conditions(line)))


def chosen(scene: Scene, facts: Facts, line: Line) -> bool:
    """Whether a line is said, as things stand."""
    return all(
        facts.choices.get(name, scene.choices[name].default) == option for name, option in scene.conditions(line)
    )


class _Planning:
    """One plan. Starts and ends are found when they are first asked for, each once."""

    def __init__(self, scene: Scene, facts: Facts, now_s: float, earliest_s: float) -> None:
        self._scene, self._facts, self._now_s, self._earliest_s = scene, facts, now_s, earliest_s
        # what has begun is said, whatever is chosen afterwards
        self._said = {
            line.id: facts.lines[line.id].begun_s is not None or chosen(scene, facts, line)
            for line in scene.lines.values()
        }
        self._starts: dict[str, float | None] = {}
        self._late: dict[str, float] = {}
        self._beats: dict[int, float | None] = {}

    def plan(self) -> ScenePlan:
        order = sorted(self._scene.order, key=lambda name: self._begun(name) is None)  # what has begun is placed first
        for name in order:
            self._start(name)
        return ScenePlan({name: self._place(name) for name in self._scene.lines})

    def _begun(self, name: str) -> float | None:
        return self._facts.lines[name].begun_s

    def _place(self, name: str) -> Place:
        if not self._said[name]:
            return Place(name, "skipped")
        start_s = self._start(name)
        if start_s is None:
            return Place(name, "waiting")
        cut_s = self._cut(name)
        end_s = start_s + self._length(name, start_s)
        stopped = cut_s is not None and cut_s < end_s
        status: Status = "begun" if self._begun(name) is not None else "planned"
        return Place(
            name,
            status,
            start_s,
            cut_s if stopped else end_s,
            cut_s if stopped else None,
            self._late.get(name, 0.0),
        )

    def _start(self, name: str) -> float | None:
        """When a line begins; of one that is not said when it would."""
        if name in self._starts:
            return self._starts[name]
        line, begun = self._scene.lines[name], self._begun(name)
        if begun is not None:
            found: float | None = begun
            self._late[name] = self._facts.lines[name].late_s
        else:
            written = self._written(line)
            found = written
            if written is not None and self._said[name]:
                earliest_s = self._now_s if self._facts.lines[name].made else self._earliest_s
                found = self._free(line, max(written, earliest_s, 0.0))
                self._late[name] = found - max(written, 0.0)
        self._starts[name] = found
        return found

    def _written(self, line: Line) -> float | None:
        """When a line begins by what is written, whoever else is speaking."""
        gap = default_gap(line)
        base: float | None
        if line.cue is not None:
            base = self._cue(line.cue)
        elif line.at is not None:
            beat = self._beat(self._scene.beat_of[line.id])
            base = None if beat is None else beat + line.at
        elif line.after is not None:
            base = self._end(line.after)
        elif line.with_ is not None:
            base = self._start(line.with_)
        elif line.cut_in is not None:
            start = self._start(line.cut_in.line)
            base = None if start is None else start + self._word(line.cut_in.line, line.cut_in.word, start)
        else:
            return self._after_the_one_before(line, gap)
        return None if base is None else base + gap

    def _after_the_one_before(self, line: Line, gap: float) -> float | None:
        before = next((name for name in self._scene.before[line.id] if self._said[name]), None)
        if before is None:
            beat = self._beat(self._scene.beat_of[line.id])
            return None if beat is None else beat + (line.gap or 0.0)
        end = self._end(before)
        return None if end is None else end + gap

    def _beat(self, index: int) -> float | None:
        """When a beat begins; one that waits for nothing and has nothing before it begins with the scene."""
        if index not in self._beats:
            self._beats[index] = self._beat_start(index)
        return self._beats[index]

    def _beat_start(self, index: int) -> float | None:
        beat = self._scene.beats[index]
        gap = beat.gap or 0.0
        if beat.at is not None:
            return beat.at + gap
        if beat.cue is not None:
            cue = self._cue(beat.cue)
            return None if cue is None else cue + gap
        ends = [
            self._end(line.id) for other in self._scene.beats[:index] for line in other.lines if self._said[line.id]
        ]
        if any(end is None for end in ends):
            return None
        return max((end for end in ends if end is not None), default=0.0) + gap

    def _cue(self, name: str) -> float | None:
        return self._facts.cues.get(name, self._scene.cues.get(name))

    def _end(self, name: str) -> float | None:
        """When a line is over; one that is not said when it would begin."""
        start = self._start(name)
        if start is None or not self._said[name]:
            return start
        end, cut = start + self._length(name, start), self._cut(name)
        return end if cut is None else min(end, cut)

    def _cut(self, name: str) -> float | None:
        """When the first of those who stop a line begins, never before the line does."""
        start = self._start(name)
        starts = [self._start(other) for other in self._scene.stoppers.get(name, ()) if self._said[other]]
        known = [max(value, start) for value in starts if value is not None and start is not None]
        return min(known, default=None)

    def _length(self, name: str, start_s: float) -> float:
        line, facts = self._scene.lines[name], self._facts.lines[name]
        if facts.length_s is not None:
            return facts.length_s
        if line.seconds is not None:
            return line.seconds
        if line.end_at is not None:
            return max(SHORTEST_S, line.end_at - start_s)
        return max(SHORTEST_S, facts.natural_s * (line.ratio or 1.0))

    def _word(self, name: str, number: int, start_s: float) -> float:
        """When a word begins, after the line does: as it was told, else by its share of the characters."""
        facts = self._facts.lines[name]
        if number <= len(facts.words_s):
            return facts.words_s[number - 1]
        shares = word_shares(self._scene.lines[name].text)
        return self._length(name, start_s) * (shares[number - 1] if number <= len(shares) else 1.0)

    def _free(self, line: Line, wanted_s: float) -> float:
        """The first time from `wanted_s` on at which the line's speaker says nothing else, of what has its place already."""
        spans = []
        for name, start in self._starts.items():
            if name != line.id and start is not None and self._said[name] and self._scene.lines[name].who == line.who:
                spans.append((start, start + self._length(name, start), name))
        at = wanted_s
        for start, end, name in sorted(spans):
            stopped = self._stopped_by_placed(name, end)
            if at < stopped + BREATH_S and at + self._length(line.id, at) + BREATH_S > start:
                at = stopped + BREATH_S
        return at

    def _stopped_by_placed(self, name: str, end_s: float) -> float:
        """When a line ends, of what has its place already."""
        stops = [
            max(start, self._starts[name] or 0.0)
            for other in self._scene.stoppers.get(name, ())
            if self._said[other] and (start := self._starts.get(other)) is not None
        ]
        return min([end_s, *stops])
