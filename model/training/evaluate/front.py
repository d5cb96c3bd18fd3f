"""The convolutions that Whisper's encoder begins with: what it hears in 65 ms of sound, before it looks at the words around.

The deeper a layer, the more it knows of what is said and the less of who says it. What is read is the file that CTranslate2 keeps
of the model; it runs the encoder only as a whole.
"""

from __future__ import annotations

import math
import struct
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.model.training.evaluate.ears import RATE, whisper_file

FRAME = RATE // 50
"""Samples at RATE that a frame stands for."""
_LAYERS = ("encoder/conv1", "encoder/conv2")
_STRIDES = (1, 2)
_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}

Array = NDArray[np.float32]


def variables(file: bytes, beginning: str) -> dict[str, Array]:
    """Those of a CTranslate2 model whose names begin so; ValueError where it ends too early or a number has a type of its own."""
    at = 0

    def number(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(f"<{form}", file, at)
        at += struct.calcsize(form)
        return int(value)

    def text() -> str:
        nonlocal at
        size = number("H")
        at += size
        return file[at - size : at].rstrip(b"\0").decode()

    found = {}
    try:
        number("I"), text(), number("I")  # the format, what the model is, and its revision
        for _ in range(number("I")):
            name = text()
            shape = [number("I") for _ in range(number("B"))]
            kind, size = number("B"), number("I")
            if name.startswith(beginning):
                values = np.frombuffer(file, _TYPES[kind], math.prod(shape), at)
                found[name] = values.reshape(shape).astype(np.float32)
            at += size
    except (struct.error, KeyError) as error:
        raise ValueError("This is not a model as CTranslate2 keeps it.") from error
    return found


class Front:
    """Read when it is first asked."""

    def __call__(self, sound: Samples) -> Array:
        """Samples at RATE, the loudest of them 1, to 50 frames a second, [frames, 512]."""
        import torch
        from torch.nn import functional as F

        mel = self._mel(sound, padding=0)  # type: ignore[operator]
        x = torch.from_numpy(np.ascontiguousarray(mel[None, :, : mel.shape[1] // 2 * 2], np.float32))
        with torch.inference_mode():
            for (weight, bias), stride in zip(self._layers, _STRIDES, strict=True):
                x = F.gelu(F.conv1d(x, torch.from_numpy(weight), torch.from_numpy(bias), stride, padding=1))
        out: Array = x[0].T.numpy()
        return out

    @cached_property
    def _mel(self) -> object:
        from faster_whisper.feature_extractor import FeatureExtractor

        return FeatureExtractor()

    @cached_property
    def _layers(self) -> list[tuple[Array, Array]]:
        found = variables(whisper_file(), "encoder/conv")
        return [(found[f"{layer}/weight"], found[f"{layer}/bias"]) for layer in _LAYERS]
