"""Voices made of recordings beside the engine, so that lines under way are not kept waiting.

A thread, not a process: the networks are shared, and torch lets go of the interpreter while it computes.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from oncue.model.api import Samples, SpeechModel, Voice


@dataclass(frozen=True, slots=True, eq=False)
class VoiceRequest:
    """Make a voice of a recording."""

    ticket: int
    pcm: Samples
    sample_rate: int


@dataclass(frozen=True, slots=True)
class VoiceReply:
    """The voice, or the sentence that says why there is none."""

    ticket: int
    voice: Voice | None
    problem: str = ""


class VoiceThread:
    """Makes voices of recordings beside the engine, one after another, so that lines under way are not kept waiting."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, "voices")
        self._asked: list[Future[VoiceReply]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def ask(self, request: VoiceRequest) -> None:
        """Begin as soon as the recordings before it are done."""
        self._asked.append(self._thread.submit(self._encode, request))

    @property
    def busy(self) -> bool:
        """Whether an answer is to come."""
        return bool(self._asked)

    def replies(self) -> list[VoiceReply]:
        """What is ready by now, in the order it was asked for. Whatever broke the model is raised here."""
        ready = []
        while self._asked and self._asked[0].done():
            ready.append(self._asked.pop(0).result())
        return ready

    def _encode(self, request: VoiceRequest) -> VoiceReply:
        try:
            return VoiceReply(request.ticket, self._model.voice(request.pcm, request.sample_rate))
        except ValueError as error:
            return VoiceReply(request.ticket, None, str(error))
