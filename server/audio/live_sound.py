"""The sound of lines as it is sent: PCM of a session to the bytes of whatever was asked for.

What takes time is done in a thread, so that nobody else's frames wait for an encoder. Rates that a session has not,
and loudness, are the last step before it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np

from oncue.server.audio.encoders import Encoder, Format, FormatError, live
from oncue.streaming.protocol.audio import from_s16le, to_s16le
from oncue.streaming.protocol.messages import RATES
from oncue.streaming.session.codecs import SILENCE
from oncue.streaming.session.resample import Resampler

MORE_RATES = (*RATES, 32_000)
"""Rates of sound without a codec that a session has not, made from the next higher one, are among these."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """What a client wants: a format, its rate, and how loud."""

    kind: Format
    rate: int
    bit_rate: int | None = None
    gain: float = 1.0

    @property
    def session_rate(self) -> int:
        """The rate at which the session makes it."""
        return self.rate if self.rate in RATES else min(rate for rate in RATES if rate > self.rate)


def wanted(kind: Format, rate: int | None = None, bit_rate: int | None = None, gain: float = 1.0) -> SoundFormat:
    """A format with a rate it can have. Raises FormatError."""
    chosen = kind.rate if rate is None else rate
    if chosen not in (MORE_RATES if kind.name in {"pcm", "wav"} else kind.rates):
        kind.checked(chosen)
        raise FormatError(f"{kind.name} cannot have a rate of {chosen}.")
    return SoundFormat(kind, chosen, bit_rate, gain)


class LiveSound:
    """One encoder for all the lines of an answer."""

    def __init__(self, sound: SoundFormat) -> None:
        self._sound = sound
        self._costly = bool(sound.kind.codec)
        self._resampler = None if sound.rate == sound.session_rate else Resampler(sound.session_rate, sound.rate)
        self._encoder: Encoder | None = None

    async def push(self, pcm: bytes) -> bytes:
        """PCM at the session's rate to the bytes that can be sent now."""
        return await asyncio.to_thread(self._push, pcm) if self._costly else self._push(pcm)

    async def finish(self) -> bytes:
        """The rest."""
        return await asyncio.to_thread(self._finish) if self._costly else self._finish()

    def _push(self, pcm: bytes, *, final: bool = False) -> bytes:
        if self._resampler is not None or self._sound.gain != 1.0:
            samples = from_s16le(pcm) if pcm else SILENCE
            if self._resampler is not None:
                samples = self._resampler.push(samples, final=final)
            pcm = to_s16le(np.asarray(samples * np.float32(self._sound.gain), np.float32))
        return self._made().push(pcm)

    def _finish(self) -> bytes:
        return self._push(b"", final=True) + self._made().finish()

    def _made(self) -> Encoder:
        if self._encoder is None:
            self._encoder = live(self._sound.kind, self._sound.rate, self._sound.bit_rate)
        return self._encoder
