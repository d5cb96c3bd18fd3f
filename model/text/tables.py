"""The word lists of this package, which are files of data: lines of columns divided by tabs, remarks after #."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def rows(name: str) -> Iterator[list[str]]:
    """The lines of a list, each as its columns."""
    for line in (_DATA / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            yield line.split("\t")


@cache
def words_of(kind: str) -> frozenset[str]:
    """The words of `contexts.tsv` under one heading."""
    return frozenset(next(row[1] for row in rows("contexts.tsv") if row[0] == kind).split())
