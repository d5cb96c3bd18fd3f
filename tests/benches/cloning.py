"""Speak with clones, for listeners to judge (`oncue.model.training.evaluate.likeness`).

    python -m tests.benches.cloning FOLDER --clips CLIPS

Every voice of CLIPS is cloned from its first clip as it is, at 16 kHz, through a telephone's band and with noise 20 dB below the
voice, and says lines in both languages; the clone of the clip as it is says them under each style, too. Whoever wrote the
clips does not matter: `NAME-0.wav` is cloned, `NAME-1.wav` is for the listeners.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soxr

from oncue import TTS, Emotion
from oncue.model.api import EMOTION_NAMES, Samples, Voice
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.heldout import HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.evaluate.report import read_wav, write_wav

_NOISE_DB = 20.0
_TELEPHONE_HZ = (300, 3_400)


def _at_16_khz(pcm: Samples) -> tuple[Samples, int]:
    return soxr.resample(pcm, SAMPLE_RATE, 16_000).astype(np.float32), 16_000


def _by_telephone(pcm: Samples) -> tuple[Samples, int]:
    spectrum = np.fft.rfft(pcm)
    hertz = np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE)
    low, high = _TELEPHONE_HZ
    narrow = np.fft.irfft(spectrum * ((hertz > low) & (hertz < high)), len(pcm)).astype(np.float32)
    return soxr.resample(narrow, SAMPLE_RATE, 8_000).astype(np.float32), 8_000


def _noisy(pcm: Samples) -> tuple[Samples, int]:
    noise = np.random.default_rng(0).standard_normal(len(pcm)).astype(np.float32)
    return pcm + noise * np.sqrt((pcm**2).mean()) * 10 ** (-_NOISE_DB / 20), SAMPLE_RATE


CONDITIONS: dict[str, Callable[[Samples], tuple[Samples, int]]] = {
    "clean": lambda pcm: (pcm, SAMPLE_RATE), "16 kHz": _at_16_khz, "telephone": _by_telephone, "20 dB noise": _noisy,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Take:
    """One line to speak."""

    file: str
    voice: str
    condition: str
    language: Literal["zh", "en"]
    text: str
    style: str | None


def takes(name: str, place: int, condition: str) -> Iterator[Take]:
    """The lines of one clone: two in each language of the clean clip and one under each style, one in each language of the others."""
    lists: dict[Literal["zh", "en"], tuple[str, ...]] = {"zh": HELDOUT_ZH, "en": HELDOUT_EN}
    mark = condition.replace(" ", "")
    for language, texts in lists.items():
        for turn in range(2 if condition == "clean" else 1):
            text = texts[(2 * place + turn) % len(texts)]
            yield Take(f"{name}-{mark}-{language}{turn}.wav", name, condition, language, text, None)
    for number, style in enumerate(EMOTION_NAMES if condition == "clean" else ()):
        language = tuple(lists)[(place + number) % 2]
        text = lists[language][(place + number) % len(lists[language])]
        yield Take(f"{name}-{mark}-{style}.wav", name, condition, language, text, style)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with TTS(consent="the clips are of made voices") as tts:
        for place, clip in enumerate(sorted(arguments.clips.glob("*-0.wav"))):
            name = clip.stem.removesuffix("-0")
            for condition, spoil in CONDITIONS.items():
                voice: Voice = tts.make_voice(spoil(read_wav(clip)))
                for take in takes(name, place, condition):
                    emotion = Emotion(vector=one_of(take.style)) if take.style else None
                    line = tts.say(take.text, voice=voice, emotion=emotion, language=take.language)
                    write_wav(arguments.folder / take.file, line.pcm)
                    rows.append(asdict(take))
            print(f"[cloning] {name}", flush=True)
    (arguments.folder / "index.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def one_of(style: str) -> tuple[float, ...]:
    """The vector of a style at full intensity."""
    return tuple(float(name == style) for name in EMOTION_NAMES)


if __name__ == "__main__":
    main()
