"""The SDKs of others in a virtual environment of their own, for `tests/sdk`: they pin versions that the server does not.

    python -m tests.sdk.prepare

It needs a package index, and about 140 MB in `~/.cache/oncue/sdk` or in the folder that TEST_SDKS names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = ("openai[realtime]>=3.54", "elevenlabs>=2.78", "cartesia[websockets]>=4.2", "wyoming>=1.10")
DONE = "prepared"


def place() -> Path:
    """Where the environment is, or would be."""
    return Path(os.environ.get("TEST_SDKS") or Path.home() / ".cache" / "oncue" / "sdk")


def prepare(folder: Path) -> None:
    """Make it. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-compile", *PACKAGES], check=True)
    (folder / DONE).touch()


if __name__ == "__main__":
    prepare(place())
    print(place())
