"""`oncue bench --peers`: small voices that others made beside ours, in one table, taking turns on one core.

Each speaks in a process of its own (`peer_speaker.py`), started by the Python that has its package, all bound to the same
core; only one of them is asked at any moment, and who is asked first goes round. No package of others is needed here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from oncue.server.cli.bench import peer_speaker
from oncue.server.cli.common import CommandError

LENGTHS_S = (1, 5, 20)
"""About how long the lines are; how long each really was is in the result."""
_EN = """\
Stay close to me.
The lights go down, and for a moment nobody in the whole house dares to breathe.
The lights go down, and for a moment nobody in the whole house dares to breathe. Then somebody laughs, far away behind \
the stage, and everything begins again. She had learned her part by heart, and still she was afraid of the first word. \
It came by itself in the end, as it always does, and the evening was saved.""".splitlines()
_JA = """\
もうすぐです。
明かりが消えて、しばらくのあいだ、誰も息をすることができませんでした。
明かりが消えて、しばらくのあいだ、誰も息をすることができませんでした。やがて舞台の後ろの遠いところで誰かが笑って、すべてがまた始まりました。\
彼女は台詞をすっかり覚えていましたが、それでも最初の言葉が怖かったのです。けれども最後には言葉が自然に出てきて、その夜は無事に終わりました。""".splitlines()
TEXTS = {"oncue": _EN, "hibari": _EN, "kokoro": _JA}
OTHERS = ("hibari", "kokoro")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class PeerLine:
    """Lines of about one length: medians over the rounds, in seconds."""

    about_s: int
    audio_s: float
    first_audible_s: float
    total_s: float

    @property
    def rtf(self) -> float:
        """Seconds to make a second of it."""
        return self.total_s / self.audio_s


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """What was measured of one voice."""

    name: str
    version: str
    load_s: float
    lines: tuple[PeerLine, ...]
    rtf: float
    """Of the longest line; median of the rounds."""
    rtf_over_ours: float
    """Median of the ratios within a round."""
    streams: float
    """Seconds of sound a second, with as many lines at once as it can use."""
    at_once: int
    rounds: int


class Child:
    """A speaker that answers; `ready` is what it said of itself."""

    def __init__(self, name: str, process: subprocess.Popen[str], trouble: Any) -> None:
        self.name = name
        self._process, self._trouble = process, trouble
        self.ready = self._read()

    def ask(self, **asked: Any) -> dict[str, float]:
        """Its times. Raises CommandError when it is gone, or has said nothing."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise self._gone() from None
        found = self._read()
        if any(value is None for value in found.values()):
            raise CommandError(f"{self.name} said a line that is silent.")
        return found

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._gone()
        found: dict[str, Any] = json.loads(line)
        return found

    def _gone(self) -> CommandError:
        self._process.wait()
        self._trouble.seek(0)
        said = self._trouble.read().strip().splitlines()
        return CommandError(f"{self.name} gave up: {said[-1] if said else 'without a word'}")


@contextmanager
def child(name: str, command: Sequence[str]) -> Iterator[Child]:
    """A speaker until the block is left. Raises CommandError."""
    with tempfile.TemporaryFile("w+") as trouble, ExitStack() as stack:
        try:
            process = subprocess.Popen(  # noqa: S603 -- a program of the caller's, and no text of anybody's
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=trouble, text=True, encoding="utf-8",
                env=os.environ | _ONE_THREAD,
            )  # fmt: skip
        except OSError as error:
            raise CommandError(f"{command[0]} cannot be started: {error.strerror}.") from error
        stack.enter_context(process)
        stack.callback(process.kill)
        yield Child(name, process, trouble)


def command(name: str, python: str, core: int | None) -> list[str]:
    """How a speaker is started: ours as a module of this Python, the others as a file for theirs."""
    bound = [] if core is None else [str(core)]
    if name == "oncue":
        return [sys.executable, "-m", "oncue.server.cli.bench.peer_speaker", name, *bound]
    return [python, str(Path(peer_speaker.__file__).resolve()), name, *bound]


def peers(python: str, rounds: int) -> list[PeerFigures]:
    """Ours first, then those that are installed for `python`. Raises CommandError when there is none."""
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    with ExitStack() as stack:
        found, missing = [], []
        for name in ("oncue", *OTHERS):
            speaker = stack.enter_context(child(name, command(name, python, core)))
            if "missing" in speaker.ready:
                missing.append(f"{speaker.ready['missing']} ({speaker.ready['why']})")
            else:
                found.append(speaker)
        if len(found) < 2:
            raise CommandError(
                f"There is nobody to compare with: {', '.join(missing)}. Install one of them, best in an environment of its own, and name its Python with --peer-python."
            )
        for left_out in missing:
            print(f"Left out: {left_out}.", file=sys.stderr)
        return measure(found, rounds)


def measure(speakers: Sequence[Child], rounds: int) -> list[PeerFigures]:
    """Every line of every speaker in each round; the first of them is whom the others are set against."""
    for speaker in speakers:
        speaker.ask(text=TEXTS[speaker.name][0])  # a first line each, which is not counted
    said: dict[str, list[list[dict[str, float]]]] = {speaker.name: [] for speaker in speakers}
    many: dict[str, list[float]] = {speaker.name: [] for speaker in speakers}
    for number in range(rounds):
        first = number % len(speakers)
        for speaker in [*speakers[first:], *speakers[:first]]:
            texts = TEXTS[speaker.name]
            said[speaker.name].append([speaker.ask(text=text) for text in texts])
            together = speaker.ask(text=texts[1], at_once=int(speaker.ready["at_once"]))
            many[speaker.name].append(together["audio_s"] / together["total_s"])
    ours = _rtfs(said[speakers[0].name])
    return [
        _figures(speaker, said[speaker.name], many[speaker.name], ours, rounds) for speaker in speakers
    ]  # fmt: skip


def _figures(
    speaker: Child, said: list[list[dict[str, float]]], many: list[float], ours: list[float], rounds: int
) -> PeerFigures:
    def line(index: int, about_s: int) -> PeerLine:
        times = [of_round[index] for of_round in said]
        return PeerLine(
            about_s, *(median(each[key] for each in times) for key in ("audio_s", "first_audible_s", "total_s"))
        )

    rtfs = _rtfs(said)
    return PeerFigures(
        speaker.name,
        str(speaker.ready["version"]),
        float(speaker.ready["load_s"]),
        tuple(line(index, about_s) for index, about_s in enumerate(LENGTHS_S)),
        median(rtfs),
        median(one / own for one, own in zip(rtfs, ours, strict=True)),
        median(many),
        int(speaker.ready["at_once"]),
        rounds,
    )


def _rtfs(said: list[list[dict[str, float]]]) -> list[float]:
    """Of the longest line, round by round."""
    return [of_round[-1]["total_s"] / of_round[-1]["audio_s"] for of_round in said]
