"""Codes to the frame rate of the mel: one row per code becomes one row per frame.

Rows are repeated (nearest neighbour), then smoothed by four convolutions, each followed by a norm over **all** of
channels and time. That norm is why a part of a line is not the head of the whole; `regulator_stream` says what takes
its place while a line is still being made. Names of parts are the checkpoint's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from oncue.model.indextts2.networks.config import RegulatorConfig
from oncue.model.indextts2.networks.repcodec import RepCodec


class LatentProjection(nn.Sequential):
    """The decoder's states in the space of the codec: linear maps with nothing between them."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__(*(nn.Linear(wide, narrow) for wide, narrow in pairwise(widths)))


def semantic_features(codec: RepCodec, projection: LatentProjection, codes: Tensor, latents: Tensor) -> Tensor:
    """codes [batch, time] and the decoder states that predicted them [batch, time, dim] -> [batch, time, hidden]."""
    return codec.embed(codes) + projection(latents)


def nearest_sources(rows: int, frames: int) -> Tensor:
    """Which of `rows` rows each of `frames` frames repeats, [frames], int64.

    min(floor(i · rows/frames), rows - 1) in float32, since the reference computes it so: one line in ten has frames
    where exact arithmetic would take the next row.
    """
    scale = np.float32(rows) / np.float32(frames)
    places = np.floor(np.arange(frames, dtype=np.float32) * scale).astype(np.int64)
    return torch.from_numpy(np.minimum(places, rows - 1))


class LengthRegulator(nn.Module):
    """Rows [batch, rows, features] to frames [batch, frames, dim], the frames being all of a line or a prompt."""

    def __init__(self, config: RegulatorConfig) -> None:
        super().__init__()
        dim = config.dim
        self.dim = dim
        self.content_in_proj = nn.Linear(config.features, dim)
        smoothing = (
            part
            for _ in range(config.layers)
            for part in (nn.Conv1d(dim, dim, 3, padding=1), nn.GroupNorm(1, dim), nn.Mish())
        )
        self.model = nn.Sequential(*smoothing, nn.Conv1d(dim, dim, 1))

    @property
    def convolutions(self) -> list[nn.Conv1d]:
        """The smoothing convolutions in order, without the last map over channels."""
        return [part for part in self.model if isinstance(part, nn.Conv1d)][:-1]

    @property
    def norms(self) -> list[nn.GroupNorm]:
        """The norm after each of `convolutions`."""
        return [part for part in self.model if isinstance(part, nn.GroupNorm)]

    def spread(self, rows: Tensor, sources: Tensor) -> Tensor:
        """rows [batch, rows, features], the row of each frame [frames] -> input of the smoothing [batch, dim, frames]."""
        return self.content_in_proj(rows).transpose(1, 2).index_select(2, sources.to(rows.device))

    def forward(self, rows: Tensor, frames: int) -> Tensor:
        """rows [batch, rows, features] -> [batch, frames, dim]."""
        return self.model(self.spread(rows, nearest_sources(rows.shape[1], frames))).transpose(1, 2)

    def moments(self, rows: Tensor, frames: int) -> Tensor:
        """Mean and mean square of what enters each norm over one whole, [layers, 2]; rows [1, rows, features]."""
        x = self.spread(rows, nearest_sources(rows.shape[1], frames))
        found = []
        for part in self.model:
            if isinstance(part, nn.GroupNorm):
                found.append(torch.stack([x.mean(), x.square().mean()]))
            x = part(x)
        return torch.stack(found)
