"""One thing that a command looked at, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from oncue.server.cli.common import print_json


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    good: bool
    found: str


def told(checks: Sequence[Check], *, as_json: bool) -> bool:
    """Print them; returns whether all are good."""
    good = all(check.good for check in checks)
    if as_json:
        print_json({"good": good, "checks": [asdict(check) for check in checks]})
        return good
    table = Table("check", "", "found")
    for check in checks:
        table.add_row(check.name, "ok" if check.good else "FAILED", check.found)
    Console().print(table)
    return good
