"""A stranger's checkpoint is opened in a process of its own, with limits on memory, time and bytes written.

If the child crashes, the file was bad and nothing else happened. The child is this module run as a program: a job as JSON
on stdin, a record as JSON on stdout, exit 3 with a sentence for what the user can mend. What is done with the file is in
`convert_part.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

import oncue
from oncue.model.indextts2.checkpoints.convert_part import ConversionJob, ConvertedPart, convert_part
from oncue.model.indextts2.checkpoints.manifest import CheckpointError

MENDABLE = 3
"""Exit code of the child with a sentence on stdout."""
WALL_S = 3600.0
CPU_S = 1800
_MEMORY_PER_BYTE = 4
_MEMORY_BYTES = 4 * 2**30
"""Beyond what the child has at its start: room for the libraries' own buffers."""
_SPARE_BYTES = 2**20


def convert_confined(job: ConversionJob) -> ConvertedPart:
    """`convert_part` in a child. Raises CheckpointError."""
    root = str(Path(oncue.__file__).resolve().parent.parent)
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "oncue.model.indextts2.checkpoints.limited_process"],
            input=msgspec.json.encode(job, enc_hook=str),
            capture_output=True,
            timeout=WALL_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise CheckpointError(f"{job.name}: the file took too long to read.") from None
    if done.returncode == 0:
        return msgspec.json.decode(done.stdout, type=ConvertedPart)
    job.target.unlink(missing_ok=True)
    told = done.stdout.decode("utf-8", "replace") if done.returncode == MENDABLE else ""
    raise CheckpointError(told or f"{job.name}: the file could not be read: fetch it again.")


def limit_self(source_bytes: int) -> None:
    """Set the child's limits for a file of this size; a system without them (not POSIX) has the process alone."""
    try:
        import resource
    except ImportError:
        return
    memory = _own_bytes() + _MEMORY_PER_BYTE * source_bytes + _MEMORY_BYTES
    written = 2 * source_bytes + _SPARE_BYTES
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, written),
    ):
        ceiling = resource.getrlimit(kind)[1]
        allowed = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        resource.setrlimit(kind, (allowed, allowed))


def _own_bytes() -> int:
    """Address space taken so far; Linux tells it in pages, others get a generous guess."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return 16 * 2**30
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """The child: limits first, then the work."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=ConversionJob, dec_hook=lambda kind, value: kind(value))
    limit_self(job.source.stat().st_size)
    try:
        record = convert_part(job)
    except CheckpointError as error:
        job.target.unlink(missing_ok=True)
        sys.stdout.write(str(error))
        return MENDABLE
    sys.stdout.buffer.write(msgspec.json.encode(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
