"""A resolver with one voice, for tests in which it does not matter whose."""

from __future__ import annotations

from collections.abc import Collection

from oncue.model.api import EmotionSource, SpeechModel, Voice
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import UnknownVoice


class OneVoice:
    """Every name is that voice, or only those in `known` and none at all; every feeling is `feeling`."""

    def __init__(
        self, voice: Voice, known: Collection[str] | None = None, feeling: tuple[float, ...] | None = None
    ) -> None:
        self._voice, self._known, self._feeling = voice, known, feeling

    @classmethod
    def of(cls, model: SpeechModel) -> OneVoice:
        """The model's first."""
        return cls(next(iter(model.voices.values())))

    def voice(self, name: str | None) -> Voice:
        if name is not None and self._known is not None and name not in self._known:
            raise UnknownVoice("no such voice")
        return self._voice

    def emotion(self, spec: messages.Emotion) -> EmotionSource:
        return EmotionSource(vector=self._feeling, intensity=spec.intensity)
