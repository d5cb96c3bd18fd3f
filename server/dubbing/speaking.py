"""Lines of a dub spoken to their lengths, several at once: first as they come, so that it is known how long they are, then exactly.

What was spoken before is taken from the store. Which length a line is to have is decided in `streaming/dubbing/fit.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Voice
from oncue.server.audio.subtitles import TimedWord
from oncue.server.dubbing.engine import DubEngine
from oncue.server.dubbing.index import LineStore, SpokenSound, fingerprint
from oncue.server.local_engine import LineCollector, line_message
from oncue.streaming.dubbing.fit import FittedLine, Natural
from oncue.streaming.dubbing.script import DubLine
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.audio import edges, onset

_FEELING = "the original's feeling"
_CLOSE_ENOUGH_S = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class LineJob:
    """A line with everything its sound depends on besides its length."""

    line: DubLine
    voice: Voice | None
    """Made of the film; None where `line.voice` or the default is spoken."""
    feeling: Voice | None
    """Whose feeling it has; None where it is told in words, or not at all."""
    intensity: float
    language: str
    seed: int
    revision: str

    def message(self, seconds: float | None) -> messages.Speak:
        """The line for the engine. Raises BadMessage."""
        if self.line.emotion is not None:
            emotion: messages.Emotion | None = messages.Emotion(text=self.line.emotion, intensity=self.line.intensity)
        elif self.feeling is not None:
            emotion = messages.Emotion(voice=_FEELING, intensity=self.intensity)
        else:
            emotion = None
        duration = messages.Duration(free=True) if seconds is None else messages.Duration(seconds=seconds)
        return line_message(
            self.line.text,
            voice=self.line.voice,
            emotion=emotion,
            duration=duration,
            language=self.language,
            seed=self.seed,
        )

    def key(self, seconds: float | None) -> str:
        """What the sound depends on."""
        return fingerprint(
            msgspec.to_builtins(self.message(seconds)),
            "" if self.voice is None or self.line.voice is not None else self.voice.key,
            "" if self.feeling is None or self.line.emotion is not None else self.feeling.key,
            self.revision,
        )


@dataclass(frozen=True, slots=True, eq=False)
class SpokenLineSound:
    """The samples of a line, and where in them it is heard."""

    key: str
    sound: SpokenSound
    pcm: NDArray[np.float32]
    """[samples], mono."""
    again: bool
    """Whether it was spoken now, and not taken from the store."""


class LineSpeaker:
    """Speaks lines of one dub; `told` hears of each that is done, with the number of its characters."""

    def __init__(
        self, engine: DubEngine, store: LineStore, told: Callable[[int, int], None], *, together: int = 4
    ) -> None:
        self._engine, self._store, self._told = engine, store, told
        self._gate = asyncio.Semaphore(together)

    async def natural(self, job: LineJob) -> Natural:
        """How long a line is when no length is asked for. Raises Refusal."""
        key = job.key(None)
        if key not in self._store.naturals:
            collected, pcm = await self._speak(job, None)
            first, (_, last) = onset(pcm, collected.rate), edges(pcm, collected.rate)
            self._store.naturals[key] = Natural(
                first / collected.rate, max(last - first, 1) / collected.rate, (len(pcm) - last) / collected.rate
            )
        self._told(job.line.number, len(job.line.text))
        return self._store.naturals[key]

    async def exact(self, job: LineJob, natural: Natural, fitted: FittedLine) -> SpokenLineSound:
        """A line at the length that was decided. Raises Refusal.

        The quiet around the speech can only be expected, so a line whose speech came out otherwise is spoken once more with
        what was learned of it.
        """
        made = await self._at(job, fitted.seconds(natural))
        for _ in range(2):
            off_s = made.sound.end_s - made.sound.onset_s - fitted.speech_s
            if off_s <= _CLOSE_ENOUGH_S and (off_s >= -4 * _CLOSE_ENOUGH_S):
                break
            seconds = made.sound.samples / made.sound.rate - off_s
            if seconds <= 0.2:
                break
            made = await self._at(job, seconds)
        self._told(job.line.number, len(job.line.text))
        return made

    async def _at(self, job: LineJob, seconds: float) -> SpokenLineSound:
        seconds = round(seconds, 3)
        key = job.key(seconds)
        known = await asyncio.to_thread(self._store.pcm, key)
        if known is not None:
            return SpokenLineSound(key, known[0], _floats(known[1]), again=False)
        collected, pcm = await self._speak(job, seconds)
        done, rate = collected.end(), collected.rate
        _, last = edges(pcm, rate)
        sound = SpokenSound(
            sound=f"{key}.wav",
            rate=rate,
            samples=len(pcm),
            error_samples=None if done.target_samples is None else done.samples - done.target_samples,
            onset_s=onset(pcm, rate) / rate,
            end_s=last / rate,
            words=tuple(
                TimedWord(word.char_start, word.char_end, word.start / rate, word.end / rate)
                for word in collected.words
            ),
            warning=collected.warning,
        )
        await asyncio.to_thread(self._store.keep, key, sound, bytes(collected.pcm))
        return SpokenLineSound(key, sound, pcm, again=True)

    async def _speak(self, job: LineJob, seconds: float | None) -> tuple[LineCollector, NDArray[np.float32]]:
        named = {} if job.feeling is None else {_FEELING: job.feeling}
        async with self._gate:
            collected = await self._engine.speak(job.message(seconds), job.voice, named)
        return collected, _floats(np.frombuffer(bytes(collected.pcm), "<i2"))


def _floats(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    return (pcm.astype(np.float32) / np.float32(32767)).astype(np.float32)
