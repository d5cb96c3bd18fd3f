"""The teacher corpus on disk: shards of labelled speech that numpy maps into memory.

`generate` writes it with several processes, `load` reads it. Every shard is made by a fresh process from the
corpus seed and the shard's number, so the number of workers never changes what is written. No training here.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from math import ceil
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from oncue.model.text.phones import INDEX
from oncue.model.training.data.casting import Casting, all_speakers
from oncue.model.training.data.colour import coloured
from oncue.model.training.data.espeak import Espeak, make_data_folder
from oncue.model.training.data.flite import Flite
from oncue.model.training.data.styles import recipe_of
from oncue.model.training.data.teacher import (
    ENGINES,
    LANGUAGES,
    SAMPLE_RATE,
    TAIL_RANGE_S,
    Line,
    Recording,
    Speaker,
    Style,
    finish,
)
from oncue.model.training.data.texts import make_line

SHARD_HOURS = 1 / 3
LONGEST_S = 9.0
MADE = "made.json"
_GAIN_SPREAD_DB = 2.0
_LINES_PER_SHARD = 1_000_000

LINE_DTYPE = np.dtype([
    ("shard", "i4"), ("audio_start", "i8"), ("audio_length", "i4"), ("unit_start", "i8"), ("unit_count", "i4"),
    ("speaker", "i2"), ("language", "i1"), ("emotion", "i1"), ("intensity", "f4"), ("engine", "i1"),
    ("rate_wpm", "f4"), ("text_seed", "i8"),
])  # fmt: skip
UNIT_DTYPE = np.dtype([("phone", "i2"), ("tone", "i1"), ("word_start", "?"), ("end", "i4")])


@dataclass(frozen=True, slots=True)
class Task:
    """One shard to make."""

    folder: Path
    number: int
    seconds: float
    seed: int

    @property
    def shard_folder(self) -> Path:
        """Where the shard is written."""
        return self.folder / f"shard-{self.number:03d}"

    @property
    def recipe(self) -> dict[str, object]:
        """All that decides what the shard holds, besides the code."""
        return {"seed": self.seed, "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of the corpus; `ends` are sample positions at 24,000 Hz within `audio`."""

    audio: npt.NDArray[np.int16]
    phones: npt.NDArray[np.int16]
    tones: npt.NDArray[np.int8]
    word_starts: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.int32]
    speaker: int
    language: int
    emotion: int
    intensity: float
    engine: int
    rate_wpm: float
    text_seed: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus on disk: `lines` and `units` are structured arrays over all shards, audio stays mapped."""

    lines: npt.NDArray[np.void]
    units: npt.NDArray[np.void]
    audio: tuple[npt.NDArray[np.int16], ...]
    speakers: tuple[Speaker, ...]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def seconds(self) -> float:
        """Length of all audio."""
        return float(self.lines["audio_length"].sum(dtype=np.int64)) / SAMPLE_RATE

    def utterance(self, index: int) -> Utterance:
        """Line `index`; its arrays are views into the corpus."""
        row = self.lines[index]
        audio = self.audio[row["shard"]][row["audio_start"] : row["audio_start"] + row["audio_length"]]
        units = self.units[row["unit_start"] : row["unit_start"] + row["unit_count"]]
        return Utterance(
            audio, units["phone"], units["tone"], units["word_start"], units["end"],
            int(row["speaker"]), int(row["language"]), int(row["emotion"]), float(row["intensity"]),
            int(row["engine"]), float(row["rate_wpm"]), int(row["text_seed"]),
        )  # fmt: skip


def load(folder: Path | str) -> Corpus:
    """Open a corpus; raises FileNotFoundError when the folder holds no finished shards."""
    shards = sorted(Path(folder).glob("shard-*/index.npz"))
    if not shards:
        raise FileNotFoundError(
            "This folder holds no corpus: make one with python -m oncue.model.training.data.corpus."
        )
    lines, units, audio, offset = [], [], [], 0
    for number, path in enumerate(shards):
        index = np.load(path)
        own = index["lines"].copy()
        own["shard"] = number
        own["unit_start"] += offset
        offset += len(index["units"])
        lines.append(own)
        units.append(index["units"])
        audio.append(np.load(path.with_name("audio.npy"), mmap_mode="r"))
    rows = json.loads(Path(folder, "speakers.json").read_text(encoding="utf-8"))
    return Corpus(np.concatenate(lines), np.concatenate(units), tuple(audio), tuple(Speaker(**row) for row in rows))


class Studio:
    """Both engines of one process; its random stream also draws each recording's loudness and final pause."""

    def __init__(self, data_parent: Path, rng: random.Random) -> None:
        self._rng = rng
        self._espeak = Espeak(data_parent)
        self._flite = Flite()

    def record(self, line: Line, speaker: Speaker, style: Style) -> Recording | None:
        """The finished recording, or None when it does not align or is too long."""
        engine = self._flite if speaker.engine == "flite" else self._espeak
        spoken, recipe = engine.say(line, speaker, style), recipe_of(style)
        if spoken:
            spoken = coloured(spoken, recipe.colour, self._rng.getrandbits(32))
        gain_db = recipe.gain_db + self._rng.uniform(-_GAIN_SPREAD_DB, _GAIN_SPREAD_DB)
        tail_s = self._rng.uniform(*TAIL_RANGE_S)
        recording = finish(spoken, gain_db, tail_s) if spoken else None
        return recording if recording and len(recording.samples) <= LONGEST_S * SAMPLE_RATE else None


class _Shard:
    """Collects recordings and writes them as one shard."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(LANGUAGES, 0.0)
        self._audio: list[npt.NDArray[np.int16]] = []
        self._units: list[npt.NDArray[np.void]] = []
        self._lines: list[tuple[object, ...]] = []
        self._samples = self._count = 0

    def add(self, line: Line, speaker: Speaker, style: Style, recording: Recording) -> None:
        units = np.zeros(len(recording.units), UNIT_DTYPE)
        units["phone"] = [INDEX[unit.symbol] for unit in recording.units]
        units["tone"] = [unit.tone for unit in recording.units]
        units["word_start"] = [unit.word_start for unit in recording.units]
        units["end"] = recording.ends
        self._lines.append((
            0, self._samples, len(recording.samples), self._count, len(units), speaker.id,
            LANGUAGES.index(line.language), style.emotion, style.intensity, ENGINES.index(speaker.engine),
            style.rate_wpm, line.seed,
        ))  # fmt: skip
        self._audio.append(recording.samples)
        self._units.append(units)
        self._samples += len(recording.samples)
        self._count += len(units)
        self.seconds[line.language] += len(recording.samples) / SAMPLE_RATE

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "audio.npy", np.concatenate(self._audio))
        np.savez(folder / "index.npz", lines=np.array(self._lines, LINE_DTYPE), units=np.concatenate(self._units))


def make_shard(task: Task) -> None:
    """Make one shard in this process; written last, beside it: its recipe, and how many lines were kept and dropped."""
    shard, counts = _Shard(), Counter[str]()
    first_seed = task.seed * 1000 + task.number
    rng = random.Random(first_seed)
    speakers = all_speakers()
    with tempfile.TemporaryDirectory() as scratch:
        studio, casting = Studio(make_data_folder(Path(scratch)), rng), Casting(speakers, rng)
        seed = first_seed * _LINES_PER_SHARD
        while sum(shard.seconds.values()) < task.seconds:
            language = min(LANGUAGES, key=lambda name: shard.seconds[name])
            line = make_line(language, seed)
            for speaker, style in casting.choose(language):
                recording = studio.record(line, speaker, style)
                if recording:
                    shard.add(line, speaker, style, recording)
                counts[f"{language} {speaker.engine} {'kept' if recording else 'dropped'}"] += 1
            seed += 1
    shard.write(task.shard_folder)
    _write_json(task.shard_folder / MADE, {**task.recipe, "counts": counts})


def _made(task: Task) -> bool:
    """Whether the shard is there whole, made by this very recipe: its last file is written last."""
    path = task.shard_folder / MADE
    return path.exists() and json.loads(path.read_text(encoding="utf-8")).items() >= task.recipe.items()


def generate(folder: Path, hours: float, seed: int, workers: int = 2) -> Counter[str]:
    """Write a corpus of `hours` of audio; returns the counts of kept and dropped lines.

    Shards that an interrupted run left whole are kept. Raises RuntimeError when an engine takes its process down with it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards = ceil(hours / SHARD_HOURS)
    tasks = [Task(folder, number, hours * 3600 / shards, seed) for number in range(shards)]
    _write_json(folder / "speakers.json", [asdict(speaker) for speaker in all_speakers()])
    _make_apart([task for task in tasks if not _made(task)], workers)
    total = Counter[str]()
    for task in tasks:
        total.update(json.loads((task.shard_folder / MADE).read_text(encoding="utf-8"))["counts"])
    _write_json(folder / "counts.json", total)
    return total


def _make_apart(tasks: list[Task], workers: int) -> None:
    """Make each shard in a process of its own, `workers` at a time.

    The engines keep state and may die, and a process that has used them cannot be forked.
    """
    waiting = tasks[::-1]
    running: dict[int, SpawnProcess] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            process = get_context("spawn").Process(target=make_shard, args=(waiting.pop(),))
            process.start()
            running[process.sentinel] = process
        for sentinel in wait(list(running)):
            ended = running.pop(cast(int, sentinel))
            ended.join()
            if ended.exitcode != 0:
                raise RuntimeError(
                    f"A process that made a shard ended with code {ended.exitcode}; its output says why."
                )


def _write_json(path: Path, value: object) -> None:
    """Write beside, then rename: an interruption never leaves half a file."""
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")
    temporary.replace(path)


def main(arguments: list[str]) -> None:
    """Command line: make a corpus and print its counts."""
    parser = argparse.ArgumentParser(
        prog="python -m oncue.model.training.data.corpus", description="Make the teacher corpus."
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    counts = generate(options.out, options.hours, options.seed, options.workers)
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{name}: {count}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
