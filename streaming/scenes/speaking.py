"""A line of a scene as a line of the protocol. What the words of a feeling mean is decided where every line's are."""

from __future__ import annotations

import msgspec

from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.scenes.scene import Line, Scene


def speak_of(scene: Scene, line: Line, seconds: float | None, identity: str = "line") -> messages.Speak:
    """The message that has a line spoken, checked like a client's. Raises BadMessage."""
    who = scene.characters[line.who]
    words = line.emotion or who.emotion
    intensity = line.intensity if line.intensity is not None else who.intensity
    length = (
        {"seconds": seconds}
        if seconds is not None
        else {"ratio": line.ratio}
        if line.ratio is not None
        else {"free": True}
    )
    built = {
        "type": "speak",
        "id": identity,
        "text": line.text,
        "voice": who.voice,
        "emotion": None if words is None else {"text": words, "intensity": intensity},
        "duration": length,
        "seed": line.seed,
        "label": "none",  # a scene is one work: what says that it is made is no part of every line
    }
    try:
        return msgspec.convert(built, messages.Speak)
    except msgspec.ValidationError as error:
        raise BadMessage(f"Line {line.id} of the scene cannot be spoken: {error}.") from error
