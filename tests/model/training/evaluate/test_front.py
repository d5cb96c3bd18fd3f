from __future__ import annotations

import struct

import numpy as np
import pytest

from oncue.model.training.evaluate.front import variables


def model(values: dict[str, np.ndarray]) -> bytes:
    """As CTranslate2 writes one: the format, what it is and its revision, then the variables."""

    def text(name: str) -> bytes:
        return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"

    out = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(values))
    for name, value in values.items():
        kind = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}[value.dtype.name]
        out += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        out += struct.pack("<BI", kind, value.nbytes) + value.tobytes()
    return out


def test_the_variables_that_are_asked_for_are_read_whatever_lies_between_them() -> None:
    weight = np.arange(24, dtype=np.float16).reshape(2, 3, 4)
    bias = np.array([0.5, -1.5], np.float32)
    file = model(
        {
            "decoder/x": np.ones(5, np.int8),
            "encoder/conv1/weight": weight,
            "heads": np.array(8, np.int16),
            "encoder/conv1/bias": bias,
        }
    )
    found = variables(file, "encoder/conv")
    assert set(found) == {"encoder/conv1/weight", "encoder/conv1/bias"}
    assert np.array_equal(found["encoder/conv1/weight"], weight.astype(np.float32))
    assert np.array_equal(found["encoder/conv1/bias"], bias)


def test_a_file_that_ends_too_early_is_no_model() -> None:
    with pytest.raises(ValueError, match="not a model"):
        variables(model({"a": np.ones(3, np.float32)})[:-20], "encoder")
