"""What every checkpoint of the family holds: its keys and their shapes, and the check of a file against them.

The lists are data of the package, at released size, with runs of numbers written as `{0..23}`. This file opens no
checkpoint and knows no tensor; it compares names and shapes.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Shape = tuple[int, ...]
_FOLDER = Path(__file__).parent / "manifests"
_RUN = re.compile(r"\{(\d+)\.\.(\d+)\}")


class CheckpointError(ValueError):
    """A checkpoint that is not what it should be; the message names the file and, where there is one, the key."""


@dataclass(frozen=True, slots=True)
class Matching:
    """What a file's keys are for; each key is in exactly one of the three."""

    used: tuple[str, ...]
    unused: tuple[str, ...]
    """Known, and never read: heads of the training, tables that are a formula, left-overs of a wrapper."""
    unexpected: tuple[str, ...]
    """Unknown. They are left out and told, since checkpoints of others carry such."""


@dataclass(frozen=True, slots=True)
class CheckpointManifest:
    """The keys of one checkpoint file. Patterns are regular expressions for a whole key."""

    file: str
    keys: Mapping[str, Shape]
    unused: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def is_unused(self, key: str) -> bool:
        """Whether inference never reads this key."""
        return any(re.fullmatch(pattern, key) for pattern in self.unused)

    @property
    def wanted(self) -> dict[str, Shape]:
        """The keys without which nothing can be spoken."""
        return {key: shape for key, shape in self.keys.items() if not self.is_unused(key)}

    def match(self, found: Mapping[str, Shape]) -> Matching:
        """Sort the keys of a file. Raises CheckpointError for a key that is missing or has another shape."""
        wanted = self.wanted
        for key, shape in self.keys.items():
            if key not in found:
                if key in wanted:
                    raise CheckpointError(f"{self.file}: the key {key} is missing; is it the file of another model?")
            elif tuple(found[key]) != shape:
                raise CheckpointError(f"{self.file}: {key} has the shape {list(found[key])} and not {list(shape)}.")
        others = [key for key in found if key not in wanted]
        known = [key for key in others if key in self.keys or self._is_extra(key)]
        return Matching(tuple(wanted), tuple(known), tuple(sorted(set(others) - set(known))))

    def _is_extra(self, key: str) -> bool:
        return any(re.fullmatch(pattern, key) for pattern in self.extra)


@cache
def shipped(part: str) -> CheckpointManifest:
    """The manifest of a part at released size, for instance `gpt` or `s2mel`."""
    data = json.loads((_FOLDER / f"{part}.json").read_text("utf-8"))
    keys = {key: tuple(shape) for pattern, shape in data["keys"].items() for key in expand(pattern)}
    return CheckpointManifest(data["file"], keys, tuple(data["unused"]), tuple(data["extra"]))


def expand(pattern: str) -> Iterator[str]:
    """Every key that a pattern with runs such as `layers.{0..12}.bias` stands for."""
    pieces = _RUN.split(pattern)  # text, first, last, text, first, last, text
    runs = [range(int(first), int(last) + 1) for first, last in zip(pieces[1::3], pieces[2::3], strict=True)]
    for numbers in itertools.product(*runs):
        yield "".join(itertools.chain.from_iterable(zip(pieces[::3], [*map(str, numbers), ""], strict=True)))
