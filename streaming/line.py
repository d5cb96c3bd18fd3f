"""One line as its client sees it: engine events in the model's samples to frames in the client's.

Positions are converted from absolute ones, so no sum drifts; `done.samples` is what was sent, always.
This file decides nothing about the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.api import Samples
from streaming import events, messages, wire
from streaming.audio import to_s16le
from streaming.resample import Resampler, position

AUDIBLE = 10 ** (-50 / 20)
"""Samples at least this large count as heard: -50 dB of full scale."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame for the client, and how many seconds of sound are in it."""

    data: str | bytes
    audio_s: float = 0.0


class Line:
    """One line from `speak` to its end."""

    def __init__(self, identity: str, number: int, opened: messages.Open, model_rate: int, now: float) -> None:
        self.identity = identity
        self.characters = 0
        self.text_complete = True
        self._number = number
        self._rate, self._model_rate = opened.audio.rate, model_rate
        self._json, self._kinds, self._trace = opened.mode == "json", opened.marks, opened.trace
        self._resampler = Resampler(model_rate, opened.audio.rate)
        self._spoken_at = now
        self._started = False
        self._sent_samples = 0
        self._sequence = 0
        self._codes_s: list[float] = []
        self._chunks_s: list[float] = []
        self._audible_s: float | None = None

    def to_model(self, samples: int) -> int:
        """A position at the client's rate as one at the model's."""
        return position(samples, self._rate, self._model_rate)

    def handle(self, event: events.Event, now: float) -> list[Outgoing]:
        """Frames that tell the client of an event."""
        return list(self._frames(event, now - self._spoken_at))

    def _frames(self, event: events.Event, at_s: float) -> Iterator[Outgoing]:
        match event:
            case events.Started():
                self._started = True
                yield _text(messages.Started(self.identity, self._number, *self._promise(event)))
            case events.Planned():
                yield _text(messages.Plan(self.identity, *self._promise(event)))
            case events.Decoded():
                self._codes_s.extend([at_s] * (event.codes - len(self._codes_s)))
            case events.AudioChunk():
                self._note(event.samples, at_s)
                yield from self._marks(event.marks)
                yield from self._audio(self._resampler.push(event.samples))
            case events.Refused():
                yield _text(self._error(event))
            case events.Finished():
                yield from self._finish(event, at_s)

    def _promise(self, event: events.Started | events.Planned) -> tuple[int, int | None, str | None]:
        return self._to_client(event.planned_samples), self._target(event.target_samples), event.warning

    def _to_client(self, samples: int) -> int:
        return position(samples, self._model_rate, self._rate)

    def _target(self, samples: int | None) -> int | None:
        return None if samples is None else self._to_client(samples)

    def _note(self, samples: Samples, at_s: float) -> None:
        self._chunks_s.append(at_s)
        if self._audible_s is None and bool((np.abs(samples) >= AUDIBLE).any()):
            self._audible_s = at_s

    def _marks(self, marks: tuple[events.Mark, ...]) -> Iterator[Outgoing]:
        wanted = tuple(
            messages.MarkItem(
                mark.kind, mark.text, mark.char_start, mark.char_end,
                self._to_client(mark.start), self._to_client(mark.end), mark.value,
            )
            for mark in marks
            if mark.kind in self._kinds
        )  # fmt: skip
        if wanted:
            yield _text(messages.Marks(self.identity, wanted))

    def _audio(self, samples: Samples) -> Iterator[Outgoing]:
        for first in range(0, len(samples), wire.MAX_FRAME_SAMPLES):
            pcm = to_s16le(samples[first : first + wire.MAX_FRAME_SAMPLES])
            frame = wire.AudioFrame(self._number, self._sequence, self._sent_samples, pcm)
            yield Outgoing(self._pack(frame), frame.samples / self._rate)
            self._sequence += 1
            self._sent_samples += frame.samples

    def _pack(self, frame: wire.AudioFrame) -> str | bytes:
        if not self._json:
            return wire.pack_audio(frame)
        return wire.encode(messages.Audio(self.identity, frame.sequence, frame.start, frame.samples, frame.pcm))

    def _finish(self, event: events.Finished, at_s: float) -> Iterator[Outgoing]:
        if not self._started and event.error is not None:
            yield _text(self._error(event.error))
            return
        yield from self._audio(self._resampler.push(np.zeros(0, np.float32), final=True))
        first = self._chunks_s[0] * 1000 if self._chunks_s else None
        done = messages.Done(
            self.identity, event.reason, self._sent_samples, self._target(event.target_samples),
            event.last_char, first, self._stats(event, at_s),
            None if event.error is None else failure(event.error),
            messages.Trace(tuple(self._codes_s), tuple(self._chunks_s)) if self._trace else None,
        )  # fmt: skip
        yield _text(done)

    def _stats(self, event: events.Finished, at_s: float) -> dict[str, float]:
        """The engine's figures and the times of this line, in seconds after `speak`."""
        stats = {name: float(value) for name, value in event.stats.items()}
        stats["total_s"] = at_s
        if self._codes_s:
            stats["codes"], stats["decode_done_s"] = len(self._codes_s), self._codes_s[-1]
        if self._chunks_s:
            stats["first_audio_s"] = self._chunks_s[0]
        if self._audible_s is not None:
            stats["first_audible_s"] = self._audible_s
        return stats

    def _error(self, event: events.Refused) -> messages.Error:
        return messages.Error(self.identity, event.code, event.message, event.retry, dict(event.detail), event.terminal)


def failure(event: events.Refused) -> messages.Failure:
    """Why a started line failed, for `done.error`."""
    return messages.Failure(event.code, event.message, event.retry, dict(event.detail))


def _text(message: messages.Server) -> Outgoing:
    return Outgoing(wire.encode(message))
