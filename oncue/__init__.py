"""The front door: what a program that uses OnCue imports.

    from oncue import TTS, Client, Duration, Emotion, Voice, AudioFrame

A name is loaded when it is first asked for, so `import oncue` alone loads neither torch nor aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oncue.clients.client import Client as Client
    from oncue.model.api import Voice as Voice
    from oncue.server.compat.indextts import IndexTTSModel as IndexTTSModel
    from oncue.server.tts import TTS as TTS
    from oncue.streaming.protocol.messages import Duration as Duration
    from oncue.streaming.protocol.messages import Emotion as Emotion
    from oncue.streaming.protocol.wire import AudioFrame as AudioFrame

_PLACES = {
    "AudioFrame": ("oncue.streaming.protocol.wire", "AudioFrame"),
    "Client": ("oncue.clients.client", "Client"),
    "Duration": ("oncue.streaming.protocol.messages", "Duration"),
    "Emotion": ("oncue.streaming.protocol.messages", "Emotion"),
    "IndexTTSModel": ("oncue.server.compat.indextts", "IndexTTSModel"),
    "TTS": ("oncue.server.tts", "TTS"),
    "Voice": ("oncue.model.api", "Voice"),
}

__all__ = ["TTS", "AudioFrame", "Client", "Duration", "Emotion", "IndexTTSModel", "Voice"]


def __getattr__(name: str) -> object:
    """Load a name of the front door. Raises AttributeError for any other."""
    if name not in _PLACES:
        raise AttributeError(f"module 'oncue' has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """The names of the front door."""
    return __all__
