"""How far the vocoder hears, counted from its sizes: what the cuts of a line are measured against."""

from __future__ import annotations

import math

from oncue.model.indextts2.networks.config import VocoderConfig

_ACTIVATION_REACH = 5
_OUTER_KERNEL = 7
"""Of the first and the last convolution."""


def receptive_field(config: VocoderConfig) -> int:
    """Mel frames on either side of a frame that its samples may depend on; beyond them nothing is heard."""
    blocks = zip(config.resblock_kernels, config.resblock_dilations, strict=True)
    block = max(
        sum((kernel - 1) // 2 * (dilation + 1) + 2 * _ACTIVATION_REACH for dilation in dilations)
        for kernel, dilations in blocks
    )
    reach = _OUTER_KERNEL // 2 + _ACTIVATION_REACH
    for rate, kernel in zip(reversed(config.upsample_rates), reversed(config.upsample_kernels), strict=True):
        # One input frame of a transposed convolution spreads (kernel - rate) / 2 samples beyond its own `rate`.
        reach = math.ceil((reach + block + (kernel - rate) // 2) / rate)
    return reach + _OUTER_KERNEL // 2
