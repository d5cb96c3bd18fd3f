"""A scene as it is written: who is in it, what is said, and when each line begins, on one clock.

The classes are the format; `docs/scene.schema.json` is made of them. What they cannot say by themselves (that names exist, and
that nothing waits for itself) is checked here too. When anything happens is decided in `planner.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

MAX_LINES = 1000
Id = Annotated[
    str, Meta(pattern=r"^[\w.-]{1,48}$", description="A name of letters, digits, dots, dashes and underscores.")
]
Seconds = Annotated[float, Meta(ge=0.0, le=36_000.0)]
Offset = Annotated[float, Meta(ge=-60.0, le=3600.0)]
_DEFAULT_GAP_S = 0.3


class SceneError(ValueError):
    """A scene that cannot be played; the message says where and what to do, and quotes no text of a line."""


class Character(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who speaks: a voice, a feeling unless a line has its own, and a place between left (-1) and right (1)."""

    voice: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    emotion: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    intensity: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0
    pan: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.0
    gain_db: Annotated[float, Meta(ge=-40.0, le=12.0)] = 0.0


class CutIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Begin as a word of another line begins, counted from 1; `stop` ends that line there."""

    line: Id
    word: Annotated[int, Meta(ge=1, le=1000)]
    stop: bool = True


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """A line, and when it begins: `at` (seconds after its beat begins), `after` a line ends, `with` a line begins, `cut_in` at a
    word, or on a `cue`; `gap` seconds later, or earlier where it is negative. With none of them it begins after the line before it.
    """

    id: Id
    who: Id
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    at: Seconds | None = None
    after: Id | None = None
    with_: Id | None = msgspec.field(default=None, name="with")
    cut_in: CutIn | None = None
    cue: Id | None = None
    gap: Offset | None = None
    seconds: Annotated[float, Meta(gt=0.0, le=600.0)] | None = None
    ratio: Annotated[float, Meta(gt=0.0, le=4.0)] | None = None
    end_at: Seconds | None = None
    emotion: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    intensity: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    when: dict[str, str] = {}
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 0

    @property
    def anchor(self) -> str | None:
        """The line that this one's beginning hangs on, if it names one."""
        return self.after or self.with_ or (self.cut_in.line if self.cut_in is not None else None)

    @property
    def anchors(self) -> int:
        """In how many ways it says when it begins."""
        given = (self.at, self.after, self.with_, self.cut_in, self.cue)
        return sum(value is not None for value in given)


class Beat(Struct, frozen=True, forbid_unknown_fields=True):
    """Lines that belong together. It begins `at` a time of the scene, on a `cue`, or after all of the beat before it; `gap`
    seconds later.
    """

    id: Id
    lines: tuple[Line, ...]
    at: Seconds | None = None
    cue: Id | None = None
    gap: Offset | None = None
    when: dict[str, str] = {}


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is decided while the scene runs: until `by`, or until a line that depends on it is heard."""

    options: Annotated[tuple[str, ...], Meta(min_length=1, max_length=32)]
    default: str
    by: Seconds | None = None


class Scene(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Everything of a scene. `cues` are times of things that are no lines; null for one that is told while it runs."""

    characters: Annotated[dict[Id, Character], Meta(min_length=1)]
    beats: Annotated[tuple[Beat, ...], Meta(min_length=1)]
    title: Annotated[str, Meta(max_length=200)] = ""
    choices: dict[Id, Choice] = {}
    cues: dict[Id, Seconds | None] = {}
    pre_roll: Annotated[float, Meta(ge=0.0, le=60.0)] = 0.0
    length: Seconds | None = None

    @cached_property
    def lines(self) -> dict[str, Line]:
        """Every line by its id, in the order of the file."""
        return {line.id: line for beat in self.beats for line in beat.lines}

    @cached_property
    def beat_of(self) -> dict[str, int]:
        """The index of each line's beat."""
        return {line.id: index for index, beat in enumerate(self.beats) for line in beat.lines}

    @cached_property
    def before(self) -> dict[str, tuple[str, ...]]:
        """Lines that stand before each line in its beat, the nearest first."""
        found: dict[str, tuple[str, ...]] = {}
        for beat in self.beats:
            ids = [line.id for line in beat.lines]
            found |= {name: tuple(reversed(ids[:index])) for index, name in enumerate(ids)}
        return found

    @cached_property
    def stoppers(self) -> dict[str, tuple[str, ...]]:
        """Lines that cut in on each line and stop it."""
        found: dict[str, tuple[str, ...]] = {}
        for line in self.lines.values():
            if line.cut_in is not None and line.cut_in.stop:
                found[line.cut_in.line] = (*found.get(line.cut_in.line, ()), line.id)
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Lines so that each comes after those it needs."""
        return ordered(self)

    def conditions(self, line: Line) -> Iterator[tuple[str, str]]:
        """Choices and the options under which a line is said."""
        yield from self.beats[self.beat_of[line.id]].when.items()
        yield from line.when.items()


def scene_of(value: Any) -> Scene:
    """What was read from YAML or JSON as a scene that can be played. Raises SceneError."""
    try:
        scene = msgspec.convert(value, Scene)
    except msgspec.ValidationError as error:
        raise SceneError(f"The scene is not written as docs/scenes.md says: {error}.") from error
    check(scene)
    return scene


def schema() -> dict[str, Any]:
    """The JSON Schema of a scene file."""
    made = msgspec.json.schema(Scene)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "An OnCue scene", **made}


def default_gap(line: Line) -> float:
    """Seconds between what a line hangs on and its beginning."""
    if line.gap is not None:
        return line.gap
    return _DEFAULT_GAP_S if line.after is not None or not line.anchors else 0.0


def check(scene: Scene) -> None:
    """Raise SceneError for a name that nobody has, two ids that are one, two beginnings of a line, and a circle."""
    ids = [line.id for beat in scene.beats for line in beat.lines]
    if not ids:
        raise SceneError("There is no line in the scene.")
    if len(ids) > MAX_LINES:
        raise SceneError(f"A scene may have {MAX_LINES} lines: cut it into several.")
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise SceneError(f"Two lines are called {min(twice)}: each line has an id of its own.")
    for name, choice in scene.choices.items():
        if choice.default not in choice.options:
            raise SceneError(f"The default of choice {name} is none of its options.")
    for beat in scene.beats:
        _check_when(scene, f"Beat {beat.id}", beat.when)
        if beat.at is not None and beat.cue is not None:
            raise SceneError(f"Beat {beat.id} begins at a time and on a cue: give one.")
        if beat.cue is not None and beat.cue not in scene.cues:
            raise SceneError(f"Beat {beat.id} begins on the cue {beat.cue}, which is not among `cues`.")
    for line in scene.lines.values():
        _check_line(scene, line)
    ordered(scene)


def _check_line(scene: Scene, line: Line) -> None:
    if line.who not in scene.characters:
        raise SceneError(f"Line {line.id} is spoken by {line.who}, who is not among `characters`.")
    if line.anchors > 1:
        raise SceneError(f"Line {line.id} begins in two ways: give one of at, after, with, cut_in and cue.")
    if line.anchor is not None and line.anchor not in scene.lines:
        raise SceneError(f"Line {line.id} hangs on line {line.anchor}, which does not exist.")
    if line.cut_in is not None and line.cut_in.word > (most := len(word_shares(scene.lines[line.cut_in.line].text))):
        raise SceneError(
            f"Line {line.id} cuts in at word {line.cut_in.word} of line {line.cut_in.line}, which has {most}."
        )
    if line.cue is not None and line.cue not in scene.cues:
        raise SceneError(f"Line {line.id} begins on the cue {line.cue}, which is not among `cues`.")
    if sum(value is not None for value in (line.seconds, line.ratio, line.end_at)) > 1:
        raise SceneError(f"Line {line.id} has two lengths: give one of seconds, ratio and end_at.")
    _check_when(scene, f"Line {line.id}", line.when)


def _check_when(scene: Scene, what: str, when: Mapping[str, str]) -> None:
    for choice, option in when.items():
        if choice not in scene.choices:
            raise SceneError(f"{what} depends on the choice {choice}, which is not among `choices`.")
        if option not in scene.choices[choice].options:
            raise SceneError(f"{what} depends on an option that choice {choice} does not have.")


def word_shares(text: str) -> tuple[float, ...]:
    """For each word of a text the share of its letters that stand before it: a Chinese character is a word.

    A model marks no more words than these.
    """
    found, seen, inside = [], 0, False
    for char in text:
        own = char > "\u2e80"
        if char.isalnum() and (own or not inside):
            found.append(seen)
        inside = char.isalnum() and not own
        seen += char.isalnum()
    return tuple(before / max(1, seen) for before in found)


def needs(scene: Scene, line: Line) -> tuple[str, ...]:
    """Lines whose times this one's beginning depends on."""
    if line.after is not None:
        return (line.after, *scene.stoppers.get(line.after, ()))
    if line.anchor is not None:
        return (line.anchor,)
    if line.cue is not None:
        return ()
    index = scene.beat_of[line.id]
    beat = scene.beats[index]
    found: list[str] = []
    if not line.anchors:
        found += scene.before[line.id]
    if beat.at is None and beat.cue is None:
        found += [other.id for earlier in scene.beats[:index] for other in earlier.lines]
    return tuple(found) + tuple(
        stopper for name in found for stopper in scene.stoppers.get(name, ()) if stopper != line.id
    )


def ordered(scene: Scene) -> tuple[str, ...]:
    """Lines so that each comes after those it needs, else as in the file. Raises SceneError for a circle.

    Without recursion, for scenes may be long.
    """
    done: dict[str, None] = {}
    for first in scene.lines:
        if first in done:
            continue
        way: list[tuple[str, Iterator[str]]] = [(first, iter(needs(scene, scene.lines[first])))]
        on_way = {first}
        while way:
            name, rest = way[-1]
            following = next((other for other in rest if other not in done), None)
            if following is None:
                done[name] = None
                on_way.discard(name)
                way.pop()
            elif following in on_way:
                raise SceneError(f"Line {following} waits for itself, by way of line {name}: break the circle.")
            else:
                on_way.add(following)
                way.append((following, iter(needs(scene, scene.lines[following]))))
    return tuple(done)
