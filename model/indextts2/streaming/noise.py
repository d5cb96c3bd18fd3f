"""The noise a line's mel grows out of: a pure function of the line's seed and the frame's absolute number.

So a frame gets the same noise whichever window it is solved in, however often, beside whatever else.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_CHUNK_FRAMES = 64
"""Frames drawn by one counter-based generator (Philox, Salmon et al. 2011); any number would do, for ever the same."""


def frame_noise(seed: int, first: int, frames: int, bands: int) -> Tensor:
    """Standard normal numbers [frames, bands] for the absolute frames from `first` on."""
    start, stop = first // _CHUNK_FRAMES, -(-(first + frames) // _CHUNK_FRAMES)
    chunks = [_chunk(seed, index, bands) for index in range(start, max(stop, start + 1))]
    skip = first - start * _CHUNK_FRAMES
    return torch.from_numpy(np.concatenate(chunks)[skip : skip + frames])


def _chunk(seed: int, index: int, bands: int) -> NDArray[np.float32]:
    key = np.array([seed % 2**64, index], np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).standard_normal((_CHUNK_FRAMES, bands)).astype(np.float32)
