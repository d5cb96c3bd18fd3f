"""A scene while it runs: what becomes known goes in, and what is to be done comes out, on the scene's clock.

Lines are asked for a while before they are heard, so that there is sound when their time comes, and their places are fixed shortly
before it; until then a choice, a cue or a line that came out longer moves them. No clock is read and nothing is spoken here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oncue.streaming.scenes.planner import Facts, LineFacts, Place, ScenePlan, chosen, dependent, plan
from oncue.streaming.scenes.scene import Line, Scene, SceneError

PREPARE_S = 2.5
"""How long before it is heard a line is asked for."""
READY_S = 0.5
"""How long it takes until there is sound of a line that was not asked for."""
FIX_S = 0.15
"""How long before it is heard a line's place is final, so that listeners have time to schedule it."""
_MOVED_S = 0.02


@dataclass(frozen=True, slots=True)
class Ask:
    """Have a line spoken; with `seconds` to that length."""

    line: Line
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Retime:
    """Have the rest of a line that is being spoken take another time, so that it ends when it is written to."""

    line: Line
    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """A line that was asked for is not said after all, for the choice it depends on was made otherwise."""

    line: Line


@dataclass(frozen=True, slots=True)
class Begin:
    """A line's first sound is heard at this time. Final."""

    line: Line
    at_s: float
    late_s: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A line is stopped at this time, by another that begins then. Final."""

    line: Line
    at_s: float


Action = Ask | Retime | Drop | Begin | Cut


class SceneRun:
    """One performance. Times are on the scene's clock, which is negative during the pre-roll."""

    def __init__(
        self, scene: Scene, expected_s: Mapping[str, float], *, prepare_s: float = PREPARE_S, ready_s: float = READY_S
    ) -> None:
        """`expected_s` says of each line how long it will be, as far as anybody can know."""
        self.scene = scene
        self._prepare_s, self._ready_s = prepare_s, ready_s
        self._facts = {name: LineFacts(expected_s[name]) for name in scene.lines}
        self._choices: dict[str, str] = {}
        self._cues: dict[str, float] = {}
        self._asked: dict[str, float | None] = {}
        self._onsets: dict[str, float] = {}
        self._cut: set[str] = set()
        self._lost: set[str] = set()
        self._ended: set[str] = set()
        self.plan = self._planned(-scene.pre_roll)

    @property
    def finished(self) -> bool:
        """Every line that is said was heard out, and none waits."""
        return all(
            name in self._ended or name in self._lost or place.status == "skipped"
            for name, place in self.plan.places.items()
        )

    def open_choices(self, now_s: float) -> tuple[str, ...]:
        """Choices that can still be made."""
        return tuple(name for name in self.scene.choices if self._closed(name, now_s) is None)

    def choose(self, choice: str, option: str, now_s: float) -> None:
        """Make a choice. Raises SceneError for one that does not exist or can be made no more."""
        known = self.scene.choices.get(choice)
        if known is None or option not in known.options:
            raise SceneError(f"There is no choice {choice[:48]} with that option.")
        why = self._closed(choice, now_s)
        if why is not None and self._choices.get(choice, known.default) != option:
            raise SceneError(why)
        self._choices[choice] = option

    def cue(self, name: str, at_s: float) -> None:
        """Something happened, or will, at a time. Raises SceneError for a cue that does not exist."""
        if name not in self.scene.cues:
            raise SceneError(f"There is no cue {name[:48]} in the scene.")
        self._cues.setdefault(name, at_s)  # it happens once

    def expected(self, name: str, natural_s: float) -> None:
        """How long a line will be, as its model says."""
        if self._facts[name].length_s is None:
            self._facts[name] = replace(self._facts[name], natural_s=max(0.05, natural_s))

    def sounded(self, name: str, onset_s: float) -> None:
        """There is sound of a line, which is heard first `onset_s` after its first sample."""
        self._onsets[name] = onset_s
        self._facts[name] = replace(self._facts[name], made=True)

    def worded(self, name: str, words_s: tuple[float, ...]) -> None:
        """When words of a line begin, after its first sample."""
        onset_s = self._onsets.get(name, 0.0)
        self._facts[name] = replace(self._facts[name], words_s=tuple(max(0.0, at - onset_s) for at in words_s))

    def made(self, name: str, end_s: float) -> None:
        """All of a line was made; it is heard last at `end_s` after its first sample."""
        length_s = max(0.0, end_s - self._onsets.get(name, 0.0))
        self._facts[name] = replace(self._facts[name], length_s=length_s, made=True)

    def failed(self, name: str) -> None:
        """A line cannot be spoken: what hangs on it goes on as if it had no length."""
        self._lost.add(name)
        self._facts[name] = replace(self._facts[name], length_s=0.0, made=True)

    def poll(self, now_s: float) -> list[Action]:
        """Plan anew, and say what is to be done now."""
        self.plan = self._planned(now_s)
        actions: list[Action] = []
        for name, place in self.plan.places.items():
            line = self.scene.lines[name]
            if place.status == "skipped":
                actions += self._dropped(line)
            elif place.status == "planned" and place.start_s is not None:
                actions += self._coming(line, place, place.start_s, now_s)
        for name, place in self.plan.places.items():
            begun = self._facts[name].begun_s
            if begun is None:
                continue
            line = self.scene.lines[name]
            stopper = next((s for s in self.scene.stoppers.get(name, ()) if self._stops(s, place)), None)
            if stopper is not None and place.cut_s is not None and name not in self._cut:
                self._cut.add(name)
                actions.append(Cut(line, place.cut_s))
            certain = self._facts[name].length_s is not None or name in self._cut
            if certain and place.end_s is not None and place.end_s <= now_s:
                self._ended.add(name)
        return actions

    def _stops(self, stopper: str, place: Place) -> bool:
        """Whether a line that has begun is the one that stops another there."""
        begun = self._facts[stopper].begun_s
        return begun is not None and place.cut_s is not None and abs(begun - place.cut_s) < 1e-6

    def _coming(self, line: Line, place: Place, start_s: float, now_s: float) -> list[Action]:
        """A line that has not begun: ask for it in time, keep its length true, and fix its place when it is near."""
        name, left_s = line.id, start_s - now_s
        seconds = line.seconds if line.end_at is None else max(0.1, line.end_at - start_s)
        if name in self._lost:
            if left_s <= FIX_S:
                self._facts[name] = replace(self._facts[name], begun_s=start_s)
            return []
        if name not in self._asked:
            if left_s > self._prepare_s:
                return []
            self._asked[name] = seconds
            return [Ask(line, seconds)]
        if not self._facts[name].made:  # where it begins still moves with the time
            return []
        actions: list[Action] = []
        before = self._asked[name]
        if line.end_at is not None and seconds is not None and before is not None and abs(seconds - before) > _MOVED_S:
            self._asked[name] = seconds
            actions.append(Retime(line, seconds))
        if left_s <= FIX_S:
            self._facts[name] = replace(self._facts[name], begun_s=start_s, late_s=place.late_s)
            actions.append(Begin(line, start_s, place.late_s))
        return actions

    def _dropped(self, line: Line) -> list[Action]:
        if line.id not in self._asked:
            return []
        del self._asked[line.id]
        self._onsets.pop(line.id, None)
        facts = self._facts[line.id]
        self._facts[line.id] = LineFacts(facts.natural_s)
        return [Drop(line)]

    def _planned(self, now_s: float) -> ScenePlan:
        return plan(self.scene, Facts(self._facts, self._choices, self._cues), now_s, self._ready_s)

    def _closed(self, choice: str, now_s: float) -> str | None:
        """Why a choice can be made no more, None while it can."""
        by = self.scene.choices[choice].by
        if by is not None and now_s > by:
            return f"The choice {choice} could be made until {by:g} s."
        facts = Facts(self._facts, self._choices, self._cues)
        heard = [
            name
            for name in dependent(self.scene, choice)
            if self._facts[name].begun_s is not None and chosen(self.scene, facts, self.scene.lines[name])
        ]
        return (
            f"The choice {choice} can be made no more: line {heard[0]}, which depends on it, has begun."
            if heard
            else None
        )
