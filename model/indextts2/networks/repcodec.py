"""The semantic codec: speech features to codes, and codes to the vectors that flow matching reads.

An encoder of ConvNeXt blocks (Liu et al. 2022, in the shape of Vocos, Siuzdak 2023) and one factorised quantiser
(Yu et al. 2021, arXiv 2110.04627): the nearest code is found by angle in a space of 8 dimensions. The codec's decoder
is not here, nothing reads it. Names of parts are the checkpoint's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import CodecConfig
from oncue.model.indextts2.networks.weightnorm import NormedConv1d

_NORM_EPS = 1e-6


class ConvNeXtBlock(nn.Module):
    """A depthwise convolution over time and a two-layer map over channels, added to the input."""

    def __init__(self, dim: int, inner: int, kernel: int = 7) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=_NORM_EPS)
        self.pwconv1 = nn.Linear(dim, inner)
        self.pwconv2 = nn.Linear(inner, dim)
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, dim, time] -> the same shape."""
        y = self.norm(self.dwconv(x).transpose(1, 2))
        y = self.gamma * self.pwconv2(F.gelu(self.pwconv1(y)))
        return x + y.transpose(1, 2)


class Backbone(nn.Module):
    """Features to hidden states of the same rate."""

    def __init__(self, features: int, dim: int, inner: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Conv1d(features, dim, 7, padding=3)
        self.norm = nn.LayerNorm(dim, eps=_NORM_EPS)
        self.convnext = nn.ModuleList(ConvNeXtBlock(dim, inner) for _ in range(layers))
        self.final_layer_norm = nn.LayerNorm(dim, eps=_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, time, features] -> [batch, time, dim]."""
        y = self.norm(self.embed(x.transpose(1, 2)).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            y = block(y)
        return self.final_layer_norm(y.transpose(1, 2))


class Quantiser(nn.Module):
    """A code book of directions: what is near in angle is the same code."""

    def __init__(self, dim: int, codes: int, code_dim: int) -> None:
        super().__init__()
        self.in_project = NormedConv1d(dim, code_dim, 1)
        self.codebook = nn.Embedding(codes, code_dim)
        self.out_project = NormedConv1d(code_dim, dim, 1)

    def encode(self, x: Tensor) -> Tensor:
        """x [batch, time, dim] -> codes [batch, time], int64."""
        book = F.normalize(self.codebook.weight, dim=-1)
        directions = F.normalize(self.in_project(x.transpose(1, 2)), dim=1)  # [batch, code_dim, time]
        return (directions.transpose(1, 2) @ book.t()).argmax(-1)

    def embed(self, codes: Tensor) -> Tensor:
        """codes [batch, time] -> [batch, time, dim], from the rows as stored, not from their directions."""
        return self.out_project(self.codebook(codes).transpose(1, 2)).transpose(1, 2)


class ResidualQuantiser(nn.Module):
    """The checkpoint names a stack of quantisers; it holds one."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.quantizers = nn.ModuleList([Quantiser(config.hidden, config.codes, config.code_dim)])


class RepCodec(nn.Module):
    """Speech features [batch, time, hidden] to codes and back, 50 of each a second."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            Backbone(config.hidden, config.dim, config.inner, config.layers), nn.Linear(config.dim, config.hidden)
        )
        self.quantizer = ResidualQuantiser(config)

    def encode(self, features: Tensor) -> Tensor:
        """features [batch, time, hidden] -> codes [batch, time], int64."""
        return self._quantiser.encode(self.encoder(features))

    def embed(self, codes: Tensor) -> Tensor:
        """codes [batch, time] -> [batch, time, hidden]; raises IndexError on a code the book does not have."""
        return self._quantiser.embed(codes)

    def forward(self, features: Tensor) -> Tensor:
        """features [batch, time, hidden] -> the same features as far as codes can say them."""
        return self.embed(self.encode(features))

    @property
    def _quantiser(self) -> Quantiser:
        quantiser = self.quantizer.quantizers[0]
        assert isinstance(quantiser, Quantiser)
        return quantiser
