"""Whether a clone is heard as the person, and the style it was asked for: clips to clone, and what is said of what was spoken.

    … likeness clips FOLDER --teacher TEACHER     two clips each of voices that nothing was trained on
    … likeness fit FILE --corpus SHARDS           the second listener's turning
    … likeness judge FOLDER --clips CLIPS --listener FILE --witness FILE

`judge` reads sounds with an `index.json` whose rows name file, voice, condition, language and style; how they were spoken is not its
business. A clone is held against the second clips of everybody, which nothing was cloned from, and so is each first clip, for what can be
reached. Of each condition it says how often the right voice is the nearest of all, and how far the likeness has come from
that of the nearest wrong voice's clip (0) to that of the own clip (1); the witness says of each styled line which style it is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.dataset import HELD_OUT as SPEAKERS_KEPT_BACK
from oncue.model.training.data.dataset import as_float
from oncue.model.training.data.recorded import by_a_microphone, with_noise
from oncue.model.training.data.sentences import written
from oncue.model.training.data.shards import lines
from oncue.model.training.data.speakers import HELD_OUT, Speaker, made_up
from oncue.model.training.evaluate.card import Figure, average, publish, share
from oncue.model.training.evaluate.front import Front
from oncue.model.training.evaluate.listeners import Listener, Turning, Vector, heard, inside, outside
from oncue.model.training.evaluate.report import read_wav, write_wav
from oncue.model.training.evaluate.witness import Witness, manner

MIXES = 40
_FIRST_MIX = 1_000_000
"""Numbers of speakers that no corpus reaches."""
_CLIP_S = 5.0
_LINES_A_SPEAKER = 6
_CLEAN = "clean"
_TRUSTED, _SAME, _SAME_SPOILT, _SAME_IN_STYLES, _WAY, _TOLD = "≥ .90", "≥ .95", "≥ .85", "≥ .90", "≥ .80", "≥ .80"
"""What is wanted: of a listener that may judge, of clones of clean clips, of others, and under styles; of likeness; of styles."""
_BORROWED = {"zh": (("zf_xiaoxiao", 1.0),), "en": (("af_heart", 1.0),)}
"""Prosody for stock voices whose own language the teacher is not asked for."""


def strangers(names: list[str]) -> Iterator[tuple[str, str, Speaker]]:
    """Name, language of the clips and speaker of the voices nothing was trained on: stock voices and new mixes."""
    for name in sorted(HELD_OUT):
        language = "zh" if name[0] == "z" else "en"
        own = ((name, 1.0),)
        prosody = own if name[0] in "abz" else (*own, *_BORROWED["en"])
        yield name, language, Speaker(own, _BORROWED | {language: prosody})
    for number in range(MIXES):
        yield f"mix-{number:02d}", ("zh", "en")[number % 2], made_up(_FIRST_MIX + number, names)


def make_clips(teacher: Path, folder: Path) -> None:
    """Two clips of at least _CLIP_S of each of them, `NAME-0.wav` to clone and `NAME-1.wav` to compare with."""
    from oncue.model.training.data.kokoro import Kokoro, units_of
    from oncue.model.training.data.spelling import Unspeakable

    kokoro = Kokoro(teacher / "graphs", teacher / "voices")
    folder.mkdir(parents=True, exist_ok=True)
    for place, (name, language, speaker) in enumerate(strangers(list(kokoro.styles))):
        for clip in range(2):
            texts = iter(np.random.default_rng([place, clip]).permutation(written(language)))
            path, parts = folder / f"{name}-{clip}.wav", list[NDArray[np.int16]]()
            if path.exists():
                continue
            while sum(map(len, parts)) < _CLIP_S * SAMPLE_RATE:
                text = str(next(texts))
                try:
                    parts.append(kokoro.say(text, units_of(text, language), language, speaker, None, 1.0, place).audio)
                except Unspeakable:
                    continue
            write_wav(path, np.concatenate(parts))
        print(f"[likeness] {name}", flush=True)


def fit(corpus: list[Path], file: Path, most: int) -> None:
    """The turning from lines of `most` speakers, those of whom nothing is trained left out; half of the lines through a microphone, too."""
    front, rng, clips, owners = Front(), np.random.default_rng(0), list[Vector](), list[int]()
    for place, folder in enumerate(corpus):
        whose: dict[int, list[Vector]] = {}
        counts: dict[int, int] = {}
        for line in lines(folder):
            own = whose.setdefault(line.speaker, [])
            number = counts.setdefault(line.speaker, 0)
            if number < _LINES_A_SPEAKER and len(whose) <= most:
                own.append(heard(front, sound := as_float(line.audio)))
                if number % 2:
                    own.append(heard(front, with_noise(by_a_microphone(sound, rng), rng)))
            counts[line.speaker] += 1
        known = [s for s in list(whose)[: -SPEAKERS_KEPT_BACK if place == 0 else None] if len(whose[s]) > 1]
        clips += [clip for s in known for clip in whose[s]]
        owners += [place * 1_000_000 + s for s in known for _ in whose[s]]
    Turning.fitted(np.stack(clips), np.array(owners)).save(file)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one listener says of one sound."""

    own: float
    nearest_wrong: float

    @property
    def right(self) -> bool:
        """Whether nobody else is nearer."""
        return self.own > self.nearest_wrong


def verdict(said: Vector, name: str, people: Mapping[str, Vector]) -> Verdict:
    """Of what was said in the voice of `name`, among all people."""
    return Verdict(float(said @ people[name]), max(float(said @ v) for other, v in people.items() if other != name))


@dataclass(frozen=True, slots=True)
class Said:
    """One sound of an index, and what the bench meant by it."""

    file: str
    voice: str
    condition: str
    language: str
    style: str | None

    @property
    def group(self) -> str:
        """What it is counted under."""
        return f"{self.condition}, {self.language}" if self.style is None else self.style


def read(folder: Path) -> list[Said]:
    """The index of a folder."""
    rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [Said(**{field.name: row[field.name] for field in fields(Said)}) for row in rows]


def _wanted(group: str) -> str:
    """Of the right voice in a group of lines."""
    if group in EMOTION_NAMES:
        return _SAME_IN_STYLES
    return _SAME if group.startswith(_CLEAN) else _SAME_SPOILT


def alike(who: str, listen: Listener, said: Sequence[Said], folder: Path, clips: Path) -> list[Figure]:
    """What a listener says of all that was said."""
    names = sorted(clip.stem.removesuffix("-1") for clip in clips.glob("*-1.wav"))
    people = {name: listen(read_wav(clips / f"{name}-1.wav")) for name in names}
    firsts = [verdict(listen(read_wav(clips / f"{name}-0.wav")), name, people) for name in names]
    own, wrong = (float(np.mean([getattr(v, key) for v in firsts])) for key in ("own", "nearest_wrong"))
    groups: dict[str, list[Verdict]] = {}
    for one in said:
        groups.setdefault(one.group, []).append(verdict(listen(read_wav(folder / one.file)), one.voice, people))
    figures = [
        share(
            f"{who}: the own other clip is nearest of {len(names)} ({own:.2f}, wrong {wrong:.2f})",
            [v.right for v in firsts],
            _TRUSTED,
        )
    ]
    figures += [
        share(f"{who}: {name}: right voice nearest", [v.right for v in some], _wanted(name))
        for name, some in groups.items()
    ]
    styled = [v for name, some in groups.items() if name in EMOTION_NAMES for v in some]
    clean = [v for name, some in groups.items() if name.startswith(_CLEAN) for v in some]
    figures.append(share(f"{who}: all styles: right voice nearest", [v.right for v in styled], _SAME_IN_STYLES))
    for name, some in ((_CLEAN, clean), ("all styles", styled)):
        come = [(v.own - wrong) / (own - wrong) for v in some]
        figures.append(
            average(
                f"{who}: {name}: way from the nearest wrong voice to the own clip", come, _WAY if some is clean else ""
            )
        )
    return figures


def told(witness: Witness, said: Sequence[Said], folder: Path) -> list[Figure]:
    """Of which style the witness says that a styled line is, knowing the plain lines of the same clone."""
    heard_of = {one: manner(read_wav(folder / one.file)) for one in said if one.condition == _CLEAN}
    plain = {
        name: np.mean([x for one, x in heard_of.items() if (one.voice, one.style) == (name, None)], axis=0)
        for name in {one.voice for one in heard_of}
    }
    hits: dict[str, list[bool]] = {name: [] for name in EMOTION_NAMES}
    for one, x in heard_of.items():
        if one.style is not None:
            hits[one.style].append(EMOTION_NAMES[witness(x, plain[one.voice])] == one.style)
    figures = [share(f"witness: {name}: told to be that style", some) for name, some in hits.items()]
    return [
        *figures,
        share("witness: all styles: told to be that style", [hit for some in hits.values() for hit in some], _TOLD),
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("clips")
    made.add_argument("folder", type=Path)
    made.add_argument("--teacher", type=Path, required=True, help="with its graphs/ and voices/")
    fitted = verbs.add_parser("fit")
    fitted.add_argument("file", type=Path)
    fitted.add_argument("--corpus", type=Path, nargs="+", required=True)
    fitted.add_argument("--speakers", type=int, default=900)
    judged = verbs.add_parser("judge")
    judged.add_argument("folder", type=Path)
    judged.add_argument("--clips", type=Path, required=True)
    judged.add_argument("--listener", type=Path, required=True, help="what `fit` wrote")
    judged.add_argument("--witness", type=Path, required=True, help="what `witness fit` wrote")
    judged.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    if arguments.verb == "clips":
        make_clips(arguments.teacher, arguments.folder)
    elif arguments.verb == "fit":
        fit(arguments.corpus, arguments.file, arguments.speakers)
    else:
        turning = Turning.load(arguments.listener)
        said = read(arguments.folder)
        figures = [
            figure
            for who, listen in (("inside", inside()), ("second", outside(Front(), turning)))
            for figure in alike(who, listen, said, arguments.folder, arguments.clips)
        ]
        figures += told(Witness.load(arguments.witness), said, arguments.folder)
        publish(arguments.card, "clones", figures)


if __name__ == "__main__":
    main()
