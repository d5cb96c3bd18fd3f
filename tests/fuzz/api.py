"""Any request at all that the OpenAPI document allows, and many that it does not: no answer is a fault of the server.

    python -m tests.fuzz.api SCHEMATHESIS [EXAMPLES]

SCHEMATHESIS is that program, in an environment of its own (`make fuzz-api` makes it). It reads `/openapi.json` of a server with the
scripted model and makes up requests; every status of 500 and above that is not said in the document is a failure.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.faults.family import NAME
from tests.faults.machine import Machine

EXAMPLES = 300
"""For each operation; with its other phases that makes more than ten thousand requests."""


async def run(program: str, examples: int) -> int:
    """What the program ends with; it prints what it found."""
    with tempfile.TemporaryDirectory() as folder:
        async with Machine(Path(folder), {"ONCUE_FAMILY": NAME}) as machine:
            fuzz = await asyncio.create_subprocess_exec(
                program, "run", f"{machine.url}/openapi.json", "--max-examples", str(examples), "--checks", "not_a_server_error",
                "--seed", "1", "--exclude-path", "/v1/stream", "--generation-deterministic",
                "--request-timeout", "60", "--suppress-health-check", "all",
                "--continue-on-failure", "--no-color",
            )  # fmt: skip
            code = await fuzz.wait()
            if machine.process.returncode is not None:
                print("The server has died.")
                return 1
            return code


def main(arguments: list[str]) -> int:
    """`SCHEMATHESIS [EXAMPLES]`."""
    return asyncio.run(run(arguments[0], int(arguments[1]) if len(arguments) > 1 else EXAMPLES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
