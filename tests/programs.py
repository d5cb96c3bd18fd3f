"""Programs and libraries that pip cannot bring: a test that needs one is skipped where it is missing, and the reason names it.

`python -m tests.programs LOG` reads what a run of the tests printed, and ends 1 if a test was skipped for anything else.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from ctypes.util import find_library
from pathlib import Path
from shutil import which

PROGRAMS: dict[str, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "ffmpeg": ("ffmpeg",),
    "godot3-server": ("godot3-server",),
    "mono": ("mono",),
    "mono-mcs": ("mcs",),
    "node": ("node",),
    "redis-server": ("redis-server",),
}
"""By the name of the Debian package: the commands of which one must be there."""

LIBRARIES: dict[str, str] = {"libopus0": "opus"}
"""By the name of the Debian package: the library that a package of pip looks for on the system."""

ASSEMBLIES: dict[str, str] = {"libmono-system-net-http4.0-cil": "System.Net.Http.dll"}
"""By the name of the Debian package: what a C# compiler looks for."""
_MONO = Path("/usr/lib/mono")

ENVIRONMENTS = ("tests.sdk.prepare",)
"""By the module that makes them: environments for what must not be installed beside the project."""

_SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] (\S+): (.*)$", re.MULTILINE)


def reason(program: str) -> str:
    """What a skipped test says."""
    return f"needs {program}, which pip cannot bring"


def missing(programs: Iterable[str]) -> list[str]:
    """Those that are not on this machine. Raises KeyError for one that is not listed."""
    return [name for name in programs if not _found(name)]


def _found(name: str) -> bool:
    if name in LIBRARIES:
        return find_library(LIBRARIES[name]) is not None
    if name in ASSEMBLIES:
        return next(_MONO.rglob(ASSEMBLIES[name]), None) is not None
    return any(which(command) for command in PROGRAMS[name])


def unexplained(log: str) -> list[str]:
    """Skips in a summary of pytest (`-rs`) for which no missing program is the reason."""
    return [line.group() for line in _SKIPPED.finditer(log) if not _listed(line[3])]


def _listed(why: str) -> bool:
    """Whether a reason names a program that is listed, or an environment of its own that is not there."""
    return any(
        re.search(rf"\b{re.escape(name)}\b", why) for name in (*PROGRAMS, *LIBRARIES, *ASSEMBLIES, *ENVIRONMENTS)
    )


def told(log: str) -> str:
    """How many tests were skipped for each reason, in one line."""
    counts: Counter[str] = Counter()
    for number, _, why in _SKIPPED.findall(log):
        counts[why.removeprefix("Skipped: ")] += int(number)
    return "; ".join(f"{count} {why}" for why, count in sorted(counts.items())) or "none"


def main(arguments: list[str]) -> int:
    """Read a log and judge it."""
    log = Path(arguments[0]).read_text("utf-8", "replace")
    others = unexplained(log)
    print(f"Skipped: {told(log)}.")
    for line in others:
        print(f"Skipped without a reason that is listed in tests/programs.py: {line}")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
