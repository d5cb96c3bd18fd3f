"""The style network: a filterbank to one vector that says whose voice it is.

CAM++ (Wang et al. 2023, arXiv 2303.00332): a small 2-D residual head that folds the bands, then a densely connected
time-delay network whose every layer is gated by what its surroundings sound like. Only inference; names of parts are
the checkpoint's.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import StyleConfig

_HEAD_CHANNELS = 32
_GROWTH, _BOTTLENECK = 32, 128
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation of the three dense blocks
_SEGMENT_FRAMES = 100


def _norm_relu(channels: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU()))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions over [batch, channels, bands, frames]; the first may halve the bands."""

    def __init__(self, channels: int, band_stride: int) -> None:
        super().__init__()
        stride = (band_stride, 1)
        self.conv1 = nn.Conv2d(channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if band_stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, bands, frames] -> the same with bands / band_stride."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class BandHead(nn.Module):
    """Bands folded to an eighth, which then count as channels."""

    def __init__(self) -> None:
        super().__init__()
        channels = _HEAD_CHANNELS
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(ResidualBlock(channels, 2), ResidualBlock(channels, 1))
        self.layer2 = nn.Sequential(ResidualBlock(channels, 2), ResidualBlock(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, bands, frames] -> [batch, channels · bands / 8, frames]."""
        y = F.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        y = self.layer2(self.layer1(y))
        return F.relu(self.bn2(self.conv2(y))).flatten(1, 2)


class ContextGate(nn.Module):
    """A dilated convolution whose channels are let through by the mean of all time and of the segment around."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(_BOTTLENECK, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(_BOTTLENECK, _BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(_BOTTLENECK // 2, _GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, _BOTTLENECK, frames] -> [batch, _GROWTH, frames]."""
        context = x.mean(-1, keepdim=True) + self._segments(x)
        return self.linear_local(x) * torch.sigmoid(self.linear2(F.relu(self.linear1(context))))

    @staticmethod
    def _segments(x: Tensor) -> Tensor:
        """Every frame replaced by the mean of its segment; the last one is the mean of the frames there are."""
        means = F.avg_pool1d(x, _SEGMENT_FRAMES, ceil_mode=True)
        return means.repeat_interleave(_SEGMENT_FRAMES, dim=-1)[..., : x.shape[-1]]


class DenseLayer(nn.Module):
    """What one layer adds to the channels it is given."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _norm_relu(channels)
        self.linear1 = nn.Conv1d(channels, _BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _norm_relu(_BOTTLENECK)
        self.cam_layer = ContextGate(dilation)

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, frames] -> [batch, _GROWTH, frames]."""
        return self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))


class DenseBlock(nn.Sequential):
    """Layers that each see what came in and what every layer before them added."""

    def __init__(self, channels: int, layers: int, dilation: int) -> None:
        names = {f"tdnnd{i + 1}": DenseLayer(channels + i * _GROWTH, dilation) for i in range(layers)}
        super().__init__(OrderedDict(names))

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, frames] -> [batch, channels + layers · _GROWTH, frames]."""
        for layer in self:
            x = torch.cat([x, layer(x)], dim=1)
        return x


class ConvolutionWithNorm(nn.Module):
    """A convolution and its norm in the order the checkpoint was trained with: norm last, or `norm_first`."""

    def __init__(self, linear: nn.Conv1d, nonlinear: nn.Module, *, norm_first: bool = False) -> None:
        super().__init__()
        self.linear = linear
        self.nonlinear = nonlinear
        self.norm_first = norm_first

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels in, frames] -> [batch, channels out, frames of the convolution]."""
        return self.linear(self.nonlinear(x)) if self.norm_first else self.nonlinear(self.linear(x))


class Statistics(nn.Module):
    """Mean and unbiased deviation over time."""

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, frames >= 2] -> [batch, 2 · channels]."""
        return torch.cat([x.mean(-1), x.std(-1)], dim=-1)


class Embedding(ConvolutionWithNorm):
    """The statistics projected to the style vector; its norm has no gain of its own."""

    def __init__(self, channels: int, dim: int) -> None:
        norm = nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(dim, affine=False)))
        super().__init__(nn.Conv1d(channels, dim, 1, bias=False), norm)

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels] -> [batch, dim]."""
        return super().forward(x.unsqueeze(-1)).squeeze(-1)


def _time_delay_network(channels_in: int, dim: int) -> nn.Sequential:
    channels = _BOTTLENECK
    entry = nn.Conv1d(channels_in, channels, 5, stride=2, padding=2, bias=False)
    parts: OrderedDict[str, nn.Module] = OrderedDict(tdnn=ConvolutionWithNorm(entry, _norm_relu(channels)))
    for number, (layers, dilation) in enumerate(_BLOCKS, start=1):
        parts[f"block{number}"] = DenseBlock(channels, layers, dilation)
        channels += layers * _GROWTH
        halving = nn.Conv1d(channels, channels // 2, 1, bias=False)
        parts[f"transit{number}"] = ConvolutionWithNorm(halving, _norm_relu(channels), norm_first=True)
        channels //= 2
    parts["out_nonlinear"] = _norm_relu(channels)
    parts["stats"] = Statistics()
    parts["dense"] = Embedding(2 * channels, dim)
    return nn.Sequential(parts)


class CamPlus(nn.Module):
    """Filterbank frames to a style vector; the mean over time is taken off here."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.head = BandHead()
        self.xvector = _time_delay_network(_HEAD_CHANNELS * config.bands // 8, config.dim)

    def embed(self, features: Tensor) -> Tensor:
        """features [batch, frames, bands], as they are -> [batch, dim]."""
        return self.xvector(self.head(features.transpose(1, 2)))

    def forward(self, fbank: Tensor) -> Tensor:
        """fbank [batch, frames >= 3, bands] -> [batch, dim]."""
        return self.embed(fbank - fbank.mean(1, keepdim=True))
