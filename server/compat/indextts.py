"""Speech by a plain function call, for programs that want a sound and no server.

The same engine, session and messages as `oncue say`, behind the call that users of IndexTTS know; either family does
it. What a text, a length or a voice means is decided where a server decides it, not here.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import numpy as np

from oncue.clients.client import ClientError
from oncue.model.api import Samples, Voice
from oncue.model.install import HUB_NAMES
from oncue.model.registry import FAMILIES, family_of
from oncue.model.text.markup import without_overrides
from oncue.server import config as configuration
from oncue.server.audio.spoken_line import Audio
from oncue.server.engines.handle import EngineStartError
from oncue.server.local_engine import LocalEngine, local_engine
from oncue.server.model_folders import installed
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import Clip, prepare
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import OnCueError

T = TypeVar("T")
Recording = str | Path | bytes | tuple[Samples, int]
"""A sound file, its bytes, or mono samples in [-1, 1] with their rate."""
_FEELING = "emotion_ref"


class SynthesisError(ValueError):
    """A model that cannot be loaded or a line that cannot be spoken; the message says why, and what to do."""


class IndexTTSModel:
    """A loaded model. Close it, or use it in a `with`, so that its engine ends; one line at a time."""

    def __init__(self, config: configuration.Config) -> None:
        self._thread = _LoopThread()
        self._stack = AsyncExitStack()
        try:
            self._engine: LocalEngine = self._call(self._stack.enter_async_context(local_engine(config)))
        except BaseException:
            self._thread.end()
            raise

    @classmethod
    def from_pretrained(cls, name: str | Path, *, device: str = "cpu", threads: int = 1) -> Self:
        """Load `"tiny"`, a folder that `oncue models convert` wrote, or what was fetched under the name of a hub.

        Raises SynthesisError.
        """
        family, weights = _locate(name)
        flags = {"family": family, "weights": weights, "device": device, "threads": threads}
        try:
            return cls(configuration.load(None, os.environ, flags))
        except configuration.ConfigError as error:
            raise SynthesisError(str(error)) from error

    def synthesize(
        self,
        text: str,
        ref_audio: Recording | None = None,
        *,
        speaker_ref: Recording | None = None,
        duration_ratio: float | None = None,
        ensure_alignment: bool = False,
        emotion_ref: Recording | None = None,
        emotion_text: str | None = None,
        emotion_intensity: float = 1.0,
        use_phoneme: bool = True,
        voice: str | None = None,
        language: str = "auto",
        seed: int = 0,
    ) -> Audio:
        """Speak one line.

        Args:
            text: What to say, with pronunciations in it where `use_phoneme` is true; otherwise they are left out.
            ref_audio: Whom to sound like, 3 s or more; `speaker_ref` is another name for it. Without either it is
                `voice`, a name of `oncue voices`, or the model's first voice.
            speaker_ref: As `ref_audio`.
            duration_ratio: Length as a factor of the natural one, kept to the sample; None leaves it free.
            ensure_alignment: Refuse a ratio that cannot be reached, instead of coming as near as can be.
            emotion_ref: A recording whose feeling to take, where the family can.
            emotion_text: The feeling in words, for instance "sad and tired" or "开心".
            emotion_intensity: How strong the feeling is, 0 to 1.
            use_phoneme: Whether pinyin and phonemes written into the text are pronunciations.
            voice: A voice by name.
            language: `auto`, `zh` or `en`.
            seed: The same seed gives the same samples.

        Raises SynthesisError.
        """
        if emotion_ref is not None and emotion_text is not None:
            raise SynthesisError("Give the emotion as a recording or in words, not both.")
        speaker = _one_of(ref_audio, speaker_ref)
        if speaker is not None and voice is not None:
            raise SynthesisError("Give a voice or a reference recording, not both.")
        emotion = _emotion(emotion_text, emotion_intensity, recorded=emotion_ref is not None)
        line = _line(
            text if use_phoneme else without_overrides(text),
            {"voice": voice, "emotion": emotion, "strict": ensure_alignment, "language": language, "seed": seed}
            | ({} if duration_ratio is None else {"duration": {"ratio": duration_ratio}}),
        )
        return self._call(self._speak(line, speaker, emotion_ref))

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
        except (OnCueError, ClientError, EngineStartError) as error:
            raise SynthesisError(str(error)) from error

    async def _speak(self, line: messages.Speak, speaker: Recording | None, feeling: Recording | None) -> Audio:
        named: Mapping[str, Voice] = {} if feeling is None else {_FEELING: await self._engine.voice_of(_clip(feeling))}
        own = None if speaker is None else await self._engine.voice_of(_clip(speaker))
        spoken = await self._engine.speak(line, own, named)
        done = spoken.end()
        samples = np.frombuffer(bytes(spoken.pcm), "<i2")
        return Audio(samples, spoken.rate, done.target_samples, tuple(spoken.words), spoken.warning)


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


def _locate(name: str | Path) -> tuple[str, str | None]:
    """The family of a name, and where its weights are, None for its own. Raises SynthesisError."""
    if isinstance(name, str) and (name in FAMILIES or ":" in name):
        return name, None
    if Path(name).is_dir():
        return family_of(Path(name)), str(name)
    family = HUB_NAMES.get(str(name))
    if family is None:
        raise SynthesisError(f"{name} is no folder and no model known here: give tiny, a folder, or a hub's name.")
    if (folder := installed(family)) is None:
        raise SynthesisError(f"{name} is not on this machine: run `oncue models fetch {family}`, then convert it.")
    return family, str(folder)


def _one_of(first: Recording | None, second: Recording | None) -> Recording | None:
    if first is not None and second is not None:
        raise SynthesisError("ref_audio and speaker_ref are two names of one thing: give one.")
    return first if first is not None else second


def _emotion(words: str | None, intensity: float, *, recorded: bool) -> dict[str, Any] | None:
    if recorded:
        return {"voice": _FEELING, "intensity": intensity}
    if words is not None:
        return {"text": words, "intensity": intensity}
    return None


def _line(text: str, fields: dict[str, Any]) -> messages.Speak:
    """The line as a message, checked as a server checks it. Raises SynthesisError."""
    try:
        return msgspec.convert({"id": "line", "text": text, **fields, "type": "speak"}, messages.Speak)
    except msgspec.ValidationError as error:
        raise SynthesisError(f"The line cannot be spoken: {error}.") from error


def _clip(recording: Recording) -> Clip:
    """A recording as what a voice is made of. Raises BadReference and SynthesisError."""
    if isinstance(recording, tuple):
        pcm, rate = recording
        samples: Samples = np.ascontiguousarray(pcm, np.float32)
        if samples.ndim != 1 or not np.isfinite(samples).all() or rate <= 0:
            raise SynthesisError("Samples of a reference are one row of finite numbers, with their rate.")
        return prepare(samples, int(rate))
    return reference.decode(recording) if isinstance(recording, bytes) else reference.read(Path(recording))
