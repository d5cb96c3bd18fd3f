"""What the dubs of the made films show: `oncue dub` on each, and figures of what came out against what is known of what went in.

`python -m tests.films.make FOLDER`, then `python -m tests.films.report FOLDER`. With `--ears` (the extra `judge`) Whisper hears each
new line in the dubbed film, alone, and the same words spoken plainly by the default voice. `--only` measures what was dubbed before,
and names such as `clip-03` after the folder are the films to take. The last row says what a dub must show and which films missed it;
then the command ends with 1.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from oncue.streaming.dubbing.loudness import LoudnessMeter
from tests.films import make
from tests.films.heard import Contents, contents

SOONEST_S = ((15.0, 30.0), (60.0, 90.0))
"""A film of so many seconds is dubbed in so many on two cores; between the two in proportion, and shorter ones as the first."""
AS_WELL = 0.02
"""Of all words: so many more may be misheard in the films, over music, than said plainly."""


def dubbed(film: Path, out: Path) -> tuple[float, float, dict[str, Any]]:
    """Run the command as a user would; seconds it took, those of the processor, and its report."""
    mouth = ",".join(map(str, make.MOUTH))
    command = [
        *(
            sys.executable,
            "-m",
            "oncue.server.cli",
            "dub",
            str(film),
            "--consent",
            "--script",
            str(film.with_suffix(".srt")),
        ),
        *("-o", str(out), "--audio", "flac", "--again", "--json"),
        *("--check", str(out.with_suffix(".png")), "--mouth", mouth),
    ]
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took_s, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{film.name}: {done.stderr.strip().splitlines()[-1]}")
    return took_s, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, json.loads(done.stdout)


def missed(figures: dict[str, Any]) -> list[str]:
    """Which of the promises a film misses; speakers are counted over all films."""
    (short_s, soon_s), (long_s, later_s) = SOONEST_S
    allowed_s = float(np.interp(figures["seconds"], [short_s, long_s], [soon_s, later_s]))
    kept = {
        "duration": figures["longer_by_frames"] < 1,
        "packets": figures["packets_identical"],
        "onsets": figures["worst_onset_ms"] <= 20,
        "ends": figures["ends_before_the_next"],
        "length": figures["error_samples"] == [0],
        "background": figures["background_off"] <= 1,
        "loudness": figures["worst_loudness_lu"] <= 1,
        "time": figures["took_s"] <= allowed_s,
    }
    return [name for name, well in kept.items() if not well]


def measured(film: Path, out: Path, told: dict[str, Any], took_s: float, cpu_s: float) -> dict[str, Any]:
    """Every figure of one film."""
    before, after = contents(film), contents(out)
    truth = json.loads(film.with_suffix(".json").read_text("utf-8"))
    known = np.load(film.with_suffix(".npz"))
    lines = told["lines"]
    return {
        "film": film.name,
        "seconds": truth["seconds"],
        "lines": len(lines),
        "took_s": round(took_s, 1),
        "cpu_s": round(cpu_s, 1),
        "longer_by_frames": round(abs(after.duration_s - before.duration_s) * make.FPS, 2),
        "packets_identical": before.packets == after.packets,
        "worst_onset_ms": round(told["check"]["worst_ms"], 1),
        "ends_before_the_next": all(one["end_s"] <= two["start_s"] for one, two in itertools.pairwise(lines)),
        "error_samples": sorted({line["error_samples"] for line in lines}),
        "background_off": _background_off(before, after, told),
        "speech_left_db": _speech_left(known, told, before, after),
        "worst_loudness_lu": round(max(_loudness_off(known["clean"].astype(np.float32), after, before, told)), 2),
        "right_speakers": _right(lines, truth["lines"]),
        "fit": dict(Counter(line["fit_status"] for line in lines)),
        "mouth_agrees": round(told["check"]["mouth_agrees"] or 0.0, 2),
    }


def _background_off(before: Contents, after: Contents, told: dict[str, Any]) -> float:
    """The largest difference outside the spans of speech and the new lines, in steps of 16 bits."""
    touched = np.zeros(len(before.pcm), bool)
    spans = [*told["replaced_s"], *((line["start_s"] - 0.1, line["end_s"] + 0.6) for line in told["lines"])]
    for start, end in spans:
        touched[max(0, round(start * before.rate)) : round(end * before.rate)] = True
    count = min(len(before.pcm), len(after.pcm))
    off = np.abs(after.pcm[:count] - before.pcm[:count])[~touched[:count]]
    return round(float(off.max(initial=0.0)) * 32768, 2)


def _speech_left(known: Any, told: dict[str, Any], before: Contents, after: Contents) -> float | None:
    """How much of the original speech is left where it is down and no new line sounds, in dB of what it was; None where that
    is nowhere.
    """
    clean = known["clean"].astype(np.float32)
    quiet = np.zeros(len(clean), bool)
    for start, end in told["replaced_s"]:
        quiet[round((start + 0.1) * make.RATE) : round((end - 0.1) * make.RATE)] = True
    for line in told["lines"]:
        quiet[round((line["start_s"] - 0.05) * make.RATE) : round((line["end_s"] + 0.6) * make.RATE)] = False
    quiet &= np.abs(clean) > 0
    if quiet.sum() < 0.1 * make.RATE or before.rate != make.RATE:
        return None
    left, was = after.pcm[: len(clean), 0][quiet], clean[quiet]
    share = float(left @ was) / max(float(was @ was), 1e-12)
    return round(20 * float(np.log10(max(abs(share), 1e-4))), 1)


def _loudness_off(
    clean: NDArray[np.float32], after: Contents, before: Contents, told: dict[str, Any]
) -> Sequence[float]:
    """For each line how far the new voice is from the clean speech that was there, in LU."""
    was = LoudnessMeter(np.repeat(clean[:, None], after.pcm.shape[1], axis=1), make.RATE)
    found = []
    for line in told["lines"]:
        original = was.lufs([(line["asked_start_s"], line["asked_end_s"])])
        if original is not None and line["loudness_lufs"] is not None:
            found.append(abs(line["loudness_lufs"] - original))
    return found


def _right(lines: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]]) -> str:
    """Lines of the right speaker, under the best naming."""
    names = sorted({line["speaker"] for line in lines})
    people = sorted({line["speaker"] for line in truth})
    best = 0
    for order in itertools.permutations(people + [""] * max(0, len(names) - len(people)), len(names)):
        naming = dict(zip(names, order, strict=True))
        best = max(best, sum(naming[a["speaker"]] == b["speaker"] for a, b in zip(lines, truth, strict=True)))
    return f"{best}/{len(lines)}"


def heard(films: Sequence[tuple[Path, dict[str, Any]]]) -> dict[str, float]:
    """Errors of words and tones that Whisper makes: of new lines in the film, alone, and said plainly."""
    from oncue import TTS
    from oncue.model.training.evaluate.ears import Ears, edits, words_of

    ears, wrong, total = Ears(), Counter[str](), 0
    with TTS() as tts:
        for out, told in films:
            after = contents(out)
            for line in told["lines"]:
                language = "zh" if any(char > "\u2e80" for char in line["text"]) else "en"
                wanted = words_of(line["text"], language)
                total += len(wanted)
                part = after.pcm[round(line["start_s"] * after.rate) : round(line["end_s"] * after.rate)].mean(axis=1)
                plain = tts.say(line["text"])
                sounds = {
                    "in the film": soxr.resample(part, after.rate, 24_000).astype(np.float32),
                    "plainly": (plain.pcm / np.float32(32768)).astype(np.float32),
                }
                for name, pcm in sounds.items():
                    wrong[name] += edits(wanted, words_of(ears.hear(pcm, language), language))
    return {name: round(count / max(1, total), 3) for name, count in wrong.items()}


def main() -> None:
    """Dub and measure every film of a folder, and say which promises were missed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("films", nargs="*", help="such as clip-03; all if none is named")
    parser.add_argument("--ears", action="store_true", help="hear the new lines with Whisper (the extra `judge`)")
    parser.add_argument("--only", action="store_true", help="measure what was dubbed before")
    arguments = parser.parse_args()
    films, rows, misses = [], [], {}
    for script in sorted(arguments.folder.glob("clip-*.srt")):
        if arguments.films and script.stem not in arguments.films:
            continue
        film = next(path for path in arguments.folder.glob(f"{script.stem}.*") if path.suffix in {".mp4", ".mkv"})
        out = arguments.folder / "dubbed" / film.name
        out.parent.mkdir(exist_ok=True)
        told_path = out.with_suffix(".json")
        if arguments.only:
            took_s, cpu_s, told = json.loads(told_path.read_text("utf-8"))
        else:
            took_s, cpu_s, told = dubbed(film, out)
            told_path.write_text(json.dumps([took_s, cpu_s, told], ensure_ascii=False), encoding="utf-8")
        rows.append(measured(film, out, told, took_s, cpu_s))
        films.append((out, told))
        misses[film.name] = missed(rows[-1])
        print(json.dumps(rows[-1] | {"missed": misses[film.name]}), flush=True)
    words = heard(films) if arguments.ears else None
    right, lines = (sum(int(row["right_speakers"].split("/")[part]) for row in rows) for part in (0, 1))
    found = {name: promises for name, promises in misses.items() if promises}
    if right < 0.9 * lines:
        found["all"] = ["speakers"]
    if words is not None and words["in the film"] > words["plainly"] + AS_WELL:
        found.setdefault("all", []).append("words")
    print(json.dumps({"films": len(rows), "lines": lines, "right_speakers": round(right / max(1, lines), 3),
                      "took_s": round(sum(row["took_s"] for row in rows), 1),
                      "cpu_s": round(sum(row["cpu_s"] for row in rows), 1), "word_errors": words, "missed": found}))  # fmt: skip
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
