"""The codes of a corpus: content digits of every utterance one after another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Encoded:
    """Digits of every utterance one after another, and where each begins."""

    content: NDArray[np.int8]  # [all codes, NUM_CONTENT]
    offsets: NDArray[np.int64]  # [utterances + 1]

    def digits(self, index: int) -> NDArray[np.int64]:
        """Content digits of an utterance [codes, NUM_CONTENT]."""
        return self.content[self.offsets[index] : self.offsets[index + 1]].astype(np.int64)


def save(path: Path, encoded: Encoded) -> None:
    """One file, written beside and renamed."""
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, content=encoded.content, offsets=encoded.offsets)
    temporary.replace(path)


def load(path: Path) -> Encoded:
    """What `save` wrote."""
    with np.load(path) as file:
        return Encoded(file["content"], file["offsets"])
