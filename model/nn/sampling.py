"""Logits to choices: inverse transform sampling with numbers that the caller drew.

The numbers come from outside so that a row's choices depend on its own seed and position and on nothing else.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def sample(logits: Tensor, dice: NDArray[np.float64]) -> list[int]:
    """Choose one class in each row of logits [rows, classes] by a uniform number in [0, 1) for each row.

    Sums are made in double precision, so that a sum just under one never chooses a class too many.
    """
    total = torch.softmax(logits.double(), dim=-1).cumsum(-1)
    picked = (total <= torch.from_numpy(np.ascontiguousarray(dice)).unsqueeze(1)).sum(-1)
    choices: list[int] = picked.clamp(max=logits.shape[-1] - 1).tolist()
    return choices
