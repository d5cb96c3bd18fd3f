"""`make train`: the bundled model from nothing, stage by stage, each resumable, two at a time on two cores.

Stages: corpus; speakers and judge; codec and witness; codes and emotions; vocoder and decoder; export. A stage whose result is there is not run
again, one that was interrupted goes on where its last checkpoint was. Minutes are wall-clock minutes of training.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from model.training.runtime import ensure_environment

FINISHED = "finished"


def run_together(work: Path, stages: dict[str, list[str]]) -> None:
    """Run modules side by side, skipping those that finished before; raises SystemExit when one fails."""
    running = {}
    for name, arguments in stages.items():
        if not (work / f"{name}.{FINISHED}").exists():
            print(f"[train] {name}", flush=True)
            running[name] = subprocess.Popen([sys.executable, "-m", *arguments])  # noqa: S603 - our own modules
    for name, process in running.items():
        if process.wait() != 0:
            raise SystemExit(f"The stage {name} failed; run it again to go on where it was.")
        (work / f"{name}.{FINISHED}").touch()


def plan(work: Path, hours: float, minutes: float, weights: Path) -> list[dict[str, list[str]]]:
    """Stages in order; those of one step run side by side. `minutes` is the length of the longest step."""
    corpus, codes, vectors = str(work / "corpus"), str(work / "codes.npz"), str(work / "vectors.npy")
    names = ("speakers", "emotions", "codec", "codec-codes", "decoder", "judge", "witness")
    speakers, emotions, codec, frozen, decoder, judge, witness = (str(work / f"{name}.pt") for name in names)
    made = ["--corpus", corpus, "--vectors", vectors]
    train_codec = ["model.training.codec", *made, "--out", codec, "--codes", frozen]
    return [
        {"corpus": ["model.training.corpus", "--out", corpus, "--hours", str(hours), "--seed", "2"]},
        {"pitch": ["model.training.dataset", corpus]},
        {
            "speakers": ["model.training.speakers", *made, "--out", speakers, "--minutes", f"{minutes * 0.2:.1f}"],
            "judge": ["model.training.judge", "--corpus", corpus, "--out", judge, "--minutes", f"{minutes * 0.8:.1f}"],
        },
        {
            "codec": [*train_codec, "--minutes", f"{minutes * 0.6:.1f}", "--joint-share", "1"],
            "witness": [
                *("model.training.witness", "--corpus", corpus, "--out", witness),
                *("--minutes", f"{minutes * 0.5:.1f}"),
            ],
        },
        {
            "codes": ["model.training.encode", "--corpus", corpus, "--codec", frozen, "--out", codes],
            "emotions": [
                *("model.training.emotions", "--corpus", corpus, "--out", emotions),
                *("--minutes", f"{minutes * 0.1:.1f}"),
            ],
        },
        {
            "vocoder": [*train_codec, "--minutes", f"{minutes * 1.6:.1f}", "--joint-share", "0"],
            "decoder": [
                *("model.training.decoder", *made, "--codes", codes),
                *("--out", decoder, "--minutes", str(minutes)),
            ],
        },
        {
            "export": [
                *("model.training.export", "--corpus", corpus, "--speakers", speakers, "--emotions", emotions),
                *("--codec", codec, "--decoder", decoder, "--out", str(weights)),
            ]
        },
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--hours", type=float, default=7.0, help="hours of teacher speech")
    parser.add_argument("--minutes", type=float, default=60.0, help="minutes of the longest step")
    parser.add_argument("--weights", type=Path, default=Path("model/tiny/weights"))
    arguments = parser.parse_args()
    ensure_environment()
    arguments.work.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for stages in plan(arguments.work, arguments.hours, arguments.minutes, arguments.weights):
        run_together(arguments.work, stages)
    print(f"[train] all done after {(time.monotonic() - began) / 60:.0f} min; `make report` measures it.")


if __name__ == "__main__":
    main()
