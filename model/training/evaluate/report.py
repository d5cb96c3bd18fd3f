"""The figures of the model card: what the judge hears in rendered lines, against the teacher on the same text.

`python -m oncue.model.training.evaluate.report lines FILE` writes the held-out sentences; `oncue render` speaks them at
every length; `python -m oncue.model.training.evaluate.report judge FOLDER --judge JUDGE` reads the sounds and the index and
writes `figures.json` and a table. Nothing here speaks with the model, so what is judged is what a user gets.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import wave
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from oncue.model.api import Samples
from oncue.model.text.frontend import Reading, read
from oncue.model.text.phones import INDEX, PAUSES
from oncue.model.training.data.casting import all_speakers
from oncue.model.training.data.dataset import as_float
from oncue.model.training.data.espeak import Espeak, make_data_folder
from oncue.model.training.data.heldout import DEVELOPMENT_EN, DEVELOPMENT_ZH, HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.data.teacher import Clause, Line, Style, Word, finish
from oncue.model.training.evaluate import judge as judging
from oncue.model.training.evaluate.card import write
from oncue.model.training.stages.export import CAST

SENTENCES = (*HELDOUT_ZH, *HELDOUT_EN)
_SILENCE_DB = -45.0
_BOOTSTRAPS = 1000
_TEACHER_WPM = 175.0


@dataclass(frozen=True, slots=True)
class Score:
    """What the judge made of one sound."""

    text: str
    ratio: float
    wrong: int
    total: int
    last_word: bool
    tail_s: float
    tones_right: int = 0
    tones: int = 0
    """Finals heard as the right final, the ones among them with the right tone first."""


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """A phone error rate with its 95 % bootstrap interval over sentences; `ratio` 0 is free run."""

    teacher: bool
    language: str
    ratio: float
    sentences: int
    rate: float
    low: float
    high: float


def score(judge: judging.Judge, pcm: Samples, text: str, ratio: float) -> Score:
    """Edits against what the front-end wanted, the last word, and the silence at the end."""
    reading = read(text)
    wanted = judging.labels_of([INDEX[p.symbol] for p in reading.phones], [p.tone for p in reading.phones])
    heard = judging.transcribe(judge, pcm)
    wrong, last = judging.phone_edits(wanted, heard), said_last(reading, [judging.phone_of(x) for x in heard])
    return Score(text, ratio, wrong, len(wanted), last, trailing(pcm), *judging.tones_right(wanted, heard))


def said_last(reading: Reading, heard: Sequence[int]) -> bool:
    """Whether the last word is there: at most half of its phones (at least one) wrong against the end of what was heard."""
    spoken = [phone for phone in reading.phones if phone.word is not None]
    word = [INDEX[phone.symbol] for phone in spoken if phone.word == spoken[-1].word]
    ends = [heard[len(heard) - size :] for size in range(max(1, len(word) - 1), min(len(heard), len(word) + 1) + 1)]
    return any(judging.edits(word, end) <= max(1, len(word) // 2) for end in ends)


def trailing(pcm: Samples) -> float:
    """Seconds after the last 10 ms within 45 dB of the loudest."""
    frames = pcm[: len(pcm) // 240 * 240].reshape(-1, 240)
    level = np.sqrt((frames.astype(np.float64) ** 2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (_SILENCE_DB / 20))
    return (len(frames) - 1 - int(loud[-1])) * 0.01 if len(loud) else len(pcm) / 24_000


def error_rate(teacher: bool, language: str, ratio: float, scores: Sequence[Score], seed: int = 1) -> ErrorRate:
    """Errors over phones, and the percentile interval of resampled sentences (Efron 1979)."""
    wrong, total = (np.array([getattr(s, name) for s in scores], float) for name in ("wrong", "total"))
    picks = np.random.default_rng(seed).integers(0, len(scores), (_BOOTSTRAPS, len(scores)))
    low, high = np.quantile(wrong[picks].sum(1) / total[picks].sum(1), (0.025, 0.975))
    return ErrorRate(teacher, language, ratio, len(scores), float(wrong.sum() / total.sum()), float(low), float(high))


def tone_accuracy(scores: Sequence[Score]) -> float | None:
    """Share of right tones among finals that were heard right; None where there is none."""
    finals = sum(s.tones for s in scores)
    return sum(s.tones_right for s in scores) / finals if finals else None


def language_of(text: str) -> str:
    """The language of the list a sentence is from."""
    return "zh" if text in {*HELDOUT_ZH, *DEVELOPMENT_ZH} else "en"


def teacher_line(text: str) -> Line:
    """A held-out sentence as a teacher is given it."""
    reading = read(text)
    clauses: list[Clause] = []
    words: list[Word] = []
    for spoken in reading.spoken:
        if spoken.phones[0][0] in PAUSES:
            clauses.append(Clause(tuple(words), spoken.phones[0][0]))
            words = []
        else:
            words.append(Word(_spelling(spoken.pinyin, spoken.phones), tuple(spoken.phones)))
    return Line(reading.language, 0, tuple(clauses))


def _spelling(pinyin: str | None, phones: Sequence[tuple[str, int]]) -> str:
    """Pinyin with the tone after sandhi; English is said from its phones."""
    return "" if pinyin is None else pinyin[:-1] + str(phones[-1][1])


def teacher_scores(judge: judging.Judge, ratios: Sequence[float]) -> list[Score]:
    """The held-out sentences said by the espeak voices behind the built-in ones, turn by turn, at every ratio."""
    speakers = all_speakers()
    names = [role.variant for role in CAST if role.engine == "espeak"]
    out = []
    with tempfile.TemporaryDirectory() as scratch:
        engine = Espeak(make_data_folder(Path(scratch)))
        for ratio, (number, text) in product(ratios, enumerate(SENTENCES)):
            speaker = next(s for s in speakers if s.variant == names[number % len(names)])
            spoken = engine.say(teacher_line(text), speaker, Style(_TEACHER_WPM / (ratio or 1.0)))
            recording = finish(spoken, 0.0, 0.15) if spoken else None
            if recording is not None:
                out.append(score(judge, as_float(recording.samples), text, ratio))
    return out


def read_wav(path: Path) -> Samples:
    """Mono 16-bit samples as `oncue render` writes them."""
    with wave.open(str(path)) as file:
        return as_float(np.frombuffer(file.readframes(file.getnframes()), np.int16))


def rendered(judge: judging.Judge, folder: Path) -> list[tuple[dict[str, Any], Score]]:
    """Every sound of the index, judged."""
    rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [(row, score(judge, read_wav(folder / row["file"]), row["text"], row["ratio"])) for row in rows]


def tabulate(judge: judging.Judge, folder: Path) -> dict[str, Any]:
    """All figures as one value."""
    rows = rendered(judge, folder)
    ratios = sorted({s.ratio for _, s in rows})
    teacher, model = teacher_scores(judge, ratios), [s for _, s in rows]
    rates = [
        error_rate(said is teacher, language, ratio, [
            s for s in said if s.ratio == ratio and language_of(s.text) == language
        ])
        for language, ratio, said in product(("zh", "en"), ratios, (teacher, model))
    ]  # fmt: skip
    natural = {s.text: s.tail_s for s in model if s.ratio == 0}
    held = [(row, s) for row, s in rows if row["target_s"] is not None]
    beyond = [s.tail_s - natural[s.text] for _, s in held if s.text in natural]
    voices = defaultdict(list)
    for row, s in rows:
        voices[str(row["voice"])].append(s.wrong / s.total)
    return {
        "error_rates": [asdict(rate) for rate in rates],
        "sounds": len(rows),
        "tone_accuracy": {named(r): tone_accuracy([s for s in model if s.ratio == r]) for r in ratios},
        "teacher_tone_accuracy": {named(r): tone_accuracy([s for s in teacher if s.ratio == r]) for r in ratios},
        "lines_with_a_target": len(held),
        "error_samples_max": max((abs(row["error_samples"]) for row, _ in held), default=0),
        "last_word_lost": [row["file"] for row, s in rows if not s.last_word],
        "last_word_lost_share": mean([not s.last_word for s in model]),
        "teacher_last_word_lost_share": mean([not s.last_word for s in teacher]),
        "trailing_beyond_natural_max_s": max(beyond, default=None),
        "speech_end_within_50_ms_share": mean([abs(seconds) <= 0.05 for seconds in beyond]) if beyond else None,
        "forced_steps_mean": mean([row["forced_steps"] for row, _ in rows]),
        "rate_rms_mean": mean([row["rate_rms"] for row, _ in rows]),
        "error_rate_by_voice": {name: mean(values) for name, values in voices.items()},
    }


def named(ratio: float) -> str:
    """What a length is called."""
    return f"{ratio:g}x" if ratio else "free"


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown: the error rates in points, then tones, then the rest as lines."""
    rates = {(r["teacher"], r["language"], r["ratio"]): r for r in result["error_rates"]}
    lines = [
        "| language | length | n | phone errors, % | 95 % interval | teachers' | above them | against free run | teachers' against theirs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for teacher, language, ratio in rates:
        if teacher:
            continue
        own, told = rates[False, language, ratio], rates[True, language, ratio]
        free = [
            f"{100 * (r['rate'] - rates[r['teacher'], language, 0.0]['rate']):+.1f}" if ratio else "" for r in (own, told)
        ] if (False, language, 0.0) in rates else ["", ""]  # fmt: skip
        lines.append(
            f"| {language} | {named(ratio)} | {own['sentences']} | {100 * own['rate']:.1f} | {100 * own['low']:.1f}–"
            f"{100 * own['high']:.1f} | {100 * told['rate']:.1f} | {100 * (own['rate'] - told['rate']):+.1f} "
            f"| {free[0]} | {free[1]} |"
        )
    lines += ["", "| tones heard right | the model's | the teachers' | share |", "|---|---|---|---|"]
    for length, found in result["tone_accuracy"].items():
        told = result["teacher_tone_accuracy"][length]
        if found is not None and told:
            lines.append(f"| {length} | {found:.3f} | {told:.3f} | {found / told:.3f} |")
    shown = {"error_rates", "tone_accuracy", "teacher_tone_accuracy"}
    return "\n".join([*lines, "", *(f"* {key}: {_short(value)}" for key, value in result.items() if key not in shown)])


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def main() -> None:
    """Command line: `lines FILE`, or `judge FOLDER --judge JUDGE`."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    listed = verbs.add_parser("lines")
    listed.add_argument("file", type=Path)
    listed.add_argument("--development", action="store_true", help="the lines that settings are chosen on")
    judged = verbs.add_parser("judge")
    judged.add_argument("folder", type=Path)
    judged.add_argument("--judge", type=Path, required=True)
    judged.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    if arguments.verb == "lines":
        arguments.file.parent.mkdir(parents=True, exist_ok=True)
        lines = (*DEVELOPMENT_ZH, *DEVELOPMENT_EN) if arguments.development else SENTENCES
        arguments.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return
    result = tabulate(judging.load(arguments.judge), arguments.folder)
    (arguments.folder / "figures.json").write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
    print(table(result))
    if arguments.card:
        write(arguments.card, "figures", table(result))


if __name__ == "__main__":
    main()
