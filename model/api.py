"""The seam: what a model family must do, in numpy and ints only.

Everything above this file schedules, plans and sends; everything below it computes. Nothing outside
`model/` may ask which family runs. The five laws a family keeps are checked by `tests/contract.py`:

1. any split into windows yields the same samples as one window (exactly, or above `WindowSpec.snr_db`);
2. a window yields exactly the samples it was asked for, and sums never drift; the sound of a code begins where its span does;
3. a slot beside garbage neighbours, desynchronised, or reused after release equals a slot alone;
4. same seed, same codes, whatever else is in the batch;
5. release frees everything a slot held, at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SPEAKER_VECTORS = ("vector", "style")
"""Names under which families keep what a speaker is known by."""

EMOTION_NAMES = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
"""The order of every emotion vector, as IndexTTS-2 has it."""


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """What a family's vocoder needs around the codes it turns into sound, in codes.

    `lookahead` codes after a window must be decoded before it may be vocoded (unless it is final).
    `snr_db` is None where any split gives the same samples to the last bit but for float rounding
    (then 80 dB is required), otherwise the declared floor of agreement between two splits.
    """

    context: int
    lookahead: int
    snr_db: float | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Everything the engine may assume of a family; nothing is left to folklore."""

    family: str
    revision: str
    sample_rate: int
    codes_per_second: Fraction
    slots: int
    window: WindowSpec
    tracks_progress: bool
    """Whether `Code.unit` tells which unit is being spoken."""
    follows_codes_left: bool
    """Whether `Step.codes_left` steers the decoder."""
    stretch: tuple[float, float]
    """Hard limits of samples per code, as factors of the natural number."""
    ratio: tuple[float, float]
    """Lengths that can be reached at all, as factors of a line's natural length."""
    languages: tuple[str, ...]
    held_back_samples: int = 0
    """Sound that only the codes after it finish: until its final window a slot has yielded so much less than its spans."""
    head_samples: int = 0
    """Silence before the first sound of a segment that is left out: what lies at a place among its codes is heard so much earlier."""
    vocode_rows: int = 8
    """How many windows are worth turning into sound in one call: with more, others only wait longer."""
    runtime: str = ""
    """What computes its networks, and on what, for people to read."""

    @property
    def samples_per_code(self) -> Fraction:
        """Natural samples of one code, exact."""
        return self.sample_rate / self.codes_per_second

    def held_back(self, samples: int, *, final: bool) -> int:
        """How many of the `samples` that a window owes and spans come with the next one (`Window.held_back`)."""
        return 0 if final else min(samples, self.held_back_samples)


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing the planner counts: one phone or one pause, with its span of source text."""

    symbol: str
    kind: Literal["phone", "pause"]
    char_start: int
    char_end: int
    word: int | None
    """Index into `Script.words`; None for pauses."""
    mean_codes: float
    """Natural length in codes at the reference rate."""
    spread: float
    """Standard deviation of the log of that length."""
    elasticity: float
    """Exponent e of d ∝ exp(κ·e) when the line is stretched; 0 for what keeps its length."""
    fixed: bool = False
    """Whether the text itself says how long it is, as of a written pause: no speaker's pace changes that."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, with its span of source text."""

    text: str
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Feeling:
    """A feeling that a stage direction in the text names: from this unit on, in `EMOTION_NAMES` order."""

    unit: int
    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a text is read where the one who wrote it knows better than the rules."""

    digits: Literal["auto", "cardinal", "digits"] = "auto"
    """Numbers by what they are, always as numbers, or always digit by digit."""
    directions: Literal["emotion", "drop", "speak"] = "emotion"
    """What becomes of stage directions: they colour what follows, are left out, or are read like other text."""


PLAIN = ReadingOptions()


class NothingToSay(ValueError):
    """A text holds nothing that can be spoken; what it holds may have been left out on purpose.

    `feeling` is what a direction in it names, for the text that follows; empty where none does.
    """

    def __init__(self, message: str, feeling: tuple[float, ...] = ()) -> None:
        super().__init__(message)
        self.feeling = feeling


@dataclass(frozen=True, slots=True)
class Script:
    """What a model made of a text. `tokens` is the family's own business."""

    text: str
    language: str
    units: tuple[Unit, ...]
    words: tuple[Word, ...]
    tokens: tuple[tuple[int, ...], ...]
    warnings: tuple[str, ...] = ()
    """What the speaker of the text should know, a sentence each: for instance that letters were left out. None quotes the text."""
    feelings: tuple[Feeling, ...] = ()
    """Feelings that directions in the text name, in order."""

    @property
    def natural_codes(self) -> float:
        """Natural length of the whole script in codes."""
        return sum(unit.mean_codes for unit in self.units)

    def paced(self, pace: float) -> Script:
        """The script as a speaker says it who takes `pace` codes for each natural one (`Voice.pace`); fixed units stay."""
        if pace == 1.0:
            return self
        units = tuple(unit if unit.fixed else replace(unit, mean_codes=unit.mean_codes * pace) for unit in self.units)
        return replace(self, units=units)


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """An immutable conditioning value: named arrays, addressed by the hash of their content."""

    family: str
    arrays: Mapping[str, NDArray[Any]]
    key: str = field(init=False)
    """The first 32 hex digits of SHA-256 over family, names, shapes, types and bytes."""

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.family.encode())
        for name in sorted(self.arrays):
            array = np.ascontiguousarray(self.arrays[name])
            digest.update(f"|{name}|{array.dtype.str}|{array.shape}|".encode())
            digest.update(array.tobytes())
        object.__setattr__(self, "key", digest.hexdigest()[:32])


class Voice(Conditioning):
    """A speaker: what `SpeechModel.voice` made of a reference recording."""

    __slots__ = ()

    @property
    def pace(self) -> float:
        """Codes this speaker takes for each natural one of a script, where nobody asks for a length: `arrays["pace"]`.

        1 for a family that says nothing of it.
        """
        return float(self.arrays["pace"]) if "pace" in self.arrays else 1.0

    @property
    def speaker_vector(self) -> NDArray[np.float32] | None:
        """What tells this speaker from others by its cosine with theirs, whatever is said; None for a family that keeps none."""
        return next((self.arrays[name] for name in SPEAKER_VECTORS if name in self.arrays), None)


class EmotionConditioning(Conditioning):
    """How a line is to be felt: what `SpeechModel.emotion` made of a source."""

    __slots__ = ()

    @property
    def pace(self) -> float:
        """Codes spoken with this feeling for each natural one of a script, where no length is asked: `arrays["pace"]`.

        1 for a family that says nothing of it.
        """
        return float(self.arrays["pace"]) if "pace" in self.arrays else 1.0


@dataclass(frozen=True, slots=True)
class EmotionSource:
    """Where an emotion comes from: an 8-vector in `EMOTION_NAMES` order, or the feeling of another voice."""

    vector: tuple[float, ...] | None = None
    voice: Voice | None = None
    intensity: float = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """Ask a slot for its next code.

    `codes_left` counts from this code to the end as the planner wants it. `may_stop` false masks the
    stop; `must_stop` makes this the last code. `min_advance` makes the text pointer move at least so far.
    """

    slot: int
    codes_left: float
    may_stop: bool
    must_stop: bool = False
    min_advance: int = 0
    emotion: EmotionConditioning | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """One decoded step of a slot: about 1 / codes_per_second of sound.

    `unit` is the index of the unit being spoken when the code ends, None where the family cannot know.
    `stop` says that this code is the last one.
    """

    slot: int
    value: int
    unit: int | None
    stop: bool


@dataclass(frozen=True, slots=True)
class Before:
    """The segment of a line that was said just before another begins: its script and its codes, all or the last ones."""

    script: Script
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """Admit a script into a slot.

    Where `before` is given the script goes on in the middle of a line, and a family that can carries level, melody
    and pace over the join; one that cannot begins as it always does.
    """

    slot: int
    script: Script
    voice: Voice
    emotion: EmotionConditioning
    planned_codes: float
    seed: int
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Turn the codes [first, first + len(spans)) of a slot into sound, `spans[i]` samples for the i-th.

    Windows of a slot come once, in order and without gaps. `final` says that the slot's last code is in it.
    """

    slot: int
    first: int
    spans: tuple[int, ...]
    final: bool
    line_sample: int = 0
    """Where in its line it begins. What a family makes of its codes never depends on it; a mark that goes on along the
    line does (`watermark/speech.py`)."""
    owed: int = 0
    """Samples that the window before held back."""
    held_back: int = 0
    """Samples of its own that come with the next window (`ModelSpec.held_back`); none of a final one."""

    @property
    def samples(self) -> int:
        """The number of samples this window must yield."""
        return self.owed + sum(self.spans) - self.held_back


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that failed (a NaN, a broken invariant): its utterance ends, its neighbours go on."""

    slot: int
    reason: str


class SpeechModel(Protocol):
    """The one protocol a family implements. One caller at a time, but `voice` may run in a thread beside the rest: it
    takes long, and lines under way must not wait for it.
    """

    @property
    def spec(self) -> ModelSpec:
        """What the engine may assume."""
        ...

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The voices that come with the family, by name; the first is the default."""
        ...

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        """Text to script. Raises ValueError with a sentence a person can act on, NothingToSay when nothing can be spoken."""
        ...

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """Mono float PCM in [-1, 1] to a voice. Raises ValueError when it is too short or silent."""
        ...

    def emotion(self, source: EmotionSource) -> EmotionConditioning:
        """An emotion source to a conditioning value. Raises ValueError when out of range."""
        ...

    def prefill(self, starts: Sequence[Start]) -> None:
        """Fill slots; a slot must be free."""
        ...

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        """The next code of each slot named, in the order of `steps`."""
        ...

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """The sound of each window, in the order of `windows`."""
        ...

    def release(self, slot: int) -> None:
        """Forget a slot; harmless on a free one."""
        ...
