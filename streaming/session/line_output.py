"""One line as its client hears it: engine events in the model's samples to items in the client's.

Positions are converted from absolute ones, so no sum drifts; `done.samples` is what was sent, always.
This file decides nothing about the line, and not when or whether an item is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oncue.model.api import Samples
from oncue.streaming.engine import events
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import OnCueError
from oncue.streaming.protocol.wire import AudioFrame
from oncue.streaming.session.codecs import SILENCE, Encoder
from oncue.streaming.session.lips import MouthTracker, VisemeTracker
from oncue.streaming.session.reconnect import Item
from oncue.streaming.session.resample import Resampler, position

AUDIBLE = 10 ** (-50 / 20)
"""Samples at least this large count as heard: -50 dB of full scale."""


@dataclass(frozen=True, slots=True)
class OutgoingFrame:
    """A frame for the client, and how many seconds of sound are in it."""

    data: str | bytes
    audio_s: float = 0.0


class LineOutput:
    """One line from `speak` to its end: what is said of a moment in it comes before the sound of that moment."""

    def __init__(
        self, identity: str, number: int, opened: messages.Open, model_rate: int, encoder: Encoder, now: float
    ) -> None:
        self.identity = identity
        self.characters = 0
        self.text_complete = True
        self._number = number
        self._rate, self._model_rate = opened.audio.rate, model_rate
        self._kinds, self._trace = opened.marks, opened.trace
        self._encoder = encoder
        self._visemes = VisemeTracker() if "viseme" in opened.marks else None
        self._mouth = MouthTracker(opened.audio.rate) if "mouth" in opened.marks else None
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

    def lag(self, seconds: float) -> None:
        """How much sound has not reached the client yet."""
        self._encoder.lag(seconds)

    def handle(self, event: events.Event, now: float) -> list[Item]:
        """What tells the client of an event."""
        return list(self._items(event, now - self._spoken_at))

    def _items(self, event: events.Event, at_s: float) -> Iterator[Item]:
        match event:
            case events.Started():
                self._started = True
                yield wire.encode(messages.Started(self.identity, self._number, *self._promise(event)))
            case events.Planned():
                yield wire.encode(messages.Plan(self.identity, *self._promise(event)))
            case events.Decoded():
                self._codes_s.extend([at_s] * (event.codes - len(self._codes_s)))
            case events.AudioChunk():
                self._note(event.samples, at_s)
                yield from self._sound(event)
            case events.Refused():
                yield wire.encode(self._error(event))
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

    def _sound(self, chunk: events.AudioChunk) -> Iterator[Item]:
        samples = self._resampler.push(chunk.samples)
        yield from self._marks(chunk, self._mouth_track(samples))
        yield from self._audio(samples)

    def _marks(self, chunk: events.AudioChunk, mouth: messages.MouthTrack | None) -> Iterator[Item]:
        found = [mark for mark in chunk.marks if mark.kind in self._kinds]
        if self._visemes is not None:
            found += self._visemes.push(chunk.marks, chunk.start + len(chunk.samples))
        if found or mouth is not None:
            yield wire.encode(messages.Marks(self.identity, tuple(map(self._mark, found)), mouth))

    def _mark(self, mark: events.Mark) -> messages.MarkItem:
        assert mark.kind != "pause"
        return messages.MarkItem(
            kind=mark.kind,
            text=mark.text,
            char_start=mark.char_start,
            char_end=mark.char_end,
            start=self._to_client(mark.start),
            end=self._to_client(mark.end),
            value=mark.value,
        )

    def _mouth_track(self, samples: Samples) -> messages.MouthTrack | None:
        if self._mouth is None:
            return None
        start = self._mouth.next_sample
        values = self._mouth.push(samples)
        return messages.MouthTrack(start, self._mouth.step, values) if values else None

    def _audio(self, samples: Samples, *, final: bool = False) -> Iterator[Item]:
        for payload in self._encoder.push(samples, final=final):
            yield AudioFrame(
                self._number, self._sequence, self._sent_samples, payload.samples, payload.data, self._encoder.codec
            )
            self._sequence += 1
            self._sent_samples += payload.samples

    def _finish(self, event: events.Finished, at_s: float) -> Iterator[Item]:
        if not self._started and event.error is not None:
            yield wire.encode(self._error(event.error))
            return
        yield from self._last_sound()
        yield wire.encode(
            messages.Done(
                id=self.identity,
                reason=event.reason,
                samples=self._sent_samples,
                target_samples=self._target(event.target_samples),
                last_char=event.last_char,
                first_audio_ms=self._chunks_s[0] * 1000 if self._chunks_s else None,
                stats=self._stats(event, at_s),
                error=None if event.error is None else _failure(event.error),
                trace=messages.Trace(tuple(self._codes_s), tuple(self._chunks_s)) if self._trace else None,
            )
        )

    def _last_sound(self) -> Iterator[Item]:
        """What resampler and encoder still held back."""
        samples = self._resampler.push(SILENCE, final=True)
        mouth = self._mouth_track(samples)
        if mouth is not None:
            yield wire.encode(messages.Marks(self.identity, (), mouth))
        yield from self._audio(samples, final=True)

    def _stats(self, event: events.Finished, at_s: float) -> dict[str, float]:
        """The engine's figures and the times of this line, in seconds after `speak`."""
        stats = {name: float(value) for name, value in event.stats.items()}
        stats["total_s"] = at_s
        stats["codes"] = len(self._codes_s)
        if self._codes_s:
            stats["decode_done_s"] = self._codes_s[-1]
        if self._chunks_s:
            stats["first_audio_s"] = self._chunks_s[0]
        if self._audible_s is not None:
            stats["first_audible_s"] = self._audible_s
        return stats

    def _error(self, event: events.Refused) -> messages.Error:
        return messages.Error(self.identity, event.code, event.message, event.retry, dict(event.detail), event.terminal)


def _failure(event: events.Refused) -> messages.Failure:
    """Why a started line failed, for `done.error`."""
    return messages.Failure(event.code, event.message, event.retry, dict(event.detail))


def lost_line(uid: int, samples: int, error: OnCueError) -> events.Finished:
    """The end of a line whose engine is gone, as the engine would have said it."""
    refusal = events.Refused(uid, error.code, error.message, error.retry, error.detail)
    return events.Finished(uid, "failed", samples, None, 0, {}, refusal)


def pack(item: Item, identity: str, opened: messages.Open) -> OutgoingFrame:
    """An item of a line as the client wants its frames."""
    if isinstance(item, str):
        return OutgoingFrame(item)
    seconds = item.samples / opened.audio.rate
    if opened.mode == "binary":
        return OutgoingFrame(wire.pack_audio(item), seconds)
    return OutgoingFrame(
        wire.encode(messages.Audio(identity, item.sequence, item.start, item.samples, item.data)), seconds
    )
