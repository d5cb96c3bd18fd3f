"""A scene made in one go: every line spoken, then placed by how long it came out, as stems and a mix.

Choices and cues are known beforehand here. A scene that runs while things are decided is `live.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from oncue.server.local_engine import LineCollector, LocalEngine
from oncue.streaming.protocol.audio import edges
from oncue.streaming.scenes.mix import SceneSound, SoundedLine, mixed, panned
from oncue.streaming.scenes.planner import Facts, LineFacts, ScenePlan, chosen, plan
from oncue.streaming.scenes.scene import Scene, SceneError
from oncue.streaming.scenes.speaking import speak_of

_GUESS_S_PER_CHARACTER = 0.07
_END_S = 0.5
"""Quiet after the last line, where the scene says no length."""


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """Where a line came to lie on the scene's clock, in seconds."""

    line: str
    who: str
    start_s: float
    """Of its first sound."""
    end_s: float
    first_sample: int
    cut_s: float | None
    late_s: float
    error_samples: int | None
    warning: str | None


@dataclass(frozen=True, slots=True, eq=False)
class RenderedScene:
    """A whole scene."""

    sound: SceneSound
    rate: int
    lines: tuple[RenderedLine, ...]
    skipped: tuple[str, ...]
    length_s: float


async def render(
    engine: LocalEngine,
    scene: Scene,
    choices: Mapping[str, str],
    cues: Mapping[str, float],
    told: Callable[[str, int, int], None],
    *,
    together: int = 4,
) -> RenderedScene:
    """Speak and place a scene; `told` hears of each line that is done. Raises SceneError, Refusal and BadMessage."""
    return await _Rendering(engine, scene, choices, cues, told, together).run()


class _Rendering:
    """One run."""

    def __init__(
        self,
        engine: LocalEngine,
        scene: Scene,
        choices: Mapping[str, str],
        cues: Mapping[str, float],
        told: Callable[[str, int, int], None],
        together: int,
    ) -> None:
        self._engine, self._scene, self._told = engine, scene, told
        self._gate = asyncio.Semaphore(together)
        self._made: dict[str, tuple[LineCollector, NDArray[np.float32], int]] = {}
        facts = {
            name: LineFacts(max(0.3, _GUESS_S_PER_CHARACTER * len(line.text))) for name, line in scene.lines.items()
        }
        self._facts = Facts(facts, choices, cues)
        self._said = [name for name, line in scene.lines.items() if chosen(scene, self._facts, line)]

    async def run(self) -> RenderedScene:
        waiting = self._planned().waiting
        if waiting:
            raise SceneError(
                f"{len(waiting)} lines wait for a cue whose time is not known, the first is {waiting[0]}: "
                "give its time in `cues`, or with --cue NAME=SECONDS."
            )
        placed_by_end = [name for name in self._said if self._scene.lines[name].end_at is not None]
        free = [name for name in self._said if name not in placed_by_end]
        await asyncio.gather(*(self._speak(name) for name in free))
        for name in (name for name in self._scene.order if name in placed_by_end):  # each after those it hangs on
            await self._speak(name)
        return await asyncio.to_thread(self._placed)

    def _planned(self) -> ScenePlan:
        return plan(self._scene, self._facts, 0.0)

    async def _speak(self, name: str) -> None:
        line = self._scene.lines[name]
        seconds = line.seconds
        if line.end_at is not None:
            start_s = self._planned().places[name].start_s
            assert start_s is not None
            if line.end_at - start_s < 0.2:
                raise SceneError(f"Line {name} is to end at {line.end_at:g} s and begins at {start_s:.2f} s.")
            seconds = line.end_at - start_s
        async with self._gate:
            collected = await self._engine.speak(speak_of(self._scene, line, seconds))
        rate = collected.rate
        pcm = (np.frombuffer(bytes(collected.pcm), "<i2").astype(np.float32) / np.float32(32767)).astype(np.float32)
        first, last = edges(pcm, rate)
        self._made[name] = collected, pcm, first
        words = tuple(max(0.0, (word.start - first) / rate) for word in collected.words)
        known = replace(self._facts.lines[name], length_s=(last - first) / rate, words_s=words, made=True)
        self._facts = replace(self._facts, lines={**self._facts.lines, name: known})
        self._told(name, len(self._made), len(self._said))

    def _placed(self) -> RenderedScene:
        scene, final = self._scene, self._planned()
        rate = next(iter(self._made.values()))[0].rate if self._made else 24_000
        sounds, rows = [], []
        before = round(scene.pre_roll * rate)
        for name in self._said:
            place, (collected, pcm, first) = final.places[name], self._made[name]
            assert place.start_s is not None
            assert place.end_s is not None
            first_sample = before + round(place.start_s * rate) - first
            cut = None if place.cut_s is None else before + round(place.cut_s * rate)
            who = scene.lines[name].who
            sounds.append(SoundedLine(name, who, pcm, first_sample, cut))
            done = collected.end()
            error = None if done.target_samples is None else done.samples - done.target_samples
            rows.append(
                RenderedLine(
                    name,
                    who,
                    place.start_s,
                    place.end_s,
                    first_sample,
                    place.cut_s,
                    place.late_s,
                    error,
                    collected.warning,
                )
            )
        length_s = max(final.end_s + _END_S, scene.length or 0.0)
        count = before + round(length_s * rate)
        gains = {name: panned(who.pan, who.gain_db) for name, who in scene.characters.items()}
        skipped = tuple(name for name in scene.lines if name not in self._said)
        return RenderedScene(mixed(sounds, gains, count, rate), rate, tuple(rows), skipped, length_s)
