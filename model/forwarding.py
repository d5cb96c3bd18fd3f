"""A family spoken through: everything is passed on to another one. Who changes one thing of a family derives from this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncue.model.api import (
    PLAIN,
    Code,
    EmotionConditioning,
    EmotionSource,
    Fault,
    ModelSpec,
    ReadingOptions,
    Samples,
    Script,
    SpeechModel,
    Start,
    Step,
    Voice,
    Window,
)


class ForwardingSpeech:
    """Implements `SpeechModel` by another one, unchanged."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model

    @property
    def spec(self) -> ModelSpec:
        """What the engine may assume."""
        return self._model.spec

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The built-in voices, the default first."""
        return self._model.voices

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        """Text to script, as the family reads it."""
        return self._model.read(text, language, options)

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """Mono PCM to a voice."""
        return self._model.voice(pcm, sample_rate)

    def emotion(self, source: EmotionSource) -> EmotionConditioning:
        """An emotion source to a conditioning value."""
        return self._model.emotion(source)

    def prefill(self, starts: Sequence[Start]) -> None:
        """Fill slots."""
        self._model.prefill(starts)

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        """The next code of each slot named."""
        return self._model.decode(steps)

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """The sound of each window."""
        return self._model.vocode(windows)

    def release(self, slot: int) -> None:
        """Forget a slot."""
        self._model.release(slot)
