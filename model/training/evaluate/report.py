"""The figures of the model card: what ears that learned from people hear in rendered lines, beside the teacher on the same text.

`… report lines FILE` writes the held-out sentences; `oncue render` speaks them at every length; `… report teacher FOLDER` has the
teacher speak them in the voices of the house; `… report judge FOLDER --teacher FOLDER` reads the sounds and writes `figures.json`
and a table. Nothing here speaks with the model, so what is judged is what a user gets.
"""

from __future__ import annotations

import argparse
import json
import wave
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.heldout import DEVELOPMENT_EN, DEVELOPMENT_ZH, HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.data.speakers import HOUSE
from oncue.model.training.evaluate.card import write
from oncue.model.training.evaluate.ears import Ears, edits, heard_last, words_of

SENTENCES = (*HELDOUT_ZH, *HELDOUT_EN)
_SILENCE_DB = -45.0
_BOOTSTRAPS = 1000
FREE = 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What the ears made of one sound."""

    text: str
    language: str
    voice: str
    ratio: float
    wrong: int
    total: int
    heard: str
    last_word: bool
    naturalness: float
    tail_s: float
    against_plan: float | None = None
    """How much longer a free line was than it was planned, as a share."""
    error_samples: int | None = None


def language_of(text: str) -> str:
    """The language of the list a sentence is from."""
    return "zh" if text in {*HELDOUT_ZH, *DEVELOPMENT_ZH} else "en"


def score(ears: Ears, pcm: Samples, row: dict[str, Any]) -> Score:
    """One sound of an index."""
    text, language = row["text"], language_of(row["text"])
    heard, wanted = ears.hear(pcm, language), words_of(row["text"], language)
    planned = row.get("planned_samples")
    free = row["ratio"] == FREE and planned
    return Score(
        text, language, str(row["voice"]), row["ratio"], edits(wanted, words_of(heard, language)), len(wanted), heard,
        heard_last(text, heard, language), ears.naturalness(pcm), trailing(pcm),
        row["samples"] / planned - 1 if free else None, row.get("error_samples"),
    )  # fmt: skip


def trailing(pcm: Samples) -> float:
    """Seconds after the last 10 ms within 45 dB of the loudest."""
    frames = pcm[: len(pcm) // 240 * 240].reshape(-1, 240)
    level = np.sqrt((frames.astype(np.float64) ** 2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (_SILENCE_DB / 20))
    return (len(frames) - 1 - int(loud[-1])) * 0.01 if len(loud) else len(pcm) / SAMPLE_RATE


def read_wav(path: Path) -> Samples:
    """Mono 16-bit samples as `oncue render` writes them."""
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return np.multiply(pcm, np.float32(1 / 32_768), dtype=np.float32)


def write_wav(path: Path, pcm: NDArray[np.int16]) -> None:
    """Mono 16-bit samples."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm.tobytes())


def scores_of(ears: Ears, folder: Path) -> list[Score]:
    """Every sound of a folder with an index."""
    rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [score(ears, read_wav(folder / row["file"]), row) for row in rows]


def speak_as_the_teacher(teacher: Path, folder: Path) -> None:
    """The held-out sentences by the teacher, the voices of the house in turn, with an index."""
    from oncue.model.training.data.kokoro import Kokoro, units_of

    kokoro, rows = Kokoro(teacher / "graphs", teacher / "voices"), []
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(SENTENCES):
        voice, language = HOUSE[number % len(HOUSE)], language_of(text)
        spoken = kokoro.say(text, units_of(text, language), language, voice.speaker, None, 1.0, number)
        write_wav(folder / f"{number:03d}.wav", spoken.audio)
        rows.append({"file": f"{number:03d}.wav", "text": text, "voice": voice.name, "ratio": FREE})
    (folder / "index.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def error_rate(scores: Sequence[Score]) -> tuple[float, float, float]:
    """Errors over words or syllables, and the percentile interval of resampled sentences (Efron 1979)."""
    wrong, total = (np.array([getattr(s, name) for s in scores], float) for name in ("wrong", "total"))
    picks = np.random.default_rng(1).integers(0, len(scores), (_BOOTSTRAPS, len(scores)))
    low, high = np.quantile(wrong[picks].sum(1) / total[picks].sum(1), (0.025, 0.975))
    return float(wrong.sum() / total.sum()), float(low), float(high)


def table(model: Sequence[Score], teacher: Sequence[Score]) -> str:
    """The figures as Markdown."""
    lines = [
        "| language | length | n | errors by Whisper base | 95 % interval | DNSMOS P.808 | last word heard |",
        "|---|---|---|---|---|---|---|",
    ]
    for who, said in (("the teacher", teacher), ("", model)):
        for language, ratio in product(("zh", "en"), sorted({s.ratio for s in said})):
            some = [s for s in said if s.language == language and s.ratio == ratio]
            if not some:
                continue
            rate, low, high = error_rate(some)
            length = who or ("free" if ratio == FREE else f"{ratio:g}x")
            lines.append(
                f"| {language} | {length} | {len(some)} | {rate:.3f} | {low:.3f}–{high:.3f} | "
                f"{_mean(s.naturalness for s in some):.2f} | {_mean(float(s.last_word) for s in some):.2f} |"
            )
    lines += [
        "",
        "| voice | n | errors zh | errors en | DNSMOS | free length against plan, median | worst |",
        "|---|---|---|---|---|---|---|",
    ]
    for voice in dict.fromkeys(s.voice for s in model):
        own = [s for s in model if s.voice == voice and s.ratio == FREE]
        rates = [
            f"{error_rate(some)[0]:.3f}" if (some := [s for s in own if s.language == language]) else "–"
            for language in ("zh", "en")
        ]
        off = [abs(s.against_plan) for s in own if s.against_plan is not None] or [float("nan")]
        lines.append(
            f"| {voice} | {len(own)} | {rates[0]} | {rates[1]} | {_mean(s.naturalness for s in own):.2f} | "
            f"{100 * float(np.median(off)):.1f} % | {100 * max(off):.1f} % |"
        )
    natural = {(s.text, s.voice): s.tail_s for s in model if s.ratio == FREE}
    held = [s for s in model if s.ratio != FREE and (s.text, s.voice) in natural]
    ends = [abs(s.tail_s - natural[s.text, s.voice]) <= 0.05 for s in held]
    errors = [abs(s.error_samples) for s in model if s.error_samples is not None]
    lines += [
        "",
        f"* largest error of a length that was asked for: {max(errors, default=0)} samples",
        f"* speech ends within 50 ms of where the free line's does: {_mean(map(float, ends)):.3f} of {len(ends)} lines",
    ]
    return "\n".join(lines)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


def main() -> None:
    """Command line: `lines FILE`, `teacher FOLDER --teacher TEACHER`, or `judge FOLDER --teacher FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    listed = verbs.add_parser("lines")
    listed.add_argument("file", type=Path)
    listed.add_argument("--development", action="store_true", help="the lines that settings are chosen on")
    taught = verbs.add_parser("teacher")
    taught.add_argument("folder", type=Path)
    taught.add_argument("--teacher", type=Path, required=True, help="with its graphs/ and voices/")
    judged = verbs.add_parser("judge")
    judged.add_argument("folder", type=Path)
    judged.add_argument("--teacher", type=Path, help="the folder of the teacher's sounds")
    judged.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    if arguments.verb == "lines":
        arguments.file.parent.mkdir(parents=True, exist_ok=True)
        lines = (*DEVELOPMENT_ZH, *DEVELOPMENT_EN) if arguments.development else SENTENCES
        arguments.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif arguments.verb == "teacher":
        speak_as_the_teacher(arguments.teacher, arguments.folder)
    else:
        ears = Ears()
        model = scores_of(ears, arguments.folder)
        teacher = scores_of(ears, arguments.teacher) if arguments.teacher else []
        found = {"model": [asdict(s) for s in model], "teacher": [asdict(s) for s in teacher]}
        (arguments.folder / "figures.json").write_text(
            json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8"
        )
        print(table(model, teacher))
        if arguments.card:
            write(arguments.card, "figures", table(model, teacher))


if __name__ == "__main__":
    main()
