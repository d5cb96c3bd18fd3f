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
STAGES = ("speaker", "restorer", "pace", "emotions", "codec", "vocoder", "durations", "decoder", "stops")
_SPOKEN = ("corpus", "corpus-too")
CORE_HOURS_AN_HOUR = 0.7
"""Of one core, that the teacher takes for an hour of speech."""
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


def plan(work: Path, teacher: Path, hours: float, minutes: float, weights: Path) -> list[Stage]:
    """All stages, the most urgent first. `minutes` is what the longest chain of trainings takes on two free cores."""
    corpus, clips = work / "corpus", work / "house"
    at = {name: str(work / f"{name}.pt") for name in STAGES}
    voices, codes = str(work / "voices.npz"), str(work / "codes.npz")
    graphs = ("oncue.model.training.data.corpus", "--teacher", str(teacher))

    def trained(name: str, share: float, *more: str) -> tuple[str, ...]:
        module = f"oncue.model.training.stages.{name}"
        return (module, "--corpus", str(corpus), "--out", at[name], "--minutes", f"{minutes * share:.1f}", *more)

    def stage(name: str, *arguments: str) -> tuple[str, ...]:
        return (f"oncue.model.training.stages.{name}", *arguments)

    known = ("--voices", voices)
    parts = tuple(
        x
        for name in ("speaker", "restorer", "pace", "emotions", "vocoder", "durations")
        for x in (f"--{name}", at[name])
    )
    return [
        Stage("teacher", ("oncue.model.training.data.kokoro", str(teacher / "graphs"))),
        Stage("corpus", (*graphs, "--out", str(corpus), "--hours", str(hours), "--workers", "2"), ("teacher",)),
        Stage("corpus-too", (*graphs, "--out", str(corpus), "--hours", str(hours), "--workers", "2", "--worker", "1"), ("teacher",)),
        Stage("restorer", trained("restorer", 0.15), _SPOKEN),
        Stage(
            "voices",
            stage("voices", "--corpus", str(corpus), "--out", voices, "--encoder", at["speaker"], "--restorer", at["restorer"]),
            ("restorer",),
        ),
        Stage("spectra", stage("spectra", "--voices", voices, "--out", str(weights / "spectra.safetensors")), ("voices",)),
        Stage("durations", trained("durations", 0.05), _SPOKEN),
        Stage("codec", trained("codec", 0.25, *known), ("voices",)),
        Stage("house", (*graphs, "--out", str(clips), "--house"), ("teacher",)),
        Stage("codes", stage("encode", "--corpus", str(corpus), "--codec", at["codec"], "--out", codes), ("codec",)),
        Stage("decoder", trained("decoder", 0.6, *known, "--codes", codes, "--durations", at["durations"]), ("codes", "durations")),
        Stage("vocoder", trained("vocoder", 0.6, *known, "--codes", codes, "--start-from", at["codec"], "--speaker", at["speaker"]), ("codes",)),
        Stage("pace", trained("pace", 0.05, "--durations", at["durations"]), ("durations",)),
        Stage("emotions", trained("emotions", 0.03), _SPOKEN),
        Stage(
            "stops",
            stage(
                "stops", "--corpus", str(corpus), *known, "--durations", at["durations"], "--decoder", at["decoder"],
                "--out", at["stops"],
            ),
            ("decoder",),
        ),
        Stage(
            "export",
            stage("export", *parts, "--decoder", at["stops"], "--house", str(clips), "--out", str(weights)),
            ("house", "voices", "pace", "emotions", "vocoder", "stops"),
        ),
    ]  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument(
        "--teacher", type=Path, default=Path("runs/teacher"), help="with the folder voices/ of kokoro-js in it"
    )
    parser.add_argument("--hours", type=float, default=8.0, help="hours of teacher speech")
    parser.add_argument("--minutes", type=float, default=100.0, help="minutes of training in the longest chain")
    parser.add_argument("--weights", type=Path, default=Path("model/tiny/weights"))
    arguments = parser.parse_args()
    ensure_environment()
    arguments.work.mkdir(parents=True, exist_ok=True)
    speech = arguments.hours * CORE_HOURS_AN_HOUR / AT_ONCE
    print(
        f"[train] about {speech + arguments.minutes / 60:.1f} h on two cores: {speech:.1f} h of them to make the speech."
    )
    began = time.monotonic()
    run(arguments.work, plan(arguments.work, arguments.teacher, arguments.hours, arguments.minutes, arguments.weights))
    print(f"[train] all done after {(time.monotonic() - began) / 60:.0f} min; `make report` measures it.")


if __name__ == "__main__":
    main()
