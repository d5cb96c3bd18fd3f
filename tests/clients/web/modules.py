"""Runs a piece of JavaScript against a module of the page, without a browser, and gives back what it returns.

The interpreter is the one that comes with playwright, so nothing but the test extra is needed.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import playwright

import oncue.clients

WEB = Path(oncue.clients.__file__).resolve().parent / "web"
_NODE = Path(playwright.__file__).parent / "driver" / "node"


def evaluate(module: str, body: str, given: object = None) -> Any:
    """What `body` returns, as JSON; `m` is the module, `given` the value."""
    program = (
        f"import * as m from {json.dumps((WEB / module).as_uri())};"
        f"const given = {json.dumps(given)};"
        f"const result = await (async () => {{ {body} }})();"
        "console.log(JSON.stringify(result ?? null));"
    )
    run = subprocess.run(
        [_NODE, "--input-type=module"], input=program, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
