"""The call that users of IndexTTS know, on the same engine as everything else; either family does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from oncue.model.install import HUB_NAMES
from oncue.model.registry import FAMILIES, family_of
from oncue.model.text.markup import without_overrides
from oncue.server.audio.spoken_line import SpokenLine
from oncue.server.model_folders import installed
from oncue.server.tts import TTS, Recording, SynthesisError, speak_message

_FEELING = "emotion_ref"


class IndexTTSModel(TTS):
    """A loaded model. Close it, or use it in a `with`, so that its engine ends; one line at a time."""

    @classmethod
    def from_pretrained(
        cls, name: str | Path, *, device: str = "cpu", threads: int = 1, consent: str | None = None
    ) -> Self:
        """Load `"tiny"`, a folder that `oncue models convert` wrote, or what was fetched under the name of a hub.

        `consent`: a standing statement that whoever speaks in `ref_audio` agreed, where the configuration has none. Raises SynthesisError.
        """
        family, weights = _locate(name)
        return cls(family, weights=weights, device=device, threads=threads, consent=consent)

    def synthesize(
        self,
        text: str,
        ref_audio: Recording | None = None,
        *,
        speaker_ref: Recording | None = None,
        duration_ratio: float | None = None,
        ensure_alignment: bool = False,
        emotion_ref: Recording | None = None,
        emotion_text: str | None = None,
        emotion_intensity: float = 1.0,
        use_phoneme: bool = True,
        voice: str | None = None,
        language: str = "auto",
        seed: int = 0,
    ) -> SpokenLine:
        """Speak one line.

        Args:
            text: What to say, with pronunciations in it where `use_phoneme` is true; otherwise they are left out.
            ref_audio: Whom to sound like, 3 s or more; `speaker_ref` is another name for it. Without either it is
                `voice`, a name of `oncue voices`, or the model's first voice.
            speaker_ref: As `ref_audio`.
            duration_ratio: Length as a factor of the natural one, kept to the sample; None leaves it free.
            ensure_alignment: Refuse a ratio that cannot be reached, instead of coming as near as can be.
            emotion_ref: A recording whose feeling to take, where the family can.
            emotion_text: The feeling in words, for instance "sad and tired" or "开心".
            emotion_intensity: How strong the feeling is, 0 to 1.
            use_phoneme: Whether pinyin and phonemes written into the text are pronunciations.
            voice: A voice by name.
            language: `auto`, `zh` or `en`.
            seed: The same seed gives the same samples.

        Raises SynthesisError.
        """
        if emotion_ref is not None and emotion_text is not None:
            raise SynthesisError("Give the emotion as a recording or in words, not both.")
        speaker = _one_of(ref_audio, speaker_ref)
        if speaker is not None and voice is not None:
            raise SynthesisError("Give a voice or a reference recording, not both.")
        named = {} if emotion_ref is None else {_FEELING: self.make_voice(emotion_ref)}
        line = speak_message(
            text if use_phoneme else without_overrides(text),
            voice=voice,
            duration=None if duration_ratio is None else {"ratio": duration_ratio},
            emotion=_emotion(emotion_text, emotion_intensity, recorded=emotion_ref is not None),
            strict=ensure_alignment,
            language=language,
            seed=seed,
        )
        return self.spoken(line, None if speaker is None else self.make_voice(speaker), named)


def _locate(name: str | Path) -> tuple[str, str | None]:
    """The family of a name, and where its weights are, None for its own. Raises SynthesisError."""
    if isinstance(name, str) and (name in FAMILIES or ":" in name):
        return name, None
    if Path(name).is_dir():
        return family_of(Path(name)), str(name)
    family = HUB_NAMES.get(str(name))
    if family is None:
        raise SynthesisError(f"{name} is no folder and no model known here: give tiny, a folder, or a hub's name.")
    if (folder := installed(family)) is None:
        raise SynthesisError(f"{name} is not on this machine: run `oncue models fetch {family}`, then convert it.")
    return family, str(folder)


def _one_of(first: Recording | None, second: Recording | None) -> Recording | None:
    if first is not None and second is not None:
        raise SynthesisError("ref_audio and speaker_ref are two names of one thing: give one.")
    return first if first is not None else second


def _emotion(words: str | None, intensity: float, *, recorded: bool) -> dict[str, Any] | None:
    if recorded:
        return {"voice": _FEELING, "intensity": intensity}
    if words is not None:
        return {"text": words, "intensity": intensity}
    return None
