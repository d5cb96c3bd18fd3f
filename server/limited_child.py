"""A module of ours run as a child with hard limits, for opening what strangers made.

The child may use so much memory and so many seconds; what crashes it was bad, and nothing else happened. It is given a request
on its standard input and answers on its standard output, so nothing of a user's stands among its arguments.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import oncue

TOLD = 3
"""The exit status of a child that answers with a sentence for the user."""
MAX_ADDRESS_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """How a child ended: `told` is a sentence for the user where it was refused, `data` what it gave where it went well."""

    ok: bool
    data: bytes = b""
    told: str = ""
    late: bool = False


def ask(module: str, request: bytes, *options: str, wall_s: float) -> ChildAnswer:
    """Run a module and wait for it. Raises nothing of the child's."""
    root = str(Path(oncue.__file__).resolve().parent.parent)
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell, and nothing of the user's in the arguments
            [sys.executable, "-m", module, *options],
            input=request,
            capture_output=True,
            timeout=wall_s,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return ChildAnswer(ok=False, late=True)
    if done.returncode == 0:
        return ChildAnswer(ok=True, data=done.stdout)
    return ChildAnswer(ok=False, told=done.stdout.decode("utf-8", "replace") if done.returncode == TOLD else "")


def limit(cpu_s: int, *, file_bytes: int | None = None) -> None:
    """Called by the child itself before it opens anything."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
