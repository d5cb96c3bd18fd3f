"""Any name at all where a voice's is expected: no file outside the folder of voices is opened.

`python -m tests.fuzz.voice_names 100000` asks for so many names, with an audit hook that sees every file that this process
opens; a test of the suite asks for a few.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from oncue.model.api import Voice
from oncue.server.voices.store import VoiceStore, VoiceStoreError
from oncue.streaming.protocol.errors import OnCueError

MANY = 100_000
_PARTS = (
    "..", ".", "/", "\\", "%2e%2e%2f", "%00", "\x00", "．．", "／", "etc", "passwd", "~", "$HOME", "C:", "CON", "a" * 300,
    "\u202e", "e\u0301", "\ud800", "é", "小", "-", "_", "*", "?", "[", "0" * 32, "f" * 32, ".json", ".safetensors", ".lock", "revoked", " ", "\n",
)  # fmt: skip


class Opened:
    """The files that this process opens while it is on. A hook cannot be taken out again, so it is turned off."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.on = False
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event == "open" and isinstance(arguments[0], str | bytes):
            self.paths.append(os.fsdecode(arguments[0]))


def run(count: int, seed: int, folder: Path) -> int:
    """Ask for so many names; returns how many files were opened. Raises AssertionError for one outside `folder`."""
    draw, store = (
        random.Random(seed),
        VoiceStore(folder, "fake", {"own": Voice("fake", {"v": np.zeros(1, np.float32)})}),
    )
    watch, opened = Opened(), 0
    for _ in range(count):
        name = "".join(draw.choice(_PARTS) for _ in range(draw.randrange(6)))
        watch.paths, watch.on = [], True
        for ask in (store.find, store.show, store.remove, store.check, lambda name: store.revoke(name, "", "")):
            with contextlib.suppress(OnCueError, VoiceStoreError):
                ask(name)
        watch.on = False
        opened += len(watch.paths)
        for path in watch.paths:
            assert Path(os.path.realpath(path)).is_relative_to(folder), f"the name {name!r} opened {path!r}"
    return opened


def main(arguments: list[str]) -> int:
    """`[names [seed]]`."""
    count = int(arguments[0]) if arguments else MANY
    with tempfile.TemporaryDirectory() as folder:
        opened = run(count, int(arguments[1]) if len(arguments) > 1 else 1, Path(folder).resolve())
    print(f"{count} names: {opened} files were opened, none outside the folder of voices.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
