"""Weights and inputs drawn from nothing but their names, and the reference's outputs for them.

A tensor's key is hashed to the key of a counter-based generator, so the same small network can be built anywhere
without a file of weights. This file draws and compares; it knows no module.
"""

from __future__ import annotations

import json
import logging
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from oncue.model.indextts2.networks.config import IndexTTSConfig

logger = logging.getLogger(__name__)
DATA = Path(__file__).resolve().parents[2] / "data" / "indextts2"
_KIND_OF_NAME = {
    **dict.fromkeys(("freqs", "input_pos", "num_batches_tracked", "filter", "pe"), "keep"),
    **dict.fromkeys(("running_mean", "alpha", "beta"), "bias"),
    **dict.fromkeys(("weight_g", "gamma"), "gain"),
    "running_var": "var",
}
Module = TypeVar("Module", bound=nn.Module)


def _generator(key: str) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=zlib.crc32(key.encode())))


def normal(key: str, shape: Sequence[int], scale: float = 1.0) -> Tensor:
    """Standard normal numbers of this name, drawn in double precision, float32, times `scale`."""
    drawn = _generator(key).standard_normal(tuple(shape)).astype(np.float32)
    return torch.from_numpy(np.asarray(drawn * np.float32(scale)))


def integers(key: str, low: int, high: int, shape: Sequence[int]) -> Tensor:
    """Whole numbers of [low, high) of this name, int64."""
    return torch.from_numpy(_generator(key).integers(low, high, size=tuple(shape)))


def kind_of(key: str, dimensions: int) -> str:
    """What a tensor is, told from the last part of its key and its number of dimensions; the first match wins."""
    last = key.rsplit(".", 1)[-1]
    if last in _KIND_OF_NAME:
        return _KIND_OF_NAME[last]
    if key.endswith("project_layer.bias"):
        return "adaln_bias"
    if dimensions == 1:
        return "gain" if last == "weight" else "bias"
    return "matrix"


def weight(key: str, shape: Sequence[int], matrix_scale: float = 1.0) -> Tensor:
    """The tensor of a key; the key must not be one of the constants that a module makes itself."""
    drawn = normal(key, shape)
    match kind_of(key, len(shape)):
        case "bias":
            return drawn * 0.1
        case "var":
            return 1.0 + 0.1 * drawn.abs()
        case "gain":
            return (1.0 + 0.1 * drawn) * (0.02 if key.endswith("conv_post.weight_g") else 1.0)
        case "adaln_bias":
            multiplier = torch.arange(shape[0]) < shape[0] // 2
            return 0.1 * drawn + multiplier.float()
        case "matrix":
            return drawn * float(np.float32(matrix_scale / math.sqrt(math.prod(shape[1:]))))
        case kind:
            raise ValueError(f"{key} is a constant of its module ({kind}) and is not drawn.")


def seeded_state(module: nn.Module, matrix_scale: float = 1.0, prefix: str = "") -> dict[str, Tensor]:
    """A state dict for a module, `prefix` being what its checkpoint puts before the module's own keys."""
    return {
        key: value if kind_of(key, value.dim()) == "keep" else weight(prefix + key, value.shape, matrix_scale)
        for key, value in module.state_dict().items()
    }


def seeded(module: Module, matrix_scale: float = 1.0, prefix: str = "") -> Module:
    """The module, filled and in evaluation mode."""
    module.load_state_dict(seeded_state(module, matrix_scale, prefix), strict=True)
    return module.eval().requires_grad_(requires_grad=False)


@dataclass(frozen=True, slots=True)
class Golden:
    """What the reference gave for one part on seeded weights: arrays by name, and how they were made."""

    name: str
    info: dict[str, Any]
    arrays: dict[str, Tensor]

    def __getitem__(self, name: str) -> Tensor:
        return self.arrays[name]

    @property
    def config(self) -> dict[str, Any]:
        """Sizes of the network."""
        config: dict[str, Any] = self.info["config"]
        return config

    @property
    def facts(self) -> dict[str, Any]:
        """What was noted beside the arrays."""
        facts: dict[str, Any] = self.info["facts"]
        return facts

    def input(self, name: str) -> Tensor:
        """An input by name, drawn anew."""
        entry = self.info["inputs"][name]
        if entry["draw"].startswith("integers("):
            low, high = (int(bound) for bound in entry["draw"][9:-1].split(","))
            return integers(entry["key"], low, high, entry["shape"])
        return normal(entry["key"], entry["shape"], entry.get("scale", 1.0))

    def check(self, name: str, got: Tensor | NDArray[Any], where: Any = ...) -> None:
        """Whether `got` is the array of this name within its tolerance; shapes must agree but for leading ones.

        Only the part of it that `where` indexes, if that is given. The largest error is logged beside its tolerance:
        `pytest -n 0 --log-file=parity.log --log-file-level=INFO`.
        """
        value = torch.as_tensor(got).detach()
        want = self.arrays[name][where].reshape(value.shape)
        output = self.info["outputs"][name]
        atol = 0.0 if output.get("tolerance") == "exact" else output["atol"]
        value = value.to(want.dtype)
        largest = float((value.double() - want.double()).abs().max())
        logger.info("%s/%s: %.2g of %.2g", self.name, name, largest, atol)
        torch.testing.assert_close(value, want, rtol=0.0, atol=atol, msg=lambda text: f"{self.name}/{name}: {text}")


@cache
def load_golden(name: str) -> Golden:
    """The golden outputs of one part: conditioning, gpt, sampling, semantic_codec, cfm, bigvgan, ..."""
    base = DATA / "goldens" / name
    return Golden(
        name, json.loads(base.with_suffix(".json").read_text("utf-8")), load_file(base.with_suffix(".safetensors"))
    )


@cache
def small_weights() -> dict[str, Any]:
    """Part -> matrix_scale, and key -> [shape, kind], of the small networks the goldens were made with."""
    weights: dict[str, Any] = json.loads((DATA / "goldens" / "weights_small.json").read_text("utf-8"))
    return weights


def manifest(name: str) -> dict[str, tuple[int, ...]]:
    """Key -> shape of a checkpoint file at released size."""
    entries = json.loads((DATA / "manifest" / f"{name}.json").read_text("utf-8"))["keys"]
    return {key: tuple(shape) for key, (shape, _) in entries.items()}


def unused_patterns(name: str) -> list[str]:
    """Patterns of the keys that inference never reads."""
    entries = json.loads((DATA / "manifest" / f"{name}.json").read_text("utf-8"))
    patterns: list[str] = entries["never_read_by_inference"]["patterns"]
    return patterns


def small_config() -> IndexTTSConfig:
    """The sizes of the small networks the goldens were made with, all of them."""
    config = load_golden("sampling").config
    return IndexTTSConfig.read(config, config["bigvgan"])
