"""A client's `speak` and `update` in the engine's words, and what stands against a text whatever a model makes of it.

It knows no line and no session.
"""

from __future__ import annotations

import math
from typing import Protocol

from msgspec.structs import replace

from oncue.model.api import EmotionSource, ReadingOptions, Voice
from oncue.streaming.engine import events
from oncue.streaming.engine.label import LabelRequest
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import TextTooLong, Unpronounceable
from oncue.streaming.timing.targets import Cue, DurationTarget


class Resolver(Protocol):
    """What names mean."""

    def voice(self, name: str | None) -> Voice:
        """A voice by name or id, the default for None. Raises UnknownVoice."""
        ...

    def emotion(self, spec: messages.Emotion) -> EmotionSource:
        """A feeling as the client described it. Raises BadMessage or UnknownVoice."""
        ...


def speak_command(message: messages.Speak, uid: int, lead_s: float, resolver: Resolver) -> events.Speak:
    """A line for the engine. Raises UnknownVoice or BadMessage."""
    return events.Speak(
        uid=uid,
        text=message.text,
        voice=resolver.voice(message.voice),
        emotion=emotion_source(message.emotion, resolver) or EmotionSource(),
        duration=duration_target(message.duration) or DurationTarget(),
        strict=message.strict,
        language=message.language,
        reading=ReadingOptions(message.normalise.digits, message.directions),
        seed=message.seed,
        priority=message.priority,
        final=message.final,
        lead_s=lead_s,
        max_wait_s=math.inf if message.max_wait_ms is None else message.max_wait_ms / 1000,
        label=label_request(message),
    )


def labelled(message: messages.Speak, opened: messages.Open) -> messages.Speak:
    """A line that says of its label what it leaves to its session."""
    return replace(
        message,
        label=opened.label if message.label is None else message.label,
        label_place=opened.label_place if message.label_place is None else message.label_place,
    )


def label_request(message: messages.Speak) -> LabelRequest | None:
    """The label for the engine, None for none."""
    if message.label is None or message.label == "none":
        return None
    return LabelRequest(message.label, message.label_place or "end")


def emotion_source(spec: messages.Emotion | None, resolver: Resolver) -> EmotionSource | None:
    """A feeling for the engine, None for none. Raises UnknownVoice or BadMessage."""
    if spec is None:
        return None
    if spec.voice is not None:
        return EmotionSource(voice=resolver.voice(spec.voice), intensity=spec.intensity)
    if spec.vector is not None:
        return EmotionSource(vector=spec.vector, intensity=spec.intensity)
    return resolver.emotion(spec)


def duration_target(spec: messages.Duration | None) -> DurationTarget | None:
    """`end_at` is a time on the utterance's own clock, which begins with its first sample: a length."""
    if spec is None:
        return None
    seconds = spec.seconds if spec.seconds is not None else spec.end_at
    return DurationTarget(spec.ratio, seconds, tuple(Cue(cue.char, cue.at) for cue in spec.cues))


def check_text(text: str, before: int) -> None:
    """Raise what stands against text that follows `before` characters of a line."""
    if before + len(text) > messages.MAX_TEXT_CHARACTERS:
        raise TextTooLong(
            f"A line may hold at most {messages.MAX_TEXT_CHARACTERS} characters: send it as several lines.",
            characters=before + len(text),
        )
    for index, char in enumerate(text):
        if (char < " " and char not in "\t\n\r") or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff":
            raise Unpronounceable(f"Character {index} is a control character: remove it.", char=index)
