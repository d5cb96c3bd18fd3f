from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from oncue.model.indextts2.checkpoints.integrity import cut_at


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.safetensors"
    save_file({f"layer.{index}": torch.full((100,), float(index)) for index in range(3)}, path, {"format": "pt"})
    return path


@pytest.mark.parametrize(
    ("missing", "key"), [(0, None), (1, "layer.2"), (400, "layer.2"), (401, "layer.1"), (1200, "layer.0")]
)
def test_the_first_tensor_that_is_not_all_there_is_named(file: Path, missing: int, key: str | None) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) - missing])
    assert cut_at(file) == key


@pytest.mark.parametrize("left", [0, 3, 8, 60])
def test_a_header_that_is_not_there_names_nothing(file: Path, left: int) -> None:
    file.write_bytes(file.read_bytes()[:left])
    assert cut_at(file) is None


def test_what_is_no_safetensors_file_names_nothing(file: Path) -> None:
    for data in (b"\x80\x02}q\x00X\x05\x00\x00\x00", b"\x02" + bytes(7) + b"[]", b"\x08" + bytes(7) + b'{"a": 1}'):
        file.write_bytes(data)
        assert cut_at(file) is None
