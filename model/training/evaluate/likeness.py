"""Whether a clone is heard as the person: clips to clone, and what the listeners say of what was spoken.

    … likeness clips FOLDER --teacher TEACHER     two clips each of voices that nothing was trained on
    … likeness fit FILE --corpus SHARDS           the second listener's turning
    … likeness judge FOLDER --clips CLIPS --listener FILE

`judge` reads sounds with an `index.json` whose rows name file, voice, condition, language and style; how they were spoken is not its
business. Of each condition it says how alike clone and own clip are, how alike own clips and the nearest other voice, and how
often the right voice is the nearest of all.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.dataset import HELD_OUT as SPEAKERS_KEPT_BACK
from oncue.model.training.data.dataset import as_float
from oncue.model.training.data.sentences import written
from oncue.model.training.data.shards import lines
from oncue.model.training.data.speakers import HELD_OUT, Speaker, made_up
from oncue.model.training.evaluate.card import publish, share
from oncue.model.training.evaluate.ears import Ears
from oncue.model.training.evaluate.listeners import Listener, Turning, Vector, heard, inside, outside, unit
from oncue.model.training.evaluate.report import read_wav, write_wav

MIXES = 40
_FIRST_MIX = 1_000_000
"""Numbers of speakers that no corpus reaches."""
_CLIP_S = 5.0
_LINES_A_SPEAKER = 4
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
    """The turning from lines of `most` speakers, those of whom nothing is trained left out."""
    ears, clips, owners = Ears(), list[Vector](), list[int]()
    for place, folder in enumerate(corpus):
        whose: dict[int, list[Vector]] = {}
        for line in lines(folder):
            own = whose.setdefault(line.speaker, [])
            if len(own) < _LINES_A_SPEAKER and len(whose) <= most:
                own.append(heard(ears, as_float(line.audio)))
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


def judge(folder: Path, clips: Path, listeners: Mapping[str, Listener], card: Path | None) -> None:
    """Print the figures of each listener, condition by condition."""
    rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    names = sorted({row["voice"] for row in rows})
    figures, notes = [], []
    for who, listen in listeners.items():
        first, second = ({n: listen(read_wav(clips / f"{n}-{clip}.wav")) for n in names} for clip in (0, 1))
        people = {n: unit(first[n] + second[n]) for n in names}
        kept = [verdict(second[n], n, first) for n in names]
        top = float(np.mean([v.own for v in kept]))
        notes.append(
            f"{who}: own clips {top:.3f}, nearest wrong {np.mean([v.nearest_wrong for v in kept]):.3f}, right {sum(v.right for v in kept)} of {len(kept)}"
        )
        found: dict[str, list[Verdict]] = {}
        for row in rows:
            condition = f"{row['condition']}, {row['style'] or row['language']}"
            found.setdefault(condition, []).append(
                verdict(listen(read_wav(folder / row["file"])), row["voice"], people)
            )
        for condition, some in found.items():
            own, wrong = (float(np.mean([getattr(v, key) for v in some])) for key in ("own", "nearest_wrong"))
            figures.append(
                share(
                    f"{who}: {condition}: right voice nearest (alike {own:.3f}, nearest wrong {wrong:.3f})",
                    [v.right for v in some],
                )
            )
    print("\n".join(notes))
    publish(card, "clones", figures)


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
    fitted.add_argument("--speakers", type=int, default=500)
    judged = verbs.add_parser("judge")
    judged.add_argument("folder", type=Path)
    judged.add_argument("--clips", type=Path, required=True)
    judged.add_argument("--listener", type=Path, required=True, help="what `fit` wrote")
    judged.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    if arguments.verb == "clips":
        make_clips(arguments.teacher, arguments.folder)
    elif arguments.verb == "fit":
        fit(arguments.corpus, arguments.file, arguments.speakers)
    else:
        turning = Turning.load(arguments.listener)
        judge(
            arguments.folder, arguments.clips, {"inside": inside(), "second": outside(Ears(), turning)}, arguments.card
        )


if __name__ == "__main__":
    main()
