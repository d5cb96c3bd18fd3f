"""Names of voices that programs know from elsewhere, as voices of this server.

A program written for another service asks for `alloy`, and many cannot be told another name. Each such name is a
built-in voice, always the same one for a model; a voice of yours with that name, or `voice_aliases` of the
configuration, comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncue.model.api import EmotionSource, Voice
from oncue.server.config import Config
from oncue.server.sessions.resolver import ServerResolver
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol.errors import UnknownVoice
from oncue.streaming.protocol.messages import Emotion

STOCK = (
    "alloy",
    "ash",
    "ballad",
    "cedar",
    "coral",
    "echo",
    "fable",
    "marin",
    "nova",
    "onyx",
    "sage",
    "shimmer",
    "verse",
)
"""The names of OpenAI's voices."""


def aliases(store: VoiceStore, config: Config) -> Mapping[str, str]:
    """Other names and the voices that they mean."""
    built_in = [entry.name for entry in store.list() if entry.origin == "built-in"]
    stock = {name: built_in[number % len(built_in)] for number, name in enumerate(STOCK)}
    return stock | dict(config.voice_aliases)


@dataclass(frozen=True, slots=True)
class AliasResolver:
    """A resolver that also knows the names of elsewhere."""

    store: VoiceStore
    config: Config

    def voice(self, name: str | None) -> Voice:
        """A voice by name, id or alias. Raises UnknownVoice."""
        base = ServerResolver(self.store)
        try:
            return base.voice(name)
        except UnknownVoice:
            other = aliases(self.store, self.config).get(name or "")
            if other is None:
                raise
            return base.voice(other)

    def emotion(self, spec: Emotion) -> EmotionSource:
        """As everywhere."""
        return ServerResolver(self.store).emotion(spec)


def listed(entry: dict[str, Any]) -> dict[str, Any]:
    """A voice as ElevenLabs lists one, beside what we say of it."""
    built_in = entry["origin"] == "built-in"
    return entry | {
        "voice_id": entry["name"], "category": "premade" if built_in else "cloned", "labels": {},
        "description": None, "preview_url": None, "available_for_tiers": [], "settings": None,
    }  # fmt: skip


def listed_model(name: str) -> dict[str, Any]:
    """A model as ElevenLabs lists one."""
    return {
        "model_id": name, "name": name, "can_do_text_to_speech": True, "can_do_voice_conversion": False,
        "can_use_style": False, "can_use_speaker_boost": False, "serves_pro_voices": False, "token_cost_factor": 1.0,
        "description": "", "requires_alpha_access": False, "languages": [], "concurrency_group": "standard",
    }  # fmt: skip
