"""Who speaks and how it feels, out of speech features: 32 latents of the speaker, one vector of the emotion.

The two encoders do not know each other, which is what lets a line borrow one voice's timbre and another's feeling.
Features come from `w2v`, prototypes and vectors from `emotion`, the decoder that reads it all is `gpt`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from oncue.model.indextts2.networks.config import GPTConfig
from oncue.model.indextts2.networks.conformer import Conformer
from oncue.model.indextts2.networks.perceiver import Perceiver

MIN_FRAMES = 3
"""Fewer give the subsampling nothing to make a frame of."""


class Conditioner(nn.Module):
    """The part of gpt.pth that listens. Its keys are those of the file, without a prefix."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.conditioning_encoder = Conformer(config.speaker)
        self.perceiver_encoder = Perceiver(config.speaker)
        self.emo_conditioning_encoder = Conformer(config.emotion)
        self.emo_perceiver_encoder = Perceiver(config.emotion)
        self.emovec_layer = nn.Linear(config.emotion.latent_dim, config.dim)
        self.emo_layer = nn.Linear(config.dim, config.dim)

    def speaker(self, features: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Features [batch, time, features] to latents [batch, latents, dim]; `lengths` [batch] in frames.

        Raises ValueError when there are fewer than `MIN_FRAMES` frames.
        """
        frames, mask = self.conditioning_encoder(features, _lengths(features, lengths))
        latents: Tensor = self.perceiver_encoder(frames, mask)
        return latents

    def emotion(self, features: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Features [batch, time, features] to one vector each [batch, dim]; errors as `speaker`."""
        frames, mask = self.emo_conditioning_encoder(features, _lengths(features, lengths))
        summed = self.emo_perceiver_encoder(frames, mask).squeeze(1)
        vector: Tensor = self.emo_layer(self.emovec_layer(summed))
        return vector


def _lengths(features: Tensor, lengths: Tensor | None) -> Tensor:
    time = features.shape[1]
    if time < MIN_FRAMES:
        raise ValueError(f"The recording gives {time} frames of features; at least {MIN_FRAMES} are needed.")
    return torch.full(features.shape[:1], time, device=features.device) if lengths is None else lengths
