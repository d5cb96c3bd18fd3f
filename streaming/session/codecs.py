"""Samples to the payloads of audio frames: what a codec must do, and the one that needs no library.

A codec is given to the session from outside, so that none is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oncue.model.api import Samples
from oncue.streaming.protocol.audio import to_s16le
from oncue.streaming.protocol.wire import CODEC_PCM_S16LE, MAX_FRAME_SAMPLES

SILENCE: Samples = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class Payload:
    """What goes into one frame, and how many samples of the line a listener has gained with it."""

    samples: int
    data: bytes


class Encoder(Protocol):
    """One line's encoder. After `final`, the payloads hold exactly the samples taken in."""

    @property
    def codec(self) -> int:
        """Its number in audio frames."""
        ...

    def push(self, samples: Samples, *, final: bool = False) -> Iterator[Payload]:
        """Samples in [-1, 1] at the session's rate to payloads that can be made now."""
        ...

    def lag(self, seconds: float) -> None:
        """How much sound is on its way and has not reached the client: an encoder that can spends less on what comes next."""
        ...


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to encode: how a line's encoder is made, at which rates, and how late its decoder is."""

    make: Callable[[], Encoder]
    rates: tuple[int, ...] | None = None
    """None for any."""
    pre_skip: int = 0
    """Samples at the start of a line's decoded stream that belong to no sample of the line."""
    adapts: bool = False
    """Whether its encoders do anything about a client that lags."""


class Pcm:
    """16-bit samples, in frames no longer than the wire allows."""

    codec = CODEC_PCM_S16LE

    def push(self, samples: Samples, *, final: bool = False) -> Iterator[Payload]:  # noqa: ARG002 (nothing is held back)
        """Every sample at once."""
        for first in range(0, len(samples), MAX_FRAME_SAMPLES):
            part = samples[first : first + MAX_FRAME_SAMPLES]
            yield Payload(len(part), to_s16le(part))

    def lag(self, seconds: float) -> None:
        """Samples cannot be fewer."""


PLAIN: Mapping[str, Codec] = {"pcm_s16le": Codec(Pcm)}
"""What every server has."""
