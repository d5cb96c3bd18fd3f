"""`make train`: the bundled model from nothing, as stages that wait for each other, two at a time on two cores.

A stage begins when what it needs is there and a core is free. One whose result is there is not run again, one that
was interrupted goes on where its last checkpoint was. Minutes are wall-clock minutes of training.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oncue.model.training.stages.runtime import ensure_environment

FINISHED = "finished"
AT_ONCE = 2
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Stage:
    """A module of ours with its arguments, and the stages whose results it reads."""

    name: str
    arguments: tuple[str, ...]
    needs: tuple[str, ...] = ()


def run(work: Path, stages: Sequence[Stage]) -> None:
    """Run all stages, earlier ones first where several could begin; raises SystemExit when one fails, after those that
    run beside it have ended.
    """
    done = {stage.name for stage in stages if _mark(work, stage).exists()}
    running: dict[str, subprocess.Popen[bytes]] = {}
    failed: str | None = None
    while running or (len(done) < len(stages) and failed is None):
        waiting = [s for s in stages if s.name not in done and s.name not in running and done.issuperset(s.needs)]
        for stage in waiting[: AT_ONCE - len(running)] if failed is None else []:
            print(f"[train] {stage.name}", flush=True)
            running[stage.name] = subprocess.Popen([sys.executable, "-m", *stage.arguments])  # noqa: S603 - our own modules
        time.sleep(_LOOK_EVERY_S)
        for stage in [s for s in stages if s.name in running and running[s.name].poll() is not None]:
            if running.pop(stage.name).returncode == 0:
                _mark(work, stage).touch()
                done.add(stage.name)
            else:
                failed = stage.name
    if failed is not None:
        raise SystemExit(f"The stage {failed} failed; run it again to go on where it was.")


def _mark(work: Path, stage: Stage) -> Path:
    return work / f"{stage.name}.{FINISHED}"


def plan(work: Path, hours: float, minutes: float, weights: Path) -> list[Stage]:
    """All stages, the most urgent first. `minutes` is what the longest chain of trainings takes on two free cores."""
    corpus, codes, vectors = str(work / "corpus"), str(work / "codes.npz"), str(work / "vectors.npy")
    names = ("speakers", "emotions", "codec", "codec-codes", "decoder", "stops", "judge", "witness")
    speakers, emotions, codec, frozen, decoder, stops, judge, witness = (str(work / f"{name}.pt") for name in names)

    def trained(module: str, out: str, share: float, *more: str) -> tuple[str, ...]:
        return (
            f"oncue.model.training.{module}",
            "--corpus",
            corpus,
            "--out",
            out,
            "--minutes",
            f"{minutes * share:.1f}",
            *more,
        )

    known, parts = ("--vectors", vectors), ("--speakers", speakers, "--emotions", emotions)
    kept = ("--codes", frozen, "--joint-share")
    return [
        Stage("corpus", ("oncue.model.training.data.corpus", "--out", corpus, "--hours", str(hours), "--seed", "2")),
        Stage("pitch", ("oncue.model.training.data.dataset", corpus), ("corpus",)),
        Stage("speakers", trained("stages.speakers", speakers, 0.13, *known), ("pitch",)),
        Stage("codec", trained("stages.codec", codec, 0.37, *known, *kept, "1"), ("speakers",)),
        Stage(
            "codes",
            ("oncue.model.training.stages.encode", "--corpus", corpus, "--codec", frozen, "--out", codes),
            ("codec",),
        ),
        Stage("decoder", trained("stages.decoder", decoder, 0.5, *known, "--codes", codes), ("codes",)),
        Stage(
            "vocoder", trained("stages.codec", codec, 0.87, *known, *kept, "0"), ("codec",)
        ),  # the codec goes on, for 0.5
        Stage(
            "stops",
            ("oncue.model.training.stages.stops", "--corpus", corpus, *known, "--decoder", decoder, "--out", stops),
            ("decoder",),
        ),
        Stage("judge", trained("evaluate.judge", judge, 0.28), ("pitch",)),
        Stage("witness", trained("evaluate.witness", witness, 0.3), ("pitch",)),
        Stage("emotions", trained("stages.emotions", emotions, 0.04), ("pitch",)),
        Stage(
            "export",
            (
                *("oncue.model.training.stages.export", "--corpus", corpus, *parts, "--codec", codec),
                *("--decoder", stops, "--out", str(weights)),
            ),
            ("emotions", "vocoder", "stops"),
        ),
        *(
            Stage(
                f"plain-{name}",
                trained(f"stages.{name}", str(work / f"plain-{name}.pt"), part, *more, "--reversal", "0"),
                ("vocoder", "decoder"),
            )
            for name, part, more in (
                ("speakers", 0.13, ("--vectors", str(work / "plain-vectors.npy"))),
                ("emotions", 0.04, ()),
            )
        ),  # what the reversal is worth is told by training without it
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--hours", type=float, default=20.0, help="hours of teacher speech")
    parser.add_argument("--minutes", type=float, default=100.0, help="minutes of training in the longest chain")
    parser.add_argument("--weights", type=Path, default=Path("model/tiny/weights"))
    arguments = parser.parse_args()
    ensure_environment()
    arguments.work.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    run(arguments.work, plan(arguments.work, arguments.hours, arguments.minutes, arguments.weights))
    print(f"[train] all done after {(time.monotonic() - began) / 60:.0f} min; `make report` measures it.")


if __name__ == "__main__":
    main()
