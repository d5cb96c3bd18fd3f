"""How near one tensor is to another."""

from __future__ import annotations

import torch
from torch import Tensor


def snr_db(whole: Tensor, other: Tensor) -> float:
    """Power of `whole` over that of the difference, in dB; infinite where there is none."""
    error = (whole.double() - other.double()).square().mean()
    return float(10 * torch.log10(whole.double().square().mean() / error))
