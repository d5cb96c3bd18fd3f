"""What the names in a message mean on this server: voices from the store, feelings from words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncue.model.api import EmotionSource, Voice
from oncue.model.text import emotion
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.protocol.messages import Emotion


@dataclass(frozen=True, slots=True)
class ServerResolver:
    """Implements `oncue.streaming.session.session.Resolver`."""

    voices: VoiceStore

    def voice(self, name: str | None) -> Voice:
        """A voice by name or key. Raises UnknownVoice."""
        return self.voices.find(name)

    def emotion(self, spec: Emotion) -> EmotionSource:
        """A preset or plain words as a vector. Raises BadMessage when the words say no feeling we know."""
        words = spec.preset if spec.preset is not None else spec.text
        if words is None:
            return EmotionSource(intensity=spec.intensity)
        try:
            found = emotion.parse(words)
        except ValueError as error:
            raise BadMessage(str(error)) from error
        if spec.preset is not None and found.abstained:
            raise BadMessage("There is no emotion preset of this name: docs/protocol.md lists them.")
        return EmotionSource(vector=tuple(found.vector), intensity=spec.intensity)


@dataclass(frozen=True, slots=True)
class WithReference:
    """A resolver that also knows voices just made from recordings: one as the default, others by name."""

    base: ServerResolver
    reference: Voice | None
    named: Mapping[str, Voice] = field(default_factory=dict)

    def voice(self, name: str | None) -> Voice:
        """The reference for None, otherwise what it was just named, otherwise what the base says."""
        if name is None and self.reference is not None:
            return self.reference
        return self.named[name] if name is not None and name in self.named else self.base.voice(name)

    def emotion(self, spec: Emotion) -> EmotionSource:
        """As the base says."""
        return self.base.emotion(spec)
