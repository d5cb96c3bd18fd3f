"""What goes into the engine and what comes out: plain values, picklable, no torch and no wire format.

The server turns wire messages into these commands and these events into wire messages; the engine
process and the socket process exchange exactly these.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from oncue.model.api import EmotionSource, ReadingOptions, Samples, Voice
from oncue.streaming.engine.label import LabelRequest
from oncue.streaming.timing.targets import DurationTarget


@dataclass(frozen=True, slots=True)
class Speak:
    """Admit a line. `uid` is unique in the engine's life; `final` false means that `Append` follows."""

    uid: int
    text: str
    voice: Voice
    emotion: EmotionSource = field(default_factory=EmotionSource)
    duration: DurationTarget = field(default_factory=DurationTarget)
    strict: bool = False
    language: str = "auto"
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    seed: int = 0
    priority: int = 0
    final: bool = True
    lead_s: float = 1.5
    max_wait_s: float = math.inf
    """How long text may wait for the end of its clause while the listener runs dry."""
    heard_samples: int = 0
    """What the listener has of it already, for it was spoken before: it is made again without waiting for playback."""
    label: LabelRequest | None = None
    """What is to be heard in it that says that a machine speaks."""


@dataclass(frozen=True, slots=True)
class Append:
    """More text of a line admitted with `final=False`; `final` true ends it, `flush` says that a breath may end here."""

    uid: int
    text: str
    final: bool = False
    flush: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Retarget length or emotion of a line that may already be playing; None leaves a thing as it is."""

    uid: int
    duration: DurationTarget | None = None
    emotion: EmotionSource | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a line: fade over `fade_s` from what was already sent, now or at the end of the word."""

    uid: int
    fade_s: float = 0.04
    at: Literal["now", "word"] = "now"


@dataclass(frozen=True, slots=True)
class Played:
    """The client's playback clock: so many samples (at the model's rate) have been heard."""

    uid: int
    samples: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A slow consumer: make nothing more for this line until `on` is false again."""

    uid: int
    on: bool


Command = Speak | Append | Update | Cancel | Played | Hold


MarkKind = Literal["word", "phone", "viseme", "pause"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A word, phone, viseme or pause: absolute start and end sample (model rate), and its span of source text."""

    kind: MarkKind
    text: str
    char_start: int
    char_end: int
    start: int
    end: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The line is admitted: the promise before any sound, in samples at the model's rate."""

    uid: int
    planned_samples: int
    target_samples: int | None
    warning: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A revised promise."""

    uid: int
    planned_samples: int
    target_samples: int | None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Trace: a line waited for its slot until `begun_at` of the engine's clock, and can be decoded now."""

    uid: int
    begun_at: float


@dataclass(frozen=True, slots=True)
class Decoded:
    """Trace: a line now has `codes` decoded codes. Emitted for the event log that proves streaming."""

    uid: int
    codes: int


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """Samples of a line with their absolute start, and the marks that lie in them."""

    uid: int
    start: int
    samples: Samples
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The one answer to a `Speak` (or `Update`) that cannot be done. `terminal` is false for a refused update."""

    uid: int
    code: str
    message: str
    retry: bool
    detail: Mapping[str, float | str]
    terminal: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """The one terminal event of a started line."""

    uid: int
    reason: Literal["complete", "cancelled", "failed"]
    samples: int
    target_samples: int | None
    last_char: int
    stats: Mapping[str, float]
    error: Refused | None = None


Event = Started | Planned | Prefilled | Decoded | AudioChunk | Refused | Finished


def is_terminal(event: Event) -> bool:
    """Whether a line ends with this event."""
    return isinstance(event, Finished) or (isinstance(event, Refused) and event.terminal)
