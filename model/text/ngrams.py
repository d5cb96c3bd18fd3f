"""A linear reading of a description by hashed n-grams: what feeling words the lexicon does not know sound like.

Chinese is read by one to three characters, Latin by words, pairs of words and the beginnings of words. The table
of weights is small and whole numbers; how it is made is not its business.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES

BUCKETS = 1 << 14
CLASSES = (*EMOTION_NAMES, "none")
"""What a description may ask for; `none` is what asks for nothing."""
MAX_FEATURES = 400
_WEIGHTS = Path(__file__).parent / "weights" / "feelings.npz"
_LATIN = re.compile(r"[a-z']+")
_HANZI = re.compile(r"[\u3400-\u9fff]+")


def features(text: str) -> list[int]:
    """The buckets of a lower-case description, each once, in order of first appearance."""
    grams: dict[str, object] = {}
    for run in _HANZI.findall(text):
        for size in (1, 2, 3):
            grams |= dict.fromkeys(run[at : at + size] for at in range(len(run) - size + 1))
    words = _LATIN.findall(text)
    for word in words:
        grams |= dict.fromkeys((f"={word}", *(f"{word[:size]}-" for size in (4, 5, 6) if len(word) > size)))
    grams |= dict.fromkeys(f"{first} {second}" for first, second in pairwise(words))
    return [zlib.crc32(gram.encode()) % BUCKETS for gram in list(grams)[:MAX_FEATURES]]


@dataclass(frozen=True, slots=True, eq=False)
class LinearReader:
    """Weights by bucket and class, as whole numbers with a scale for each class."""

    weights: NDArray[np.int8]  # [BUCKETS, classes]
    scale: NDArray[np.float32]  # [classes]
    bias: NDArray[np.float32]  # [classes]

    def probabilities(self, text: str) -> NDArray[np.float32]:
        """[classes], summing to one; uniform evidence where no bucket was ever seen."""
        buckets = features(text)
        total = self.weights[buckets].sum(0, dtype=np.float32) if buckets else np.zeros(len(CLASSES), np.float32)
        logits = total * self.scale / max(1.0, len(buckets)) ** 0.5 + self.bias
        grown = np.exp(logits - logits.max())
        shares: NDArray[np.float32] = (grown / grown.sum()).astype(np.float32)
        return shares


@cache
def bundled() -> LinearReader:
    """The weights that come with the front-end, read once."""
    with np.load(_WEIGHTS, allow_pickle=False) as file:
        reader = LinearReader(file["weights"], file["scale"], file["bias"])
    assert reader.weights.shape == (BUCKETS, len(CLASSES)), "the weights were made by another version"
    return reader
