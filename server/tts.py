"""Speech in a program of one's own, without a server: `TTS`, a plain class with plain calls.

The same engine, session and messages as over a socket. What a text, a length or a voice means is decided where a server
decides it, not here.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import numpy as np

from oncue.clients.client import ClientError, LineEvent
from oncue.model.api import Samples, Voice
from oncue.server import config as configuration
from oncue.server.audio.spoken_line import SpokenLine
from oncue.server.engines.handle import EngineStartError
from oncue.server.local_engine import LocalEngine, line_message, local_engine
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import Clip, prepare
from oncue.server.voices.consent import demanded, stated
from oncue.server.voices.store import VoiceStoreError
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import BadMessage, OnCueError
from oncue.streaming.protocol.messages import Duration, Emotion
from oncue.streaming.protocol.wire import AudioFrame

T = TypeVar("T")
Recording = str | Path | bytes | tuple[Samples, int]
"""A sound file, its bytes, or mono samples in [-1, 1] with their rate."""
_SAY_SO = 'say so with consent="…" when the model is loaded, or in the configuration'


class SynthesisError(ValueError):
    """A model that cannot be loaded or a line that cannot be spoken; the message says why, and what to do."""


class TTS:
    """A loaded model. Close it, or use it in a `with`, so that its engine ends; one line at a time.

    with TTS() as tts:
        tts.say("The lights go down.", duration=Duration(seconds=1.8)).export("line.wav")
    """

    def __init__(
        self,
        family: str = "tiny",
        *,
        weights: str | Path | None = None,
        device: str = "cpu",
        threads: int = 1,
        consent: str | None = None,
    ) -> None:
        """Load a model and wait until it can speak; `weights` is a folder where they do not come with the family.

        `consent` is a standing statement, in words, that whoever speaks in recordings given here agreed; without it that of
        the configuration holds, and without either no voice is made of a recording.

        Voices and everything else are those of the configuration of this machine. Raises SynthesisError.
        """
        flags = {
            "family": family,
            "weights": None if weights is None else str(weights),
            "device": device,
            "threads": threads,
            "consent": consent,
        }
        try:
            config = configuration.load(None, os.environ, flags)
        except configuration.ConfigError as error:
            raise SynthesisError(str(error)) from error
        self._consent = config.consent
        self._thread = _LoopThread()
        self._stack = AsyncExitStack()
        try:
            self._engine: LocalEngine = self._call(self._stack.enter_async_context(local_engine(config)))
        except BaseException:
            self._thread.end()
            raise

    @property
    def voices(self) -> tuple[str, ...]:
        """The names that `voice` may be, the default first."""
        return tuple(entry.name for entry in self._engine.store.list())

    def say(
        self,
        text: str,
        *,
        voice: str | Voice | None = None,
        duration: Duration | None = None,
        emotion: Emotion | None = None,
        strict: bool = False,
        language: Literal["auto", "zh", "en"] = "auto",
        seed: int = 0,
        label: messages.LabelChoice = "none",
        label_place: messages.LabelPlace = "end",
    ) -> SpokenLine:
        """Speak a line, and return it when it was spoken.

        Args:
            text: What to say.
            voice: A name of `oncue voices`, or a voice of `make_voice`; the first name of `voices` if neither.
            duration: How long it is to be, and when words are to begin; met to the sample.
            emotion: How it is to be felt.
            strict: Refuse a length that cannot be reached, instead of taking the nearest with a warning.
            language: Which language text is in, where it does not show.
            seed: The same seed gives the same samples.
            label: What is heard that says that a machine speaks: nothing, a short sentence, or a rhythm; its length is
                counted in the line's.
            label_place: Where.

        Raises SynthesisError.
        """
        asked = {"strict": strict, "language": language, "seed": seed, "label": label, "label_place": label_place}
        return self.spoken(*_line(text, voice, duration, emotion, asked))

    def stream(
        self,
        text: str,
        *,
        voice: str | Voice | None = None,
        duration: Duration | None = None,
        emotion: Emotion | None = None,
        strict: bool = False,
        language: Literal["auto", "zh", "en"] = "auto",
        seed: int = 0,
        label: messages.LabelChoice = "none",
        label_place: messages.LabelPlace = "end",
    ) -> Iterator[AudioFrame]:
        """Speak a line, and yield its sound while it is being made: the arguments of `say`, the same samples.

        `pcm` of a frame is 16-bit samples at 24 kHz, `start` the place of the first of them. Whoever stops early cancels
        the line. Raises SynthesisError.
        """
        asked = {"strict": strict, "language": language, "seed": seed, "label": label, "label_place": label_place}
        line, own = _line(text, voice, duration, emotion, asked)
        events = self._engine.stream(line, own)
        failed: messages.Failure | None = None
        try:
            while (event := self._call(_next(events))) is not None:
                if isinstance(event, AudioFrame):
                    yield event
                elif isinstance(event, messages.Done):
                    failed = event.error
        finally:
            if self._thread.alive:
                self._call(_close(events))
        if failed is not None:
            raise SynthesisError(failed.message)

    def make_voice(self, recording: Recording) -> Voice:
        """A voice from a recording of 3 s or more of one person who agreed, to be given to `say`; nothing keeps it.

        `oncue voices add` makes one that stays. Raises SynthesisError, also where nobody said that they agreed.
        """
        return self._call(self._voice(recording))

    def spoken(
        self, line: messages.Speak, voice: Voice | None = None, named: Mapping[str, Voice] | None = None
    ) -> SpokenLine:
        """Speak a line that is a message already. Raises SynthesisError.

        `voice` is used where the line names none; `named` are others by the name in the line.
        """
        return self._call(self._spoken(line, voice, named))

    def close(self) -> None:
        """End the engine; harmless twice."""
        if self._thread.alive:
            self._call(self._stack.aclose())
            self._thread.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the engine's loop and wait for it; what it raises for a user becomes a SynthesisError."""
        if not self._thread.alive:
            work.close()
            raise SynthesisError("The model was closed: load it again.")
        try:
            return self._thread.run(work)
        except (OnCueError, ClientError, EngineStartError, VoiceStoreError) as error:
            raise SynthesisError(str(error)) from error

    async def _voice(self, recording: Recording) -> Voice:
        agreed = demanded(stated("make_voice", self._consent, agreed=False), _SAY_SO)
        return await self._engine.voice_of(_clip(recording), agreed)

    async def _spoken(self, line: messages.Speak, voice: Voice | None, named: Mapping[str, Voice] | None) -> SpokenLine:
        collected = await self._engine.speak(line, voice, named)
        samples = np.frombuffer(bytes(collected.pcm), "<i2")
        target = collected.end().target_samples
        return SpokenLine(samples, collected.rate, target, tuple(collected.words), collected.warning)


class _LoopThread:
    """An event loop in a thread, so that a plain program can call what is asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.alive = True

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def end(self) -> None:
        self.alive = False
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def speak_message(text: str, **fields: object) -> messages.Speak:
    """A line as a message, checked as a server checks it. Raises SynthesisError."""
    try:
        return line_message(text, **fields)
    except BadMessage as error:
        raise SynthesisError(error.message) from error


def _line(
    text: str,
    voice: str | Voice | None,
    duration: Duration | None,
    emotion: Emotion | None,
    asked: Mapping[str, object],
) -> tuple[messages.Speak, Voice | None]:
    """The message, with whatever else is asked, and the voice that is no name. Raises SynthesisError."""
    name, own = (None, voice) if isinstance(voice, Voice) else (voice, None)
    line = speak_message(text, voice=name, duration=duration, emotion=emotion, **asked)
    return line, own


async def _next(events: AsyncGenerator[LineEvent, None]) -> LineEvent | None:
    """The next event, None after the last."""
    return await anext(events, None)


async def _close(events: AsyncGenerator[LineEvent, None]) -> None:
    await events.aclose()


def _clip(recording: Recording) -> Clip:
    """A recording as what a voice is made of. Raises BadReference and SynthesisError."""
    if isinstance(recording, tuple):
        pcm, rate = recording
        samples: Samples = np.ascontiguousarray(pcm, np.float32)
        if samples.ndim != 1 or not np.isfinite(samples).all() or rate <= 0:
            raise SynthesisError("Samples of a reference are one row of finite numbers, with their rate.")
        return prepare(samples, int(rate))
    return reference.decode(recording) if isinstance(recording, bytes) else reference.read(Path(recording))
