"""Programs of other stacks that a test starts, where they are installed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

CLIENTS = Path(__file__).resolve().parents[3] / "clients"

needs_godot3 = pytest.mark.needs_program("godot3-server")
needs_mono = pytest.mark.needs_program("mono", "mono-mcs", "libmono-system-net-http4.0-cil")


async def output_of(*words: str, home: Path, **environment: str) -> tuple[int, list[str]]:
    """A program's exit code and its lines, of both streams."""
    process = await asyncio.create_subprocess_exec(
        *words, stdout=-1, stderr=asyncio.subprocess.STDOUT, env={**os.environ, "HOME": str(home), **environment}
    )
    try:
        async with asyncio.timeout(300):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, out.decode("utf-8", "replace").splitlines()
