"""The length regulator while a line is still being made: frames come out in windows and are never taken back.

The network's norms look at all of a line. Their stated substitute here: the mean and variance over **all frames up to
and including the frame being normalised**, begun with those of the voice's own prompt, which count as
`prior_frames` frames. So a frame depends on what came before it and on four frames after it, whatever the windows were:
any split gives the same frames. `prior_frames` of infinity keeps the prompt's statistics for the whole line.

A window brings frames it commits and, after them, frames that are only looked at (their codes may still get other
lengths). This file knows no samples of sound and no flow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.length_regulator import LengthRegulator


@dataclass(frozen=True, slots=True)
class RegulatorState:
    """What a line hands from one window to the next.

    `edges` [layers, dim] is the last committed frame at the input of each convolution; `moments` [layers, 2] are mean
    and mean square before each norm over `frames` frames (the prior's among them).
    """

    edges: Tensor
    moments: Tensor
    frames: float


def begin(regulator: LengthRegulator, moments: Tensor, prior_frames: float) -> RegulatorState:
    """The state before a line's first frame, from the `moments` [layers, 2] of the voice's prompt.

    Raises ValueError when `prior_frames` is negative.
    """
    if not prior_frames >= 0:
        raise ValueError(f"The prompt's statistics cannot count as {prior_frames} frames: give 0 or more.")
    weight = regulator.content_in_proj.weight
    edges = torch.zeros(len(regulator.norms), regulator.dim, device=weight.device, dtype=weight.dtype)
    return RegulatorState(edges, moments.to(weight), float(prior_frames))


def regulate(
    regulator: LengthRegulator, state: RegulatorState, rows: Tensor, sources: Tensor, committed: int
) -> tuple[Tensor, RegulatorState]:
    """rows [rows, features], the row of each frame [frames] -> frames [frames, dim] and the state after `committed`.

    The first `committed` frames are for keeps if four more, one for each convolution, follow them or the line ends with them; those
    after are as good as their own lookahead. Raises ValueError when nothing is committed or more than there is.
    """
    if not 0 < committed <= len(sources):
        raise ValueError(f"A window of {len(sources)} frames cannot commit {committed} of them.")
    x = regulator.spread(rows.unsqueeze(0), sources)[0]  # [dim, frames]
    edges, moments = [], []
    for layer, (convolution, norm) in enumerate(zip(regulator.convolutions, regulator.norms, strict=True)):
        edges.append(x[:, committed - 1])
        x = _convolve(convolution, x, state.edges[layer])
        running = _running(x, state.moments[layer], state.frames)
        moments.append(running[:, committed - 1])
        x = F.mish(_normalise(norm, x, running))
    after = RegulatorState(torch.stack(edges), torch.stack(moments), state.frames + committed)
    return regulator.model[-1](x.unsqueeze(0))[0].t(), after


def _convolve(convolution: nn.Conv1d, x: Tensor, edge: Tensor) -> Tensor:
    """x [dim, frames] after the frame `edge` [dim]; after the last frame there is nothing."""
    full = F.pad(torch.cat([edge.unsqueeze(1), x], dim=1), (0, 1))
    return F.conv1d(full.unsqueeze(0), convolution.weight, convolution.bias)[0]


def _running(x: Tensor, moments: Tensor, frames: float) -> Tensor:
    """Mean and mean square up to and including each frame, [2, frames], from x [dim, frames] and what was before."""
    own = torch.stack([x.mean(0), x.square().mean(0)])
    if math.isinf(frames):
        return moments.unsqueeze(1).expand_as(own)
    count = frames + torch.arange(1, x.shape[1] + 1, device=x.device, dtype=x.dtype)
    return moments.unsqueeze(1) + (own - moments.unsqueeze(1)).cumsum(1) / count


def _normalise(norm: nn.GroupNorm, x: Tensor, running: Tensor) -> Tensor:
    mean, square = running
    scaled = (x - mean) * torch.rsqrt((square - mean.square()).clamp(min=0.0) + norm.eps)
    return scaled * norm.weight.unsqueeze(1) + norm.bias.unsqueeze(1)
