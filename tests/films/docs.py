"""The short film of `docs/films`: made by the generator, spoken by the bundled voices, dubbed by `oncue dub` and checked by it.

`python -m tests.films.docs` makes all three files anew, for instance after the weights have changed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.films import make

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "films"
SECONDS = 12.0
VOICES = ("ada", "ray")
NEW = (
    "他昨天晚上没有回来。",
    "The last train left an hour ago.",
    "My brother wrote that letter, and he never sent it to anyone.",
)
MOST_BYTES = 1_000_000


def main() -> None:
    """Make, dub, check, and keep what is small enough."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film, out = folder / "film.mp4", folder / "dubbed.mp4"
        phrases = make.bundled_phrases(VOICES)
        turns = {name: [make.as_loud(pcm) for pcm in phrases[name]] for name in VOICES}
        spoken = [one for one in make.in_turns(turns) if one.end_s < SECONDS - 0.5][: len(NEW)]
        make.film(film, spoken, SECONDS, audio_codec="aac")
        lines = [make.Truth(one.start_s, one.end_s, one.speaker, text) for one, text in zip(spoken, NEW, strict=False)]
        (folder / "lines.srt").write_text(make.srt(lines), encoding="utf-8")
        command = [
            *(
                sys.executable,
                "-m",
                "oncue.server.cli",
                "dub",
                str(film),
                "--consent",
                "--script",
                str(folder / "lines.srt"),
            ),
            *(
                "-o",
                str(out),
                "--check",
                str(folder / "check.png"),
                "--mouth",
                ",".join(map(str, make.MOUTH)),
                "--json",
            ),
        ]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        names = ("film.mp4", "dubbed.mp4", "dubbed.srt", "check.png")
        size = sum((folder / name).stat().st_size for name in names)
        if size > MOST_BYTES:
            raise SystemExit(f"The films have {size} bytes, and {MOST_BYTES} are the most.")
        FOLDER.mkdir(exist_ok=True)
        for name in names:
            shutil.copyfile(folder / name, FOLDER / name)
    print(json.dumps({"bytes": size, "check": told["check"], "lines": [line["fit_status"] for line in told["lines"]]}))


if __name__ == "__main__":
    main()
