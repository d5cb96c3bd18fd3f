"""Every JSON message of the wire, one class each, with its types and limits.

The classes are the protocol: a field that is not here is refused, a value out of range is refused, and
`docs/protocol.md` says in words what they mean. This file parses nothing and keeps no state.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

PROTOCOL = 1
MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_CHARACTERS = 4000
MAX_LEAD_MS = 600_000
MAX_CUES = 64
RATES = (8000, 16000, 22050, 24000, 44100, 48000)

Identifier = Annotated[str, Meta(min_length=1, max_length=64)]
SceneIdentifier = Annotated[str, Meta(min_length=1, max_length=15)]
"""With a line's id after it, it is still an `Identifier`."""
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
MarkKind = Literal["word", "phone", "viseme"]
TrackKind = Literal["word", "phone", "viseme", "mouth"]
SceneStatus = Literal["planned", "waiting", "skipped", "begun", "dropped"]
Reason = Literal["complete", "cancelled", "failed"]
LabelChoice = Literal["none", "speech", "rhythm"]
"""How it is to be heard that a machine speaks."""
LabelPlace = Literal["start", "end"]


class AudioFormat(Struct, frozen=True, forbid_unknown_fields=True):
    """How the client wants its samples."""

    codec: Literal["pcm_s16le", "opus"] = "pcm_s16le"
    rate: Literal[8000, 16000, 22050, 24000, 44100, 48000] = 24000


class Emotion(Struct, frozen=True, forbid_unknown_fields=True):
    """One source of feeling at most, and how strong it is."""

    preset: Name | None = None
    vector: Annotated[tuple[Share, ...], Meta(min_length=8, max_length=8)] | None = None
    text: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    voice: Name | None = None
    intensity: Share = 1.0

    def __post_init__(self) -> None:
        """Refuse two sources at once."""
        if sum(source is not None for source in (self.preset, self.vector, self.text, self.voice)) > 1:
            raise ValueError("give only one of preset, vector, text and voice")


class CuePoint(Struct, frozen=True, forbid_unknown_fields=True):
    """The word that holds this character of the line begins at this time on the line's clock, in seconds."""

    char: Annotated[int, Meta(ge=0, le=2**53)]
    at: Annotated[float, Meta(ge=0.0, le=3600.0)]


class Duration(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a line is to be (exactly one of the four), and when words are to begin."""

    free: bool | None = None
    ratio: Annotated[float, Meta(gt=0.0, le=100.0)] | None = None
    seconds: Annotated[float, Meta(gt=0.0, le=3600.0)] | None = None
    end_at: Annotated[float, Meta(gt=0.0, le=3600.0)] | None = None
    cues: Annotated[tuple[CuePoint, ...], Meta(max_length=MAX_CUES)] = ()

    def __post_init__(self) -> None:
        """Refuse none or two of them, and cues that are out of order."""
        given = sum(value is not None for value in (self.free, self.ratio, self.seconds, self.end_at))
        if given != 1 or self.free is False:
            raise ValueError('give exactly one of "free": true, ratio, seconds and end_at')
        if any(one.char >= two.char or one.at >= two.at for one, two in pairwise(self.cues)):
            raise ValueError("give cues in the order of the text, each later than the one before")


class Normalise(Struct, frozen=True, forbid_unknown_fields=True):
    """How numbers are read: by what they are, always as numbers, or digit by digit."""

    digits: Literal["auto", "cardinal", "digits"] = "auto"


class FromClient(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=str.lower):
    """What a client may say; the `type` is the class's name in lower case."""


class Open(FromClient, frozen=True):
    """The first message. `trace` asks for the times of codes and chunks in every `done`; the label is that of lines that
    name none.
    """

    protocol: int = PROTOCOL
    audio: AudioFormat = msgspec.field(default_factory=AudioFormat)
    marks: Annotated[tuple[TrackKind, ...], Meta(max_length=4)] = ("word",)
    mode: Literal["binary", "json"] = "binary"
    lead_ms: Annotated[int, Meta(ge=100, le=MAX_LEAD_MS)] = 1500
    trace: bool = False
    label: LabelChoice = "none"
    label_place: LabelPlace = "end"


class Speak(FromClient, frozen=True):
    """A line; with `final` false more text follows by `append`, and waits for the end of its clause, or no longer than
    `max_wait_ms` where that is given.
    """

    id: Identifier
    text: str
    final: bool = True
    voice: Name | None = None
    emotion: Emotion | None = None
    duration: Duration | None = None
    strict: bool = False
    language: Literal["auto", "zh", "en"] = "auto"
    seed: Count = 0
    priority: Annotated[int, Meta(ge=-100, le=100)] = 0
    max_wait_ms: Annotated[int, Meta(ge=0, le=60_000)] | None = None
    normalise: Normalise = msgspec.field(default_factory=Normalise)
    directions: Literal["emotion", "drop", "speak"] = "emotion"
    label: LabelChoice | None = None
    label_place: LabelPlace | None = None


class Append(FromClient, frozen=True):
    """More text of a line opened with `final` false; `flush` says that what came so far is to be spoken."""

    id: Identifier
    text: str
    flush: bool = False


class Finish(FromClient, frozen=True):
    """No more text for this line."""

    id: Identifier


class Update(FromClient, frozen=True):
    """Retarget a line that may already be playing."""

    id: Identifier
    duration: Duration | None = None
    emotion: Emotion | None = None


class Cancel(FromClient, frozen=True):
    """Stop a line."""

    id: Identifier
    fade_ms: Annotated[int, Meta(ge=0, le=2000)] = 40
    at: Literal["now", "word"] = "now"


class Played(FromClient, frozen=True):
    """The client's playback clock, in samples at its own rate."""

    id: Identifier
    samples: Count


class Resume(FromClient, frozen=True):
    """Go on with a line after a dropped connection; the first message on a new socket, instead of `open`."""

    session: Name
    id: Identifier
    from_sample: Count


class Close(FromClient, frozen=True):
    """Finish what was admitted, then close."""


class Scene(FromClient, frozen=True):
    """Several lines on one clock, which begins with this message and the scene's pre-roll; `scene` is as docs/scenes.md says."""

    id: SceneIdentifier
    scene: dict[str, Any]
    choices: dict[str, str] = {}
    cues: dict[str, Annotated[float, Meta(ge=0.0, le=36_000.0)]] = {}


class Choose(FromClient, frozen=True):
    """A choice of a scene is made."""

    id: SceneIdentifier
    choice: Name
    option: Name


class Cue(FromClient, frozen=True):
    """A cue of a scene comes: at a time of its clock, or now."""

    id: SceneIdentifier
    cue: Name
    at: Annotated[float, Meta(ge=0.0, le=36_000.0)] | None = None


ClientMessage = Open | Speak | Append | Finish | Update | Cancel | Played | Resume | Close | Scene | Choose | Cue


class ModelInfo(Struct, frozen=True):
    """What speaks."""

    family: str
    name: str
    revision: str
    rate: int
    languages: tuple[str, ...]


class Limits(Struct, frozen=True):
    """What a client may not exceed."""

    frame_bytes: int = MAX_FRAME_BYTES
    text_characters: int = MAX_TEXT_CHARACTERS
    lead_ms: int = MAX_LEAD_MS
    resume_s: float = 30.0


class AudioInfo(Struct, frozen=True):
    """How the sound of this session comes. `pre_skip`: samples to drop at the start of each line's decoded stream."""

    codec: Literal["pcm_s16le", "opus"]
    rate: int
    pre_skip: int = 0


class MarkItem(Struct, frozen=True):
    """A word, phone or viseme in samples at the client's rate, with its span of source text."""

    kind: MarkKind
    text: str
    char_start: int
    char_end: int
    start: int
    end: int
    value: float | None = None


class MouthTrack(Struct, frozen=True):
    """How far the mouth is open, 0 to 1: `values[i]` at sample `start + i * step`."""

    start: int
    step: int
    values: tuple[float, ...]


class Failure(Struct, frozen=True):
    """Why a started line failed."""

    code: str
    message: str
    retry: bool
    detail: dict[str, float | str]


class Trace(Struct, frozen=True):
    """Seconds after `speak`: when each code was decoded, and when each chunk of sound left."""

    codes_s: tuple[float, ...]
    chunks_s: tuple[float, ...]


class FromServer(Struct, frozen=True, tag_field="type", tag=str.lower):
    """What a server may say. Unknown fields are let through, so that an old client can hear a newer server."""


class Ready(FromServer, frozen=True):
    """The answer to `open`, and to the first `resume` on a socket."""

    session: str
    protocol: int
    model: ModelInfo
    limits: Limits
    voices: tuple[str, ...]
    audio: AudioInfo
    notice: str = "This voice is AI-generated."
    watermark: bool = True
    """Whether the sound carries the server's inaudible mark."""


class Started(FromServer, frozen=True):
    """The line is admitted; `number` names it in audio frames."""

    id: str
    number: int
    planned_samples: int
    target_samples: int | None
    warning: str | None


class Plan(FromServer, frozen=True):
    """A revised promise."""

    id: str
    planned_samples: int
    target_samples: int | None
    warning: str | None


class Marks(FromServer, frozen=True):
    """Marks and mouth, sent not later than the audio they lie in."""

    id: str
    marks: tuple[MarkItem, ...]
    mouth: MouthTrack | None = None


class Audio(FromServer, frozen=True):
    """Samples in base64, for clients that cannot tell binary frames from text."""

    id: str
    seq: int
    start: int
    samples: int
    data: bytes


class Done(FromServer, frozen=True):
    """The one end of a started line."""

    id: str
    reason: Reason
    samples: int
    target_samples: int | None
    last_char: int
    first_audio_ms: float | None
    stats: dict[str, float]
    error: Failure | None = None
    trace: Trace | None = None


class Error(FromServer, frozen=True):
    """A refusal; `id` is null where no line is concerned. `terminal` says that no line of this id is left."""

    id: str | None
    code: str
    message: str
    retry: bool
    detail: dict[str, float | str]
    terminal: bool


class ScenePlace(Struct, frozen=True):
    """Where a line of a scene is on its clock, in seconds; `onset` is from its first sample to its first sound."""

    line: str
    status: SceneStatus
    start: float | None
    end: float | None
    cut: float | None
    onset: float | None
    late: float


class ScenePlan(FromServer, frozen=True):
    """What has changed in a scene's plan, and what its clock says now."""

    id: str
    now: float
    lines: tuple[ScenePlace, ...]


class SceneDone(FromServer, frozen=True):
    """The one end of a scene. `lost`: lines that could not be spoken."""

    id: str
    reason: Literal["complete", "cancelled"]
    lost: tuple[str, ...]


ServerMessage = Ready | Started | Plan | Marks | Audio | Done | Error | ScenePlan | SceneDone
OfSession = Ready | Audio | ScenePlan | SceneDone
"""What says nothing of one line, or says it again otherwise."""
