"""Make a corpus of the teacher: `python -m oncue.model.training.data.corpus --teacher FOLDER --out FOLDER --hours 4`.

Speakers are mixed without end (`speakers`); each says some six lines in both languages, half of them plain and half in a
style. Shards are whole or not there: a run that was stopped goes on with the speaker after the last shard. About .7 seconds of one
core for a second of speech. `--house` makes the clips of the house voices instead.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from oncue.model.api import EMOTION_NAMES
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.heldout import DEVELOPMENT_EN, DEVELOPMENT_ZH
from oncue.model.training.data.kokoro import Kokoro, Spoken, units_of
from oncue.model.training.data.sentences import sentence
from oncue.model.training.data.speakers import HOUSE, Speaker, made_up
from oncue.model.training.data.spelling import Unit, Unspeakable
from oncue.model.training.data.styles import Style

SPEAKERS_A_SHARD = 24
_LINES = (("zh", False), ("en", False), (None, False), (None, True), (None, True), (None, True))
"""Language (None: either) and whether in a style, of the lines of a speaker."""
_LONGEST_S = 9.5
_TRIES = 6


class Shard:
    """Lines back to back in one sound file, with what is known of them beside it; all of it is written by `close`."""

    def __init__(self, folder: Path, number: int) -> None:
        self._path = folder / f"shard-{number:03d}"
        self._rows: list[str] = []
        self._f0: list[np.ndarray] = []
        self._at = self._pitches = 0
        self._container = av.open(str(self._path.with_suffix(".part")), "w", format="ogg")
        self._stream = self._container.add_stream("libopus", rate=SAMPLE_RATE)
        self._stream.layout, self._stream.bit_rate = "mono", 48_000

    def put(self, spoken: Spoken, row: dict[str, object]) -> None:
        """One more line."""
        frame = av.AudioFrame.from_ndarray(spoken.audio[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._at, Fraction(1, SAMPLE_RATE)
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        known = {
            "ends": spoken.ends, "f0_step_s": spoken.f0_step_s, "start": self._at, "samples": len(spoken.audio),
            "f0_start": self._pitches, "f0_count": len(spoken.f0),
        }  # fmt: skip
        self._rows.append(json.dumps(row | known, ensure_ascii=False, separators=(",", ":")))
        self._f0.append(spoken.f0)
        self._at, self._pitches = self._at + len(spoken.audio), self._pitches + len(spoken.f0)

    def close(self) -> None:
        """Put everything in its place, the rows last: they say that a shard is whole."""
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
        self._path.with_suffix(".part").replace(self._path.with_suffix(".opus"))
        np.save(self._path.with_suffix(".f0.npy"), np.concatenate(self._f0))
        self._path.with_suffix(".jsonl").write_text("\n".join(self._rows) + "\n", encoding="utf-8")

    @property
    def seconds(self) -> float:
        """Speech so far."""
        return self._at / SAMPLE_RATE


class Texts:
    """Sentences by their numbers, from a file of one a line or of our own."""

    def __init__(self, files: dict[str, Path | None]) -> None:
        self._given = {
            language: path.read_text(encoding="utf-8").splitlines() if path else None
            for language, path in files.items()
        }

    def get(self, language: str, number: int) -> tuple[str, list[Unit]]:
        """A text and its units."""
        given = self._given[language]
        text = random.Random(number).choice(given) if given else sentence(language, number)
        return text, units_of(text, language)


def say(
    teacher: Kokoro, shard: Shard, speaker: tuple[int, Speaker], line: tuple[str, str, list[Unit]], style: Style | None, rate: float
) -> None:  # fmt: skip
    """One line of a speaker into a shard; raises Unspeakable when it cannot be."""
    number, who = speaker
    language, text, units = line
    spoken = teacher.say(text, units, language, who, style, rate, number)
    if len(spoken.audio) > _LONGEST_S * SAMPLE_RATE:
        raise Unspeakable("too long")
    shard.put(spoken, {
        "lang": language, "text": text, "speaker": number, "style": EMOTION_NAMES[style.emotion] if style else "plain",
        "intensity": round(style.intensity, 3) if style else 0, "speed": round(rate, 3), "units": units,
    })  # fmt: skip


def make(teacher: Kokoro, folder: Path, hours: float, texts: Texts, worker: int = 0, workers: int = 1) -> None:
    """Shards until there are so many hours in the folder, each of the shards whose number is this worker's."""
    names, began, made = list(teacher.styles), time.monotonic(), 0.0
    number = worker
    while hours_in(folder) < hours:
        if (folder / f"shard-{number:03d}.jsonl").exists():
            number += workers
            continue
        shard = Shard(folder, number)
        for speaker in range(number * SPEAKERS_A_SHARD, (number + 1) * SPEAKERS_A_SHARD):
            _lines_of(teacher, shard, (speaker, made_up(speaker, names)), texts)
        shard.close()
        made += shard.seconds / 3600
        rate = (time.monotonic() - began) / max(made, 1e-9)
        print(
            f"[corpus] {hours_in(folder):.2f} h of {hours:.2f}, about {rate * max(hours - hours_in(folder), 0) / 60:.0f} min more"
        )
        number += workers


def _lines_of(teacher: Kokoro, shard: Shard, speaker: tuple[int, Speaker], texts: Texts) -> None:
    rng = np.random.default_rng(9000 + speaker[0])
    styles = iter(rng.permutation(len(EMOTION_NAMES)))
    for place, (wanted, styled) in enumerate(_LINES):
        language = wanted or ("zh" if rng.random() < 0.5 else "en")
        style = Style(int(next(styles)), float(rng.uniform(0.5, 1.0))) if styled else None
        for attempt in range(_TRIES):
            text, units = texts.get(language, (speaker[0] * len(_LINES) + place) * _TRIES + attempt)
            rate = float(np.clip(np.exp(rng.normal(0.1, 0.25)), 0.68, 1.6))
            try:
                say(teacher, shard, speaker, (language, text, units), style, rate)
            except Unspeakable:
                continue
            break


def house(teacher: Kokoro, folder: Path) -> None:
    """Plain clips of the house voices: eight sentences each, five in their own language."""
    shard = Shard(folder, 0)
    for number, voice in enumerate(HOUSE):
        own, other = ("zh", "en") if voice.language == "zh" else ("en", "zh")
        sentences = {"zh": DEVELOPMENT_ZH, "en": DEVELOPMENT_EN}
        for language, text in [(own, text) for text in sentences[own][:5]] + [
            (other, text) for text in sentences[other][:3]
        ]:
            say(teacher, shard, (number, voice.speaker), (language, text, units_of(text, language)), None, 1.0)
        print(f"[corpus] {voice.name}", flush=True)
    shard.close()


def hours_in(folder: Path) -> float:
    """What the whole shards of a folder hold."""
    rows = (json.loads(line) for path in folder.glob("shard-*.jsonl") for line in path.open(encoding="utf-8"))
    return sum(row["samples"] for row in rows) / SAMPLE_RATE / 3600


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True, help="a folder with the teacher's graphs/ and voices/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--house", action="store_true", help="the clips of the house voices instead")
    parser.add_argument("--zh", type=Path, help="Mandarin sentences, one a line")
    parser.add_argument("--en", type=Path, help="English sentences, one a line")
    parser.add_argument("--worker", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    teacher = Kokoro(arguments.teacher / "graphs", arguments.teacher / "voices")
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.house:
        house(teacher, arguments.out)
    else:
        texts = Texts({"zh": arguments.zh, "en": arguments.en})
        make(teacher, arguments.out, arguments.hours, texts, arguments.worker, arguments.workers)


if __name__ == "__main__":
    main()
